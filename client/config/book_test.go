package config

import (
	"context"
	"errors"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/zalando/go-keyring"

	"example.com/thingdeck/client/transport"
)

// newBook is a book that was started with flags, over a keyring of its own.
func newBook(t *testing.T, f Folders, flags Values, environ ...string) *Book {
	t.Helper()
	keyring.MockInit()
	c := mustLoad(t, f, flags, environ...)
	b := NewBook(c, mustStart(t, c), testSecrets(t))
	t.Cleanup(b.Close)
	return b
}

func TestDraftIsSavedWithItsSecrets(t *testing.T) {
	b := newBook(t, testFolders(t), Values{})
	d := b.New(KindOther)
	d.SetName("bench")
	d.Set("broker", "mqtt://h")
	d.Set("username", "ann")
	d.SetSecret("password", "hush", false)
	if !d.Changed() || len(d.Problems()) > 0 {
		t.Fatalf("changed %v, problems %v", d.Changed(), d.Problems())
	}
	if notice, err := d.Save(t.Context()); notice != "" || err != nil {
		t.Fatalf("got %q, %v", notice, err)
	}
	if d.Changed() {
		t.Error("what is saved counts as changed")
	}
	d, err := b.Edit("bench")
	if err != nil || d.Text("username") != "ann" || d.Kind() != string(KindOther) {
		t.Fatalf("got %v, %v", d, err)
	}
	where, why := d.Kept(t.Context())
	if diff := cmp.Diff(map[string]string{"password": "keyring"}, where); diff != "" || why != nil {
		t.Errorf("%v\n%s", why, diff)
	}
	d.SetName("desk")
	if _, err := d.Save(t.Context()); err != nil {
		t.Fatal(err)
	}
	e, err := b.Effective("desk")
	if err != nil {
		t.Fatal(err)
	}
	if p, _, err := e.Open(t.Context(), b.secrets, nil); err != nil || p.Password != "hush" {
		t.Errorf("got %q, %v; want the password to move along", p.Password, err)
	}
	d.SetSecret("password", "", true)
	if _, err := d.Save(t.Context()); err != nil {
		t.Fatal(err)
	}
	var needed *Needed
	if _, _, err := e.Open(t.Context(), b.secrets, nil); !errors.As(err, &needed) || needed.Name != Password {
		t.Errorf("got %v; want it to need the password", err)
	}
	as, err := b.Copy("desk")
	if err != nil || as != "desk 2" {
		t.Errorf("copied as %q, %v", as, err)
	}
	if err := b.Remove(t.Context(), "desk"); err != nil {
		t.Fatal(err)
	}
	if found, _ := b.List(); len(found) != 1 || found[0].Name != "desk 2" {
		t.Errorf("got %v; want the copy alone", found)
	}
}

func TestWithoutAKeyringSecretsAreKeptInMemory(t *testing.T) {
	b := newBook(t, testFolders(t), Values{})
	b.secrets.reachable = func() error { return errors.New("there is no D-Bus session") }
	save(t, b.configuration.Folders, profileOf(t, "p", "broker", "mqtt://h", "username", "ann"))
	d, err := b.Edit("p")
	if err != nil {
		t.Fatal(err)
	}
	if _, why := d.Kept(t.Context()); why == nil {
		t.Error("nothing says that there is no keyring")
	}
	d.SetSecret("password", "hush", false)
	if notice, err := d.Save(t.Context()); !strings.Contains(notice, "until thingdeck ends") || err != nil {
		t.Errorf("got %q, %v", notice, err)
	}
}

