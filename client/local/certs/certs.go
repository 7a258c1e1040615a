// Package certs makes and checks the certificates of the local AWS IoT: a CA of its own, a server certificate for this
// machine and a client certificate for a device.
package certs

import (
	"crypto/ecdsa"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"
)

// Set is a folder's certificates.
type Set struct {
	Dir    string
	CA     *x509.Certificate
	Server tls.Certificate
}

// Files of a folder. The CA's key is kept so that what is missing can be made later.
const (
	caName     = "ca"
	serverName = "server"
	clientName = "client"
	certSuffix = ".pem"
	keySuffix  = ".key"
)

// Open checks the certificates in a folder and makes those that are missing: ca.pem, ca.key, server.pem, server.key,
// client.pem, client.key. Keys get mode 0600. A file that has expired, does not fit the others or cannot be read is an
// error that names it. A folder without ca.key serves with what it has: only ca.pem and the server's pair are needed.
func Open(dir string, now time.Time) (*Set, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("folder of certificates: %w", err)
	}
	ca, err := openCA(dir, now)
	if err != nil {
		return nil, err
	}
	server, err := ca.leaf(dir, serverName, now)
	if err != nil {
		return nil, err
	}
	if server.Certificate == nil {
		return nil, fmt.Errorf("%s: missing, and without %s it cannot be made", path(dir, serverName+certSuffix), path(dir, caName+keySuffix))
	}
	if _, err := ca.leaf(dir, clientName, now); err != nil {
		return nil, err
	}
	return &Set{Dir: dir, CA: ca.cert, Server: server}, nil
}

// Pool holds the CA, for verifying either side.
func (s *Set) Pool() *x509.CertPool {
	p := x509.NewCertPool()
	p.AddCert(s.CA)
	return p
}

// Protocols are the ALPN names that AWS gives a meaning to. A client that offers none is welcome too.
func Protocols() []string { return []string{"x-amzn-mqtt-ca", "mqtt", "x-amzn-http-ca", "http/1.1"} }

// MQTT is the TLS configuration of a listener for devices: each must have a certificate of the CA.
func (s *Set) MQTT() *tls.Config {
	return &tls.Config{
		Certificates: []tls.Certificate{s.Server}, ClientAuth: tls.RequireAndVerifyClientCert, ClientCAs: s.Pool(),
		MinVersion: tls.VersionTLS12, NextProtos: Protocols(),
	}
}

// Web is the TLS configuration of a listener for WebSockets, whose clients may do without a certificate.
func (s *Set) Web() *tls.Config {
	return &tls.Config{
		Certificates: []tls.Certificate{s.Server}, ClientAuth: tls.VerifyClientCertIfGiven, ClientCAs: s.Pool(),
		MinVersion: tls.VersionTLS12, NextProtos: []string{"http/1.1"},
	}
}

func path(dir, name string) string { return filepath.Join(dir, name) }

func exists(dir, name string) (bool, error) {
	_, err := os.Stat(path(dir, name))
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	return err == nil, err
}

// authority is the CA with its key, nil when the folder has none.
type authority struct {
	cert *x509.Certificate
	key  *ecdsa.PrivateKey
}

func openCA(dir string, now time.Time) (*authority, error) {
	there, err := exists(dir, caName+certSuffix)
	if err != nil {
		return nil, fmt.Errorf("folder of certificates: %w", err)
	}
	if !there {
		if err := onlyCA(dir); err != nil {
			return nil, err
		}
		return makeCA(dir, now)
	}
	cert, err := readCert(path(dir, caName+certSuffix), now)
	if err != nil {
		return nil, err
	}
	if !cert.IsCA {
		return nil, fmt.Errorf("%s: not the certificate of a CA", path(dir, caName+certSuffix))
	}
	ca := &authority{cert: cert}
	if there, err = exists(dir, caName+keySuffix); err != nil || !there {
		return ca, err
	}
	ca.key, err = readKey(path(dir, caName+keySuffix))
	if err != nil {
		return nil, err
	}
	if !ca.key.PublicKey.Equal(cert.PublicKey) {
		return nil, fmt.Errorf("%s: not the key of %s", path(dir, caName+keySuffix), path(dir, caName+certSuffix))
	}
	return ca, nil
}

// onlyCA refuses to make a CA where certificates of another one lie.
func onlyCA(dir string) error {
	for _, name := range []string{serverName + certSuffix, clientName + certSuffix} {
		if there, _ := exists(dir, name); there {
			return fmt.Errorf("%s: missing, but %s is there; remove the other files to have all made anew",
				path(dir, caName+certSuffix), path(dir, name))
		}
	}
	return nil
}

// leaf reads a pair, or makes it when it is missing and the CA's key is there.
func (ca *authority) leaf(dir, name string, now time.Time) (tls.Certificate, error) {
	certFile, keyFile := path(dir, name+certSuffix), path(dir, name+keySuffix)
	hasCert, err := exists(dir, name+certSuffix)
	if err != nil {
		return tls.Certificate{}, err
	}
	hasKey, err := exists(dir, name+keySuffix)
	if err != nil {
		return tls.Certificate{}, err
	}
	if !hasCert || !hasKey {
		switch {
		case ca.key != nil:
			return ca.makeLeaf(dir, name, now)
		case hasCert:
			return tls.Certificate{}, fmt.Errorf("%s: missing", keyFile)
		}
		return tls.Certificate{}, nil
	}
	cert, err := readCert(certFile, now)
	if err != nil {
		return tls.Certificate{}, err
	}
	if err := cert.CheckSignatureFrom(ca.cert); err != nil {
		return tls.Certificate{}, fmt.Errorf("%s: not issued by %s", certFile, path(dir, caName+certSuffix))
	}
	pair, err := tls.LoadX509KeyPair(certFile, keyFile)
	if err != nil {
		return tls.Certificate{}, fmt.Errorf("%s and %s: %w", certFile, keyFile, err)
	}
	return pair, nil
}

func readCert(file string, now time.Time) (*x509.Certificate, error) {
	b, err := os.ReadFile(file)
	if err != nil {
		return nil, fmt.Errorf("read certificate: %w", err)
	}
	block, _ := pem.Decode(b)
	if block == nil || block.Type != "CERTIFICATE" {
		return nil, fmt.Errorf("%s: no certificate in PEM form", file)
	}
	cert, err := x509.ParseCertificate(block.Bytes)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", file, err)
	}
	switch {
	case now.After(cert.NotAfter):
		return nil, fmt.Errorf("%s: expired on %s; remove it to have it made anew", file, cert.NotAfter.Format(time.DateOnly))
	case now.Before(cert.NotBefore):
		return nil, fmt.Errorf("%s: not valid before %s", file, cert.NotBefore.Format(time.DateTime))
	}
	return cert, nil
}

func readKey(file string) (*ecdsa.PrivateKey, error) {
	b, err := os.ReadFile(file)
	if err != nil {
		return nil, fmt.Errorf("read key: %w", err)
	}
	block, _ := pem.Decode(b)
	if block == nil {
		return nil, fmt.Errorf("%s: no key in PEM form", file)
	}
	if key, err := x509.ParseECPrivateKey(block.Bytes); err == nil {
		return key, nil
	}
	key, err := x509.ParsePKCS8PrivateKey(block.Bytes)
	if err != nil {
		return nil, fmt.Errorf("%s: neither PKCS#8 nor SEC1", file)
	}
	ec, ok := key.(*ecdsa.PrivateKey)
	if !ok {
		return nil, fmt.Errorf("%s: not an ECDSA key", file)
	}
	return ec, nil
}
