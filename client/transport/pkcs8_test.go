package transport

import (
	"encoding/pem"
	"os"
	"testing"
)

// FuzzDecryptPKCS8 holds that a hostile key is refused without a panic.
func FuzzDecryptPKCS8(f *testing.F) {
	for _, name := range []string{"aes256-sha256", "aes128-sha1", "aes192-sha512", "des3-sha384", "scrypt", "pbes1"} {
		data, err := os.ReadFile("testdata/" + name + ".key")
		if err != nil {
			f.Fatal(err)
		}
		block, _ := pem.Decode(data)
		f.Add(block.Bytes, "sesame")
	}
	f.Fuzz(func(t *testing.T, der []byte, password string) {
		plain, err := decryptPKCS8(der, password)
		if err == nil {
			_, _ = parseKey(plain)
		}
	})
}