func TestOpenAsks(t *testing.T) {
	key, cert := "../transport/testdata/aes256-sha256.key", "../transport/testdata/cert.pem"
	b := newBook(t, testFolders(t), Values{})
	for _, tt := range []struct {
		name   string
		fields []string
		asks   []SecretName
	}{
		{"a user name", []string{"broker", "mqtt://h", "username", "ann"}, []SecretName{Password}},
		{"an encrypted key", []string{"broker", "mqtts://h", "cert", cert, "key", key}, []SecretName{KeyPassword}},
		{"a signed token", []string{"broker", "mqtts://h", "auth", "custom", "authorizer", "a", "token-key", "k"}, []SecretName{Token, TokenSignature}},
		{"a user name of a custom authorizer", []string{"broker", "mqtts://h", "auth", "custom", "authorizer", "a", "username", "ann"}, nil},
		{"nothing", []string{"broker", "mqtt://h"}, nil},
	} {
		t.Run(tt.name, func(t *testing.T) {
			e, err := b.effective("", profileOf(t, "p", tt.fields...))
			if err != nil {
				t.Fatal(err)
			}
			answers := Answers{}
			var asked []SecretName
			for {
				_, _, err := e.Open(t.Context(), b.secrets, answers)
				var needed *Needed
				if !errors.As(err, &needed) {
					if err != nil && !strings.Contains(err.Error(), "not valid") && !strings.Contains(err.Error(), "expired") {
						t.Error(err)
					}
					break
				}
				asked = append(asked, needed.Name)
				answers[needed.Name] = transport.NewSecret("sesame")
			}
			if !slices.Equal(asked, tt.asks) {
				t.Errorf("asked for %v; want %v", asked, tt.asks)
			}
		})
	}
	e, err := b.effective("", profileOf(t, "p", "broker", "mqtts://h", "cert", cert, "key", key))
	if err != nil {
		t.Fatal(err)
	}
	var needed *Needed
	if _, _, err := e.Open(t.Context(), b.secrets, Answers{KeyPassword: transport.NewSecret("wrong")}); !errors.As(err, &needed) || needed.Wrong == "" {
		t.Errorf("got %v; want to be asked again", err)
	}
	if _, _, err := e.Open(t.Context(), b.secrets, Answers{KeyPassword: {}}); err == nil || !strings.Contains(err.Error(), "encrypted") {
		t.Errorf("got %v; want to hear that the key is encrypted", err)
	}
}

func TestTheFirstConnectionKeepsItsEnvironment(t *testing.T) {
	f := testFolders(t)
	save(t, f, profileOf(t, "p", "broker", "mqtt://h", "username", "ann"))
	save(t, f, profileOf(t, "q", "broker", "mqtt://h", "username", "bob"))
	b := newBook(t, f, flagValues(t, "profile", "p", "client-id", "mine"), "THINGDECK_PASSWORD=hush")
	for name, want := range map[string]string{"p": "hush", "q": ""} {
		e, err := b.Effective(name)
		if err != nil {
			t.Fatal(err)
		}
		p, _, err := e.Open(t.Context(), b.secrets, nil)
		if want == "" {
			if err == nil || e.Settings.ClientID != "" {
				t.Errorf("%s: got %v and client ID %q; want to be asked, and none", name, err, e.Settings.ClientID)
			}
			continue
		}
		if err != nil || p.Password != want || p.ClientID != "mine" {
			t.Errorf("%s: got %+v, %v", name, p, err)
		}
	}
	d, err := b.Edit("p")
	if err != nil {
		t.Fatal(err)
	}
	if where, _ := d.Kept(t.Context()); where["password"] != "environment THINGDECK_PASSWORD" {
		t.Errorf("got %v; want the environment named", where)
	}
	if e, err := b.Effective(LocalName); err != nil || e.Settings.Kind != KindLocal {
		t.Errorf("got %v, %v; want the local one", e, err)
	}
}

