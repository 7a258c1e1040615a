package control

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"fmt"
	"math/big"
	"path/filepath"
	"time"
)

// authority is a CA.
type authority struct {
	cert *x509.Certificate
	key  crypto.PrivateKey
}

// openCA reads the CA of a folder that certs.Open has made or checked.
func openCA(dir string) (*authority, error) {
	pair, err := tls.LoadX509KeyPair(filepath.Join(dir, "ca.pem"), filepath.Join(dir, "ca.key"))
	if err != nil {
		return nil, fmt.Errorf("read the CA: %w", err)
	}
	return &authority{pair.Leaf, pair.PrivateKey}, nil
}

// newCA makes a CA in memory.
func newCA(now time.Time) (*authority, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, fmt.Errorf("make CA key: %w", err)
	}
	template := template("thingdeck local CA in memory", now)
	template.IsCA, template.BasicConstraintsValid, template.KeyUsage = true, true, x509.KeyUsageCertSign
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		return nil, fmt.Errorf("make CA: %w", err)
	}
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		return nil, fmt.Errorf("make CA: %w", err)
	}
	return &authority{cert, key}, nil
}

// template has the subject and the last day of AWS's certificates.
func template(name string, now time.Time) *x509.Certificate {
	serial, _ := rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 127)) // never fails
	return &x509.Certificate{
		SerialNumber: serial, Subject: pkix.Name{CommonName: name},
		NotBefore: now.Add(-2 * time.Minute), NotAfter: time.Date(2049, 12, 31, 23, 59, 59, 0, time.UTC),
	}
}

// issued is a new certificate with its keys, in PEM form but for the first.
type issued struct {
	cert                     *x509.Certificate
	pem, publicKey, keyInPEM string
}

// issue makes a pair of RSA keys of 2048 bits, as AWS does, and a certificate for it.
func (ca *authority) issue(now time.Time) (*issued, error) {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		return nil, fmt.Errorf("make keys: %w", err)
	}
	template := template("AWS IoT Certificate", now)
	template.BasicConstraintsValid = true
	template.KeyUsage, template.ExtKeyUsage = x509.KeyUsageDigitalSignature, []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth}
	der, err := x509.CreateCertificate(rand.Reader, template, ca.cert, &key.PublicKey, ca.key)
	if err != nil {
		return nil, fmt.Errorf("make certificate: %w", err)
	}
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		return nil, fmt.Errorf("make certificate: %w", err)
	}
	public, err := x509.MarshalPKIXPublicKey(&key.PublicKey)
	if err != nil {
		return nil, fmt.Errorf("make keys: %w", err)
	}
	return &issued{
		cert: cert, pem: armor("CERTIFICATE", der), publicKey: armor("PUBLIC KEY", public),
		keyInPEM: armor("RSA PRIVATE KEY", x509.MarshalPKCS1PrivateKey(key)),
	}, nil
}

func armor(kind string, der []byte) string {
	return string(pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der}))
}

// authority is the CA that signs now. The folder's is read each time: it may have been exchanged.
func (r *Registry) authority() (*authority, error) {
	if r.opt.Certs != "" {
		return openCA(r.opt.Certs)
	}
	r.change.Lock()
	defer r.change.Unlock()
	if r.ca == nil {
		ca, err := newCA(time.Now())
		if err != nil {
			return nil, err
		}
		r.ca = ca
	}
	return r.ca, nil
}
