package config

import (
	"context"
	"fmt"

	"example.com/thingdeck/client"
)

// Connect is what a Session's Connect takes, with the password where there is one. Without a broker it is for the local
// AWS IoT, and whoever starts that fills in the broker. The notice says that the keyring could not be asked; the error,
// what no connection can be made with, and which place says it. Connect waits for the keyring as Secret does.
func (e *Effective) Connect(ctx context.Context, s *Secrets) (p client.Profile, notice, err error) {
	set := e.Settings
	p = client.Profile{
		Broker: set.Broker, ClientID: set.ClientID, Username: set.Username, KeepAlive: set.KeepAlive, Persistent: set.Persistent,
	}
	if set.Broker == (client.Broker{}) {
		return p, nil, nil
	}
	if err := p.Check(); err != nil {
		return p, nil, fmt.Errorf("%s: %w", e.Origin("broker"), err)
	}
	if set.Auth != AuthPassword {
		return p, nil, nil
	}
	password, _, notice := e.Secret(ctx, s, Password)
	if notice != nil {
		notice = fmt.Errorf("no password: %w", notice)
	}
	p.Password = password.Reveal()
	return p, notice, nil
}

// Unsupported tells the settings that the program does not obey yet. It is an error where going on without them would do
// another thing than asked, and notices where only comfort is missing.
func (e *Effective) Unsupported() (notices []string, err error) {
	for _, name := range []string{"ca", "cert", "key", "alpn", "insecure", "authorizer", "token-key", "mqtt", "plain", "record"} {
		if e.Changed(name) {
			return nil, fmt.Errorf("%s: %s is not supported yet", e.Origin(name), name)
		}
	}
	switch auth := e.Settings.Auth; auth {
	case AuthX509, AuthSigV4, AuthCustom:
		return nil, fmt.Errorf("%s: auth %s is not supported yet", e.Origin("auth"), auth)
	}
	for _, name := range []string{"aws-profile", "region", "theme", "mouse", "newest-first", "fresh"} {
		if e.Changed(name) {
			notices = append(notices, fmt.Sprintf("%s: %s is not supported yet", e.Origin(name), name))
		}
	}
	return notices, nil
}
