package transport

import (
	"errors"
	"fmt"
	"io"
	"log/slog"
)

// hidden stands for every secret.
const hidden = "***"

// Secret is a password or token. Whatever prints, logs or marshals one shows *** in its place; Reveal alone gives it
// away. The zero Secret is none. Secrets are not comparable by ==.
type Secret struct {
	// A pointer, because fmt calls no methods on unexported fields of others and would print what is in here; it prints
	// a pointer as an address.
	text *string
	_    [0]func()
}

// NewSecret keeps text; an empty one is none.
func NewSecret(text string) Secret {
	if text == "" {
		return Secret{}
	}
	return Secret{text: &text}
}

// Reveal is the secret itself: for the wire and the keyring only.
func (s Secret) Reveal() string {
	if s.text == nil {
		return ""
	}
	return *s.text
}

// Empty says that there is none.
func (s Secret) Empty() bool { return s.text == nil }

// String is *** or, without a secret, empty.
func (s Secret) String() string {
	if s.text == nil {
		return ""
	}
	return hidden
}

// GoString hides the secret from %#v.
func (s Secret) GoString() string { return "transport.Secret(" + s.String() + ")" }

// Format hides the secret from every verb.
func (s Secret) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, s.String()) }

// MarshalText hides the secret from JSON and TOML.
func (s Secret) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// UnmarshalText refuses: a secret is never read from a file.
func (s *Secret) UnmarshalText([]byte) error { return errors.New("a secret is never read from a file") }

// LogValue hides the secret from log/slog.
func (s Secret) LogValue() slog.Value { return slog.StringValue(s.String()) }
