package config

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// testFolders are empty folders, and a home of their own.
func testFolders(t testing.TB) Folders {
	t.Helper()
	home := t.TempDir()
	f, err := FindFolders([]string{"HOME=" + home}, "")
	if err != nil {
		t.Fatal(err)
	}
	return f
}

func put(t testing.TB, file, content string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(file), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
}

func mustLoad(t testing.TB, f Folders, flags Values, environ ...string) *Configuration {
	t.Helper()
	c, err := Load(f, flags, environ)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func mustStart(t testing.TB, c *Configuration) *Effective {
	t.Helper()
	e, err := c.Start()
	if err != nil {
		t.Fatal(err)
	}
	return e
}

// flagValues are flags as name, value, name, value.
func flagValues(t testing.TB, pairs ...string) Values {
	t.Helper()
	var v Values
	for i := 0; i < len(pairs); i += 2 {
		if known, err := v.SetFlag(pairs[i], pairs[i+1]); err != nil || !known {
			t.Fatalf("--%s: known %v, %v", pairs[i], known, err)
		}
	}
	return v
}

// profileOf is a profile that can be saved, with fields as name, value, name, value on top.
func profileOf(t testing.TB, name string, pairs ...string) Profile {
	t.Helper()
	p := Preset(KindOther)
	p.Name = name
	pairs = append([]string{"broker", "mqtt://127.0.0.1:1883"}, pairs...)
	for i := 0; i < len(pairs); i += 2 {
		if err := p.Set(pairs[i], pairs[i+1]); err != nil {
			t.Fatal(err)
		}
	}
	return p
}

func save(t testing.TB, f Folders, p Profile) {
	t.Helper()
	if err := NewProfiles(f).Save(p); err != nil {
		t.Fatal(err)
	}
}

func wantError(t testing.TB, err error, want string) {
	t.Helper()
	if err == nil || !strings.Contains(err.Error(), want) {
		t.Fatalf("got error %v; want one with %q", err, want)
	}
	if strings.Contains(err.Error(), "\n") {
		t.Errorf("got error %q; want one line", err)
	}
}
