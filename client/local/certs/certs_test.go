package certs

import (
	"crypto/tls"
	"crypto/x509"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

func open(t *testing.T, dir string) *Set {
	t.Helper()
	s, err := Open(dir, time.Now())
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestFirstUseMakesAllFiles(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "new")
	s := open(t, dir)
	for name, mode := range map[string]os.FileMode{
		"ca.pem": 0o644, "ca.key": 0o600, "server.pem": 0o644, "server.key": 0o600, "client.pem": 0o644, "client.key": 0o600,
	} {
		info, err := os.Stat(filepath.Join(dir, name))
		if err != nil {
			t.Fatal(err)
		}
		if got := info.Mode().Perm(); got != mode {
			t.Errorf("%s: got mode %o; want %o", name, got, mode)
		}
	}
	server, err := x509.ParseCertificate(s.Server.Certificate[0])
	if err != nil {
		t.Fatal(err)
	}
	for _, host := range []string{"localhost", "127.0.0.1", "::1"} {
		_, err := server.Verify(x509.VerifyOptions{DNSName: host, Roots: s.Pool(), KeyUsages: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth}})
		if err != nil {
			t.Errorf("server certificate for %s: %v", host, err)
		}
	}
	client, err := tls.LoadX509KeyPair(filepath.Join(dir, "client.pem"), filepath.Join(dir, "client.key"))
	if err != nil {
		t.Fatal(err)
	}
	leaf, err := x509.ParseCertificate(client.Certificate[0])
	if err != nil {
		t.Fatal(err)
	}
	if _, err := leaf.Verify(x509.VerifyOptions{Roots: s.Pool(), KeyUsages: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth}}); err != nil {
		t.Errorf("client certificate: %v", err)
	}
}

func TestSecondUseKeepsFiles(t *testing.T) {
	dir := t.TempDir()
	first := open(t, dir)
	if second := open(t, dir); !first.CA.Equal(second.CA) {
		t.Error("the CA was made anew")
	}
}

func TestMissingPairIsMadeAnew(t *testing.T) {
	for _, name := range []string{"server.pem", "server.key", "client.pem", "client.key"} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			first := open(t, dir)
			if err := os.Remove(filepath.Join(dir, name)); err != nil {
				t.Fatal(err)
			}
			if second := open(t, dir); !first.CA.Equal(second.CA) {
				t.Error("the CA was made anew")
			}
			if _, err := os.Stat(filepath.Join(dir, name)); err != nil {
				t.Error(err)
			}
		})
	}
}

func TestFolderOfOthersServesWithoutTheCAKey(t *testing.T) {
	dir := t.TempDir()
	open(t, dir)
	for _, name := range []string{"ca.key", "client.pem", "client.key"} {
		if err := os.Remove(filepath.Join(dir, name)); err != nil {
			t.Fatal(err)
		}
	}
	open(t, dir)
}

func TestFaultNamesTheFile(t *testing.T) {
	swap := func(t *testing.T, dir, name string) {
		other := t.TempDir()
		open(t, other)
		b, err := os.ReadFile(filepath.Join(other, name))
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, name), b, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	remove := func(t *testing.T, dir, name string) {
		if err := os.Remove(filepath.Join(dir, name)); err != nil {
			t.Fatal(err)
		}
	}
	spoil := func(t *testing.T, dir, name string) {
		if err := os.WriteFile(filepath.Join(dir, name), []byte("x"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for _, c := range []struct {
		name string
		at   time.Duration
		do   func(t *testing.T, dir string)
		want []string
	}{
		{"expired", 11 * 365 * 24 * time.Hour, func(*testing.T, string) {}, []string{"ca.pem", "expired"}},
		{"key of another server", 0, func(t *testing.T, dir string) { swap(t, dir, "server.key") }, []string{"server.pem", "server.key"}},
		{"client of another CA", 0, func(t *testing.T, dir string) { swap(t, dir, "client.pem"); swap(t, dir, "client.key") }, []string{"client.pem", "not issued by", "ca.pem"}},
		{"key of another CA", 0, func(t *testing.T, dir string) { swap(t, dir, "ca.key") }, []string{"ca.key", "not the key of"}},
		{"no PEM", 0, func(t *testing.T, dir string) { spoil(t, dir, "server.pem") }, []string{"server.pem", "PEM"}},
		{"no CA among certificates", 0, func(t *testing.T, dir string) { remove(t, dir, "ca.pem") }, []string{"ca.pem", "missing"}},
		{"no server and no CA key", 0, func(t *testing.T, dir string) {
			remove(t, dir, "ca.key")
			remove(t, dir, "server.pem")
			remove(t, dir, "server.key")
		}, []string{"server.pem", "missing"}},
		{"no server key and no CA key", 0, func(t *testing.T, dir string) { remove(t, dir, "ca.key"); remove(t, dir, "server.key") }, []string{"server.key", "missing"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			dir := t.TempDir()
			open(t, dir)
			c.do(t, dir)
			_, err := Open(dir, time.Now().Add(c.at))
			if err == nil {
				t.Fatal("got no error")
			}
			for _, part := range c.want {
				if !strings.Contains(err.Error(), part) {
					t.Errorf("got %q; want it to name %s", err, part)
				}
			}
		})
	}
}
