package transport

import (
	"bytes"
	"crypto/aes"
	"crypto/cipher"
	"crypto/des"
	"crypto/pbkdf2"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/sha512"
	"crypto/x509/pkix"
	"encoding/asn1"
	"errors"
	"fmt"
	"hash"

	"golang.org/x/crypto/scrypt"
)

// The form of an encrypted PKCS#8 key: RFC 5958 with PBES2 of RFC 8018, and scrypt of RFC 7914. It is what openssl
// writes.
type (
	encryptedKey struct {
		Algorithm pkix.AlgorithmIdentifier
		Data      []byte
	}
	pbes2 struct {
		Derivation, Cipher pkix.AlgorithmIdentifier
	}
	pbkdf2Parameters struct {
		Salt       []byte
		Iterations int
		KeyLength  int                      `asn1:"optional"`
		Hash       pkix.AlgorithmIdentifier `asn1:"optional"`
	}
	scryptParameters struct {
		Salt      []byte
		N, R, P   int
		KeyLength int `asn1:"optional"`
	}
)

// Bounds on the work that a hostile file can ask for: seconds and 256 MB.
const (
	maxIterations = 10_000_000
	maxScrypt     = 256 << 20
)

var errPassword = errors.New("wrong password")

// decryptPKCS8 returns the key as PKCS#8, or errPassword.
func decryptPKCS8(der []byte, password string) ([]byte, error) {
	var outer encryptedKey
	if rest, err := asn1.Unmarshal(der, &outer); err != nil || len(rest) > 0 {
		return nil, errors.New("the encrypted key cannot be read")
	}
	if got := outer.Algorithm.Algorithm.String(); got != "1.2.840.113549.1.5.13" {
		return nil, fmt.Errorf("the key is encrypted in a way that is not known here (%s): write it anew with openssl pkcs8 -topk8", got)
	}
	var scheme pbes2
	if _, err := asn1.Unmarshal(outer.Algorithm.Parameters.FullBytes, &scheme); err != nil {
		return nil, errors.New("the encrypted key cannot be read")
	}
	newCipher, size, err := blockCipher(scheme.Cipher.Algorithm)
	if err != nil {
		return nil, err
	}
	key, err := derive(scheme.Derivation, password, size)
	if err != nil {
		return nil, err
	}
	block, err := newCipher(key)
	if err != nil {
		return nil, err
	}
	var iv []byte
	if _, err := asn1.Unmarshal(scheme.Cipher.Parameters.FullBytes, &iv); err != nil || len(iv) != block.BlockSize() {
		return nil, errors.New("the encrypted key cannot be read")
	}
	if len(outer.Data) == 0 || len(outer.Data)%block.BlockSize() != 0 {
		return nil, errors.New("the encrypted key cannot be read")
	}
	plain := make([]byte, len(outer.Data))
	cipher.NewCBCDecrypter(block, iv).CryptBlocks(plain, outer.Data)
	return unpad(plain, block.BlockSize())
}

func unpad(plain []byte, size int) ([]byte, error) {
	n := int(plain[len(plain)-1])
	if n == 0 || n > size || !bytes.HasSuffix(plain, bytes.Repeat([]byte{byte(n)}, n)) {
		return nil, errPassword
	}
	return plain[:len(plain)-n], nil
}

func blockCipher(id asn1.ObjectIdentifier) (func([]byte) (cipher.Block, error), int, error) {
	switch id.String() {
	case "2.16.840.1.101.3.4.1.2":
		return aes.NewCipher, 16, nil
	case "2.16.840.1.101.3.4.1.22":
		return aes.NewCipher, 24, nil
	case "2.16.840.1.101.3.4.1.42":
		return aes.NewCipher, 32, nil
	case "1.2.840.113549.3.7":
		return des.NewTripleDESCipher, 24, nil
	}
	return nil, 0, fmt.Errorf("the key is encrypted with a cipher that is not known here (%s)", id)
}

func derive(from pkix.AlgorithmIdentifier, password string, size int) ([]byte, error) {
	switch from.Algorithm.String() {
	case "1.2.840.113549.1.5.12":
		return deriveByPBKDF2(from.Parameters.FullBytes, password, size)
	case "1.3.6.1.4.1.11591.4.11":
		return deriveByScrypt(from.Parameters.FullBytes, password, size)
	}
	return nil, fmt.Errorf("the key's password is used in a way that is not known here (%s)", from.Algorithm)
}

func deriveByPBKDF2(parameters []byte, password string, size int) ([]byte, error) {
	var p pbkdf2Parameters
	if _, err := asn1.Unmarshal(parameters, &p); err != nil || p.Iterations < 1 || p.Iterations > maxIterations {
		return nil, errors.New("the encrypted key cannot be read")
	}
	var h func() hash.Hash
	switch id := p.Hash.Algorithm.String(); id {
	case "", "1.2.840.113549.2.7":
		h = sha1.New
	case "1.2.840.113549.2.9":
		h = sha256.New
	case "1.2.840.113549.2.10":
		h = sha512.New384
	case "1.2.840.113549.2.11":
		h = sha512.New
	default:
		return nil, fmt.Errorf("the key's password is used in a way that is not known here (%s)", id)
	}
	return pbkdf2.Key(h, password, p.Salt, p.Iterations, size)
}

func deriveByScrypt(parameters []byte, password string, size int) ([]byte, error) {
	var p scryptParameters
	if _, err := asn1.Unmarshal(parameters, &p); err != nil || p.N < 2 || p.R < 1 || p.P < 1 ||
		p.N > maxScrypt/128 || p.R > maxScrypt/128/p.N || p.P > 16 {
		return nil, errors.New("the encrypted key cannot be read")
	}
	return scrypt.Key([]byte(password), p.Salt, p.N, p.R, p.P, size)
}
