package config

import (
	"context"
	"fmt"
	"strings"

	"example.com/thingdeck/client"
	"example.com/thingdeck/client/transport"
	"example.com/thingdeck/client/transport/sigv4"
)

// Connect is what a Session's Connect takes, with its secrets. Without a broker it is for the local AWS IoT, and whoever
// starts that fills in the broker. Notices are one line each; the error says what no connection can be made with, and
// which place says it. Connect reads the files of certificates, and waits for the keyring as Secret does.
func (e *Effective) Connect(ctx context.Context, s *Secrets) (p client.Profile, notices []string, err error) {
	set := e.Settings
	p = client.Profile{
		Broker: set.Broker, ClientID: set.ClientID, Username: set.Username, KeepAlive: set.KeepAlive, Persistent: set.Persistent,
	}
	if set.Broker == (client.Broker{}) {
		return p, e.unused(), nil
	}
	secret := func(name SecretName) transport.Secret {
		found, _, err := e.Secret(ctx, s, name)
		if err != nil {
			notices = append(notices, fmt.Sprintf("no %s: %v", name, err))
		}
		return found
	}
	if p.AWS = set.AWSLimits; p.AWS {
		p.Limits = client.AWSLimits()
		if text := p.Limits.KeepAliveNotice(p.KeepAlive); text != "" {
			notices = append(notices, text)
		}
	}
	p.Transport = e.transport(secret)
	if set.Auth == AuthPassword || set.Auth != AuthNone && set.Auth != AuthSigV4 && set.Username != "" {
		p.Password = secret(Password).Reveal()
	}
	if err := p.Check(); err != nil {
		return p, notices, fmt.Errorf("%s: %w", e.Origin("broker"), err)
	}
	o := p.Transport
	o.Scheme, o.Host, o.Port, o.Path = set.Broker.Scheme, set.Broker.Host, set.Broker.Port, set.Broker.Path
	warnings, err := transport.Check(o)
	if err != nil {
		return p, notices, e.fileAtFault(err)
	}
	return p, append(notices, warnings...), nil
}

// transport is how to get to the broker.
func (e *Effective) transport(secret func(SecretName) transport.Secret) transport.Options {
	set := e.Settings
	o := transport.Options{TLS: transport.TLS{CAFile: set.CA, CertFile: set.Cert, KeyFile: set.Key, Insecure: set.Insecure}}
	if set.ALPN != "" {
		o.TLS.ALPN = []string{set.ALPN}
	}
	if key := e.keyFile(); key != "" {
		// Of a file that cannot be read Check tells more.
		if encrypted, err := transport.Encrypted(key); err == nil && encrypted {
			o.TLS.KeyPassword = secret(KeyPassword)
		}
	}
	switch set.Auth {
	case AuthSigV4:
		chain := &sigv4.Chain{Profile: set.AWSProfile}
		if code := e.secrets[MFACode]; !code.Empty() {
			used := false
			chain.MFA = func() (string, error) { // one call at a time
				if used {
					return "", sigv4.ErrMFA
				}
				used = true
				return code.Reveal(), nil
			}
		}
		o.SigV4 = &transport.SigV4{Region: set.Region, Credentials: chain}
	case AuthCustom:
		o.Authorizer = transport.Authorizer{Name: set.Authorizer, TokenKey: set.TokenKey}
		if set.TokenKey != "" {
			o.Authorizer.Token = secret(Token)
			o.Authorizer.Signature = secret(TokenSignature)
		}
	}
	return o
}

// fileAtFault puts the setting that names the file before the error.
func (e *Effective) fileAtFault(err error) error {
	name := "broker"
	for field, file := range map[string]string{"ca": e.Settings.CA, "cert": e.Settings.Cert, "key": e.Settings.Key} {
		if file != "" && strings.Contains(err.Error(), file) && (name == "broker" || len(file) > len(e.values.Text(name))) {
			name = field
		}
	}
	return at(e.Origin(name), name, err)
}

// unused tells what is of no use to the local AWS IoT.
func (e *Effective) unused() (notices []string) {
	for _, name := range []string{"ca", "cert", "key", "alpn", "insecure", "aws-profile", "authorizer", "token-key"} {
		if e.Changed(name) {
			notices = append(notices, fmt.Sprintf("%s: %s is not used: the connection is to the local AWS IoT", e.Origin(name), name))
		}
	}
	return notices
}

// Unsupported tells the settings that the program does not obey yet. It is an error where going on without them would do
// another thing than asked, and notices where only comfort is missing.
func (e *Effective) Unsupported() (notices []string, err error) {
	if e.Changed("mqtt") {
		return nil, fmt.Errorf("%s: MQTT %s is not there yet: connections are of 3.1.1", e.Origin("mqtt"), e.Settings.MQTT)
	}
	for _, name := range []string{"theme"} {
		if e.Changed(name) {
			notices = append(notices, fmt.Sprintf("%s: %s is not supported yet", e.Origin(name), name))
		}
	}
	return notices, nil
}
