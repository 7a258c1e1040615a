package config

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/pelletier/go-toml/v2"
	"github.com/zalando/go-keyring"
	"pgregory.net/rapid"

	"example.com/thingdeck/client/transport"
)

// testSecrets uses the library's own stand-in for the keyring, without a D-Bus session.
func testSecrets(t *testing.T) *Secrets {
	t.Helper()
	s := NewSecrets()
	s.reachable = func() error { return nil }
	t.Cleanup(func() {
		if err := s.Close(context.Background()); err != nil {
			t.Error(err)
		}
	})
	return s
}

// holder has a secret where fmt cannot call its methods.
type holder struct {
	Public  transport.Secret
	private transport.Secret
	list    []transport.Secret
	byName  map[string]transport.Secret
	pointer *transport.Secret
}

func TestSecretsAreHidden(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		// Long and odd enough not to be part of what is printed anyway.
		text := "§" + rapid.StringN(8, 40, 80).Draw(t, "secret") + "§"
		s := transport.NewSecret(text)
		h := holder{s, s, []transport.Secret{s}, map[string]transport.Secret{"a": s}, &s}
		var shown []string
		for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%X", "%d", "%T", "%p", "%t", "%10s", "%.3s", "%w"} {
			for _, v := range []any{s, &s, h, &h, []any{s}, errors.Join(fmt.Errorf("wrap %v", s))} {
				shown = append(shown, fmt.Sprintf(verb, v))
			}
		}
		shown = append(shown, s.String(), s.GoString(), s.LogValue().String())
		j, err := json.Marshal(h)
		must(t, err)
		m, err := toml.Marshal(struct{ Secret transport.Secret }{s})
		must(t, err)
		shown = append(shown, string(j), string(m))
		for _, handler := range []func(*bytes.Buffer) slog.Handler{
			func(b *bytes.Buffer) slog.Handler { return slog.NewTextHandler(b, nil) },
			func(b *bytes.Buffer) slog.Handler { return slog.NewJSONHandler(b, nil) },
		} {
			var b bytes.Buffer
			slog.New(handler(&b)).Info("x", "secret", s, "holder", h, "pointer", &s)
			shown = append(shown, b.String())
		}
		forms := []string{text, fmt.Sprintf("%x", text), fmt.Sprintf("%X", text), strings.Trim(fmt.Sprintf("%q", text), `"`)}
		for _, out := range shown {
			for _, form := range forms {
				if strings.Contains(out, form) {
					t.Fatalf("%q shows %q", out, form)
				}
			}
		}
		if s.Reveal() != text {
			t.Fatalf("got %q; want %q", s.Reveal(), text)
		}
	})
}

func must(t *rapid.T, err error) {
	if err != nil {
		t.Fatal(err)
	}
}

func TestNoSecret(t *testing.T) {
	var s transport.Secret
	if !s.Empty() || s.Reveal() != "" || s.String() != "" || !transport.NewSecret("").Empty() {
		t.Errorf("got %q; want an empty secret", s.Reveal())
	}
	if err := json.Unmarshal([]byte(`"hunter2"`), &s); err == nil || strings.Contains(err.Error(), "hunter2") {
		t.Errorf("got %v; want a refusal without the secret", err)
	}
}

// TestErrorsShowNoSecret puts a secret where it does not belong and reads every error and printed form.
func TestErrorsShowNoSecret(t *testing.T) {
	const secret = "s3cr3t-hunter2"
	f := testFolders(t)
	for _, content := range []string{
		"password = \"" + secret + "\"", "password = '" + secret, "password = \"" + secret + "\\q\"", "token = \"" + secret + "\"\ntoken = 5",
		"password = " + secret, "broker = \"mqtt://me:" + secret + "@host\"", "[keys]\npassword = \"" + secret + "\nx", "key-password = [\"" + secret + "\"]",
		"token-signature = 1e999999", "token-key = \"" + secret + "=\"", "username = \"me?x-amz-customauthorizer-signature=" + secret + "\"",
	} {
		for _, file := range []string{f.File, f.Profiles + "/p.toml"} {
			entries, err := parseEntries(file, []byte(content))
			errs := []error{err}
			for _, e := range entries {
				var v Values
				errs = append(errs, v.take(e, inConfig, ""), v.take(e, inProfile, ""))
			}
			for _, err := range errs {
				if err != nil && (strings.Contains(err.Error(), secret) || strings.Contains(err.Error(), "1e999999")) {
					t.Errorf("%q: got error %q; want it without the secret", content, err)
				}
			}
		}
	}
	p := profileOf(t, "p", "broker", "mqtt://me:"+secret+"@host", "username", secret)
	if got := fmt.Sprintf("%v %+v %#v %s %v", p, p, &p, p, []Profile{p}); strings.Contains(got, secret) {
		t.Errorf("got %q; want the name alone", got)
	}
	if err := NewProfiles(f).Save(p); err == nil || strings.Contains(err.Error(), secret) {
		t.Errorf("got %v; want a refusal without the secret", err)
	}
}