func TestWhatFlagsSayIsSaved(t *testing.T) {
	t.Chdir(t.TempDir())
	put(t, "ca.pem", "")
	b := newBook(t, testFolders(t), flagValues(t, "broker", "mqtts://127.0.0.1:1", "username", "ann", "ca", "ca.pem", "keep", "500"),
		"THINGDECK_PASSWORD=hush", "THINGDECK_CLIENT_ID=bench-1")
	var moved []string
	b.Renamed = func(name, as string) error { moved = append(moved, name, as); return nil }
	if err := b.Own("mqtts://127.0.0.1:1"); err != nil {
		t.Fatal(err)
	}
	d := b.Unsaved()
	here, _ := filepath.Abs(".")
	for field, want := range map[string]string{"broker": "mqtts://127.0.0.1:1", "username": "ann", "client-id": "bench-1", "ca": filepath.Join(here, "ca.pem"),
		"kind": "Other broker", "keep": "", "auth": "", "limits": ""} {
		if got := d.Text(field); got != want {
			t.Errorf("%s: got %q; want %q", field, got, want)
		}
	}
	if where, _ := d.Kept(t.Context()); where["password"] != "environment THINGDECK_PASSWORD" {
		t.Errorf("got %v; want the environment named", where)
	}
	d.SetName("desk")
	if _, err := d.Save(t.Context()); err != nil {
		t.Fatal(err)
	}
	if b.Unsaved() != nil {
		t.Error("it is still unsaved")
	}
	if want := []string{"mqtts://127.0.0.1:1", "desk"}; !slices.Equal(moved, want) {
		t.Errorf("moved %q; want %q", moved, want)
	}
	if _, err := LockProfile(b.configuration.Folders, "desk"); err == nil {
		t.Error("another may own it now")
	}
	check := func(name string) {
		t.Helper()
		e, err := b.Effective(name)
		if err != nil {
			t.Fatal(err)
		}
		if p, _, err := e.Open(t.Context(), b.secrets, nil); err == nil || !strings.Contains(err.Error(), "ca.pem") || p.Password != "hush" {
			t.Errorf("got password %q, %v; want that of the environment, and the empty file named", p.Password, err)
		}
	}
	check("desk")
	if err := b.Rename(t.Context(), "desk", "bench"); err != nil {
		t.Fatal(err)
	}
	check("bench")
	if file := filepath.Join(b.Folder(), "bench.toml"); fileHas(t, file, "hush") {
		t.Error("the password is in the file")
	}
	if b := newBook(t, testFolders(t), Values{}); b.Unsaved() != nil {
		t.Error("the local AWS IoT is offered")
	}
}

func fileHas(t *testing.T, file, text string) bool {
	t.Helper()
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return strings.Contains(string(data), text)
}

func TestOwn(t *testing.T) {
	b := newBook(t, testFolders(t), Values{})
	if err := errors.Join(b.Own("p"), b.Own("p"), b.Own("mqtt://h:1883")); err != nil {
		t.Fatal(err)
	}
	var held *HeldError
	if _, err := LockProfile(b.configuration.Folders, "p"); !errors.As(err, &held) || held.PID != os.Getpid() {
		t.Errorf("got %v; want it held by this process", err)
	}
	b.Close()
	l, err := LockProfile(b.configuration.Folders, "p")
	if err != nil {
		t.Errorf("got %v; want it free", err)
	}
	l.Release()
}

func TestDraftIsTested(t *testing.T) {
	b := newBook(t, testFolders(t), Values{})
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	l.Close()
	d := b.New(KindOther)
	d.Set("broker", "mqtt://"+l.Addr().String())
	if got := d.Test(t.Context()); got.OK() || !strings.Contains(got.Why.Text, "refused") || len(got.Why.Causes) == 0 {
		t.Errorf("got %+v; want a refused connection with causes", got)
	}
	d.Set("broker", "mqtt")
	if got := d.Test(t.Context()); got.OK() || !strings.Contains(got.Why.Text, "scheme") {
		t.Errorf("got %+v; want the broker refused", got)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	d.Set("broker", "mqtt://127.0.0.1:1")
	if got := d.Test(ctx); got.OK() {
		t.Error("a test that was given up is well")
	}
	if got := b.New(KindLocal).Test(t.Context()); got.OK() {
		t.Error("the local one is tested")
	}
}

func TestComplete(t *testing.T) {
	dir := t.TempDir()
	for _, name := range []string{"cert.pem", "certs/x", ".hidden", "key.pem"} {
		put(t, filepath.Join(dir, name), "")
	}
	for prefix, want := range map[string][]string{"": {"cert.pem", "certs/", "key.pem"}, "ce": {"cert.pem", "certs/"}, ".": {".hidden"}, "none": nil, "x/y": nil} {
		var got []string
		for _, path := range Complete(dir + "/" + prefix) {
			got = append(got, strings.TrimPrefix(path, dir+"/"))
		}
		if !slices.Equal(got, want) {
			t.Errorf("%q: got %q; want %q", prefix, got, want)
		}
	}
}
