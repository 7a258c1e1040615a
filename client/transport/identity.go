package transport

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/rsa"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"slices"

	"software.sslmate.com/src/go-pkcs12"
)

// identity is a client certificate with its key.
type identity struct {
	chain   []*x509.Certificate // the client's first
	key     crypto.Signer
	keyFile string
}

func (i identity) pair() *tls.Certificate {
	p := &tls.Certificate{PrivateKey: i.key, Leaf: i.chain[0]}
	for _, c := range i.chain {
		p.Certificate = append(p.Certificate, c.Raw)
	}
	return p
}

// identity reads certificate and key, and holds that they belong together.
func (t TLS) identity() (identity, error) {
	if t.CertFile == "" {
		return identity{}, badFile(t.KeyFile, "a key without a certificate: name the certificate too", nil)
	}
	data, err := readFile(t.CertFile)
	if err != nil {
		return identity{}, err
	}
	if isPKCS12(data) {
		return t.fromPKCS12(data)
	}
	chain, err := certificates(t.CertFile, data)
	if err != nil {
		return identity{}, err
	}
	own := identity{keyFile: t.KeyFile}
	if own.keyFile == "" {
		own.keyFile = t.CertFile
	} else if data, err = readFile(own.keyFile); err != nil {
		return identity{}, err
	}
	if own.key, err = t.key(own.keyFile, data); err != nil {
		return identity{}, err
	}
	mine := slices.IndexFunc(chain, func(c *x509.Certificate) bool { return belongs(own.key, c) })
	if mine < 0 {
		return identity{}, mismatch(t.CertFile, own.keyFile)
	}
	own.chain = slices.Concat(chain[mine:mine+1], chain[:mine], chain[mine+1:])
	return own, nil
}

func mismatch(certFile, keyFile string) *Failure {
	return &Failure{Stage: Files, Kind: KeyMismatch, Text: fmt.Sprintf("the key %s does not belong to the certificate %s", keyFile, certFile)}
}

func belongs(key crypto.Signer, c *x509.Certificate) bool {
	public, ok := key.Public().(interface{ Equal(crypto.PublicKey) bool })
	return ok && public.Equal(c.PublicKey)
}

// isPKCS12 looks for the version number that PKCS#12 begins with.
func isPKCS12(data []byte) bool {
	return len(data) > 8 && data[0] == 0x30 && bytes.Contains(data[1:min(len(data), 10)], []byte{0x02, 0x01, 0x03, 0x30})
}

func (t TLS) fromPKCS12(data []byte) (own identity, err error) {
	defer func() {
		if r := recover(); r != nil { // the library reads what others wrote
			err = badFile(t.CertFile, "cannot be read as PKCS#12", nil)
		}
	}()
	key, leaf, more, err := pkcs12.DecodeChain(data, t.KeyPassword.Reveal())
	switch {
	case errors.Is(err, pkcs12.ErrIncorrectPassword) && t.KeyPassword.Empty():
		return identity{}, needsPassword(t.CertFile)
	case errors.Is(err, pkcs12.ErrIncorrectPassword):
		return identity{}, wrongPassword(t.CertFile)
	}
	if err != nil {
		return identity{}, badFile(t.CertFile, "cannot be read as PKCS#12: "+printable(err.Error()), err)
	}
	signer, ok := key.(crypto.Signer)
	if !ok {
		return identity{}, badFile(t.CertFile, "the key in it is of an unknown kind", nil)
	}
	if !belongs(signer, leaf) {
		return identity{}, mismatch(t.CertFile, t.CertFile)
	}
	return identity{chain: append([]*x509.Certificate{leaf}, more...), key: signer, keyFile: t.CertFile}, nil
}

func needsPassword(file string) *Failure {
	return &Failure{Stage: Files, Kind: KeyEncrypted, Text: file + ": the key is encrypted: give its password"}
}

func wrongPassword(file string) *Failure {
	return &Failure{Stage: Files, Kind: WrongPassword, Text: file + ": this password does not open the key"}
}

// Encrypted says that a file holds a private key that needs a password.
func Encrypted(file string) (bool, error) {
	data, err := readFile(file)
	if err != nil {
		return false, err
	}
	if isPKCS12(data) {
		_, _, _, err := pkcs12.DecodeChain(data, "")
		return errors.Is(err, pkcs12.ErrIncorrectPassword), nil
	}
	block := keyBlock(data)
	return block != nil && encryptedBlock(block), nil
}

// keyBlock is the first private key of a PEM file, nil when there is none.
func keyBlock(data []byte) *pem.Block {
	for {
		var block *pem.Block
		if block, data = pem.Decode(data); block == nil {
			return nil
		}
		switch block.Type {
		case "PRIVATE KEY", "EC PRIVATE KEY", "RSA PRIVATE KEY", "ENCRYPTED PRIVATE KEY":
			return block
		}
	}
}

// encryptedBlock knows both forms; the older one says it in a header.
func encryptedBlock(b *pem.Block) bool {
	return b.Type == "ENCRYPTED PRIVATE KEY" || b.Headers["DEK-Info"] != ""
}

// key reads a private key.
func (t TLS) key(file string, data []byte) (crypto.Signer, error) {
	block := keyBlock(data)
	switch {
	case block == nil:
		if key, err := parseKey(data); err == nil {
			return key, nil
		}
		return nil, badFile(file, "holds no private key but "+kindOf(data), nil)
	case !encryptedBlock(block):
		key, err := parseKey(block.Bytes)
		if err != nil {
			return nil, badFile(file, printable(err.Error()), err)
		}
		return key, nil
	}
	if t.KeyPassword.Empty() {
		return nil, needsPassword(file)
	}
	der, err := decrypt(block, t.KeyPassword.Reveal())
	if errors.Is(err, errPassword) {
		return nil, wrongPassword(file)
	}
	if err != nil {
		return nil, badFile(file, printable(err.Error()), err)
	}
	key, err := parseKey(der)
	if err != nil { // a wrong password can leave what looks like padding
		return nil, wrongPassword(file)
	}
	return key, nil
}

// decrypt opens an encrypted block.
func decrypt(block *pem.Block, password string) ([]byte, error) {
	if block.Type == "ENCRYPTED PRIVATE KEY" {
		return decryptPKCS8(block.Bytes, password)
	}
	//lint:ignore SA1019 the form is insecure, but keys in it are still in use
	der, err := x509.DecryptPEMBlock(block, []byte(password))
	if errors.Is(err, x509.IncorrectPasswordError) {
		return nil, errPassword
	}
	return der, err
}

// parseKey reads PKCS#8, SEC 1 or PKCS#1.
func parseKey(der []byte) (crypto.Signer, error) {
	if key, err := x509.ParsePKCS8PrivateKey(der); err == nil {
		switch k := key.(type) {
		case *rsa.PrivateKey:
			return k, nil
		case *ecdsa.PrivateKey:
			return k, nil
		case ed25519.PrivateKey:
			return k, nil
		}
		return nil, errors.New("a private key of a kind that TLS has no use for")
	}
	if key, err := x509.ParseECPrivateKey(der); err == nil {
		return key, nil
	}
	key, err := x509.ParsePKCS1PrivateKey(der)
	if err != nil {
		return nil, errors.New("the private key cannot be read: none of PKCS#8, SEC 1 and PKCS#1")
	}
	return key, nil
}