func TestKeyring(t *testing.T) {
	keyring.MockInit()
	s, ctx := testSecrets(t), t.Context()
	if where, why := s.Set(ctx, "p", Password, transport.NewSecret("a")); where != InKeyring || why != nil {
		t.Fatalf("got %v, %v; want the keyring", where, why)
	}
	if got, err := keyring.Get("thingdeck", "p/password"); got != "a" || err != nil {
		t.Errorf("the keyring has %q, %v", got, err)
	}
	expect := func(profile string, name SecretName, want string, where Where) {
		t.Helper()
		got, at, err := testSecrets(t).Get(ctx, profile, name) // as after a restart
		if got.Reveal() != want || at != where || err != nil {
			t.Errorf("%s %s: got %q, %v, %v; want %q, %v", profile, name, got.Reveal(), at, err, want, where)
		}
	}
	expect("p", Password, "a", InKeyring)
	expect("p", Token, "", Nowhere)
	expect("q", Password, "", Nowhere)
	if err := s.Rename(ctx, "p", "q"); err != nil {
		t.Fatal(err)
	}
	expect("p", Password, "", Nowhere)
	expect("q", Password, "a", InKeyring)
	if err := s.Forget(ctx, "q"); err != nil {
		t.Fatal(err)
	}
	expect("q", Password, "", Nowhere)
	if where, why := s.Set(ctx, "q", Password, transport.Secret{}); where != Nowhere || why != nil {
		t.Errorf("removing what is not there: got %v, %v", where, why)
	}
}

func TestWithoutKeyring(t *testing.T) {
	keyring.MockInitWithError(errors.New("no service for hunter2"))
	t.Cleanup(keyring.MockInit)
	s, ctx := testSecrets(t), t.Context()
	where, why := s.Set(ctx, "p", Password, transport.NewSecret("hunter2"))
	if where != InMemory || !errors.Is(why, ErrNoKeyring) && !strings.Contains(why.Error(), "***") {
		t.Fatalf("got %v, %v; want memory and why", where, why)
	}
	if strings.Contains(why.Error(), "hunter2") {
		t.Errorf("got %q; want it without the secret", why)
	}
	if got, at, err := s.Get(ctx, "p", Password); got.Reveal() != "hunter2" || at != InMemory || err != nil {
		t.Errorf("got %q, %v, %v; want it from memory", got.Reveal(), at, err)
	}
	if _, _, err := s.Get(ctx, "p", Token); !errors.Is(err, ErrNoKeyring) {
		t.Errorf("got %v; want ErrNoKeyring", err)
	}
	if err := s.Rename(ctx, "p", "q"); err != nil {
		t.Fatal(err)
	}
	if got, _, _ := s.Get(ctx, "q", Password); got.Reveal() != "hunter2" {
		t.Errorf("got %q after the profile was renamed", got.Reveal())
	}
}

func TestNoSession(t *testing.T) {
	s := NewSecrets()
	s.reachable = func() error { return errors.New("there is no D-Bus session") }
	where, why := s.Set(t.Context(), "p", Password, transport.NewSecret("a"))
	if where != InMemory || !errors.Is(why, ErrNoKeyring) {
		t.Fatalf("got %v, %v; want memory", where, why)
	}
	if want := "no keyring: there is no D-Bus session"; why.Error() != want {
		t.Errorf("got %q; want %q", why, want)
	}
	if err := s.Close(t.Context()); err != nil {
		t.Fatal(err)
	}
	if got, _, _ := s.Get(t.Context(), "p", Password); !got.Empty() {
		t.Errorf("still there after Close")
	}
}

// TestSilentKeyring: one that waits for somebody to unlock it holds up nobody.
func TestSilentKeyring(t *testing.T) {
	s := testSecrets(t)
	ctx, cancel := context.WithCancel(t.Context())
	unlocked, asked := make(chan struct{}), make(chan struct{})
	result := make(chan error, 1)
	go func() {
		result <- s.ask(ctx, func() error { close(asked); <-unlocked; return nil })
	}()
	<-asked
	cancel()
	if err := <-result; !errors.Is(err, context.Canceled) {
		t.Errorf("got %v; want that the caller gave up", err)
	}
	patient, end := context.WithTimeout(t.Context(), 5*time.Second)
	defer end()
	if err := s.ask(patient, func() error { return nil }); !errors.Is(err, ErrNoKeyring) {
		t.Errorf("got %v; want ErrNoKeyring at once", err)
	}
	short, stop := context.WithTimeout(t.Context(), time.Millisecond)
	defer stop()
	if err := s.Close(short); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("got %v; want that the call goes on", err)
	}
	close(unlocked)
	if err := s.Close(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := s.ask(t.Context(), func() error { return nil }); err != nil {
		t.Errorf("got %v after it answered; want it to be asked again", err)
	}
}

func TestKeyringThatPanics(t *testing.T) {
	s := testSecrets(t)
	if err := s.ask(t.Context(), func() error { panic("odd answer") }); !errors.Is(err, ErrNoKeyring) {
		t.Errorf("got %v; want ErrNoKeyring", err)
	}
}
