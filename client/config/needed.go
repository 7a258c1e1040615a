package config

import (
	"context"
	"errors"
	"fmt"
	"maps"

	"example.com/thingdeck/client"
	"example.com/thingdeck/client/transport"
)

// Needed is a secret that is nowhere: an error of Open that an answer to its question mends.
type Needed struct {
	// Name is what the answer goes by.
	Name SecretName
	// Text asks for it, on one line: "password of ann at mqtts://h:8883".
	Text string
	// Wrong is why the answer before did not do; "" when there was none.
	Wrong string
}

func (n *Needed) Error() string {
	if n.Wrong != "" {
		return n.Wrong
	}
	return "needs the " + n.Text
}

// Answers are secrets that were asked for. An empty one says that there is none.
type Answers map[SecretName]transport.Secret

// With is the same settings with answers to what they lack.
func (e *Effective) With(answers Answers) *Effective {
	told := *e
	told.secrets = maps.Clone(e.secrets)
	if told.secrets == nil {
		told.secrets = map[SecretName]transport.Secret{}
	}
	maps.Copy(told.secrets, answers)
	return &told
}

// Open is Connect, but asks for secrets that are nowhere: the error is then a *Needed, and Open is to be called again with the
// answer beside those that were given before.
func (e *Effective) Open(ctx context.Context, s *Secrets, answers Answers) (client.Profile, []string, error) {
	told := e.With(answers)
	for _, n := range told.wants() {
		if _, answered := answers[n.Name]; answered {
			continue
		}
		if secret, _, _ := told.Secret(ctx, s, n.Name); secret.Empty() {
			return client.Profile{}, nil, n
		}
	}
	p, notices, err := told.Connect(ctx, s)
	if f := (*transport.Failure)(nil); errors.As(err, &f) && f.Kind == transport.WrongPassword {
		return p, notices, &Needed{KeyPassword, "password of the key " + oneLine(told.keyFile()), "this password does not open the key"}
	}
	return p, notices, err
}

// wants are the secrets that the connection cannot do without.
func (e *Effective) wants() (all []*Needed) {
	set := e.Settings
	if set.Broker == (client.Broker{}) {
		return nil
	}
	want := func(name SecretName, format string, args ...any) {
		all = append(all, &Needed{Name: name, Text: oneLine(fmt.Sprintf(format, args...))})
	}
	if file := e.keyFile(); file != "" {
		if encrypted, err := transport.Encrypted(file); err == nil && encrypted {
			want(KeyPassword, "password of the key %s", file)
		}
	}
	switch {
	case set.Auth == AuthPassword:
		want(Password, "password of %s at %s", set.Username, set.Broker)
	case set.Auth == AuthCustom && set.TokenKey != "":
		want(Token, "token (%s) for the authorizer of %s", set.TokenKey, set.Broker)
		want(TokenSignature, "signature of the token for the authorizer of %s", set.Broker)
	}
	return all
}

// keyFile is the file that holds the client's private key; "" for none.
func (e *Effective) keyFile() string {
	if e.Settings.Key != "" {
		return e.Settings.Key
	}
	return e.Settings.Cert
}
