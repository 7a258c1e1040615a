package config

import (
	"context"
	"errors"
	"maps"
	"slices"
	"strings"

	"example.com/thingdeck/client"
	"example.com/thingdeck/client/transport"
)

// Draft is a profile while it is edited, with the secrets that were typed. Nothing is kept before Save. It is not for several
// goroutines at once, but Clone's may go to another.
type Draft struct {
	book    *Book
	was     string // the name it is saved under; "" for none
	start   bool   // it is what the program was started with, and not saved yet
	saved   Profile
	now     Profile
	secrets Answers // typed; an empty one is to be forgotten
}

// Name is the profile's, as typed.
func (d *Draft) Name() string { return d.now.Name }

// SetName gives it a name, right or wrong.
func (d *Draft) SetName(name string) { d.now.Name = name }

// Was is the name that the profile is saved under; "" when it is new.
func (d *Draft) Was() string { return d.was }

// Kind is what the profile began as.
func (d *Draft) Kind() string { return string(d.now.Kind()) }

// Text is a field's text, of a list with line feeds between.
func (d *Draft) Text(field string) string { return d.now.Text(field) }

// Set gives a field its text, right or wrong; a list's has a line each.
func (d *Draft) Set(field, text string) {
	_ = d.now.Set(field, strings.Split(text, "\n")...) // fields come from Fields
}

// Problems are what is wrong, by field, and Advice what is unusual.
func (d *Draft) Problems() map[string]error { return d.now.Check() }

// Advice is what may be right and usually is not, by field.
func (d *Draft) Advice() map[string]string { return d.now.Advice() }

// SetSecret keeps a secret for Save; forget has Save remove the one that is kept. Without a text and without forget it stays.
func (d *Draft) SetSecret(name, text string, forget bool) {
	delete(d.secrets, SecretName(name))
	if text != "" || forget {
		d.secrets[SecretName(name)] = transport.NewSecret(text)
	}
}

// Changed says that Save would change something.
func (d *Draft) Changed() bool {
	return len(d.secrets) > 0 || d.now.Name != d.saved.Name || !maps.EqualFunc(d.now.values.said, d.saved.values.said,
		func(a, b said) bool { return slices.Equal(a.texts, b.texts) })
}

// Kept says where the secrets are, by name: "environment THINGDECK_PASSWORD", "keyring", "memory, until thingdeck ends". why says that
// there is no keyring, nil where there is one: what is typed is then kept until the program ends. It waits for the keyring.
func (d *Draft) Kept(ctx context.Context) (where map[string]string, why error) {
	where = map[string]string{}
	for _, name := range secretNames() {
		if _, ok := d.book.start.secrets[name]; ok && (d.start || d.was != "" && d.was == d.book.startName()) {
			where[string(name)] = "environment " + name.env()
			continue
		}
		if d.was == "" {
			continue
		}
		_, at, err := d.book.secrets.Get(ctx, d.was, name)
		if at != Nowhere {
			where[string(name)] = at.String()
		}
		if err != nil {
			why = err
		}
	}
	if why == nil {
		why = d.book.secrets.reachable()
	}
	return where, why
}

// Save writes the profile and its secrets, under another name too. notice says that a secret is in memory only, "" otherwise.
func (d *Draft) Save(ctx context.Context) (notice string, err error) {
	switch {
	case d.was == "":
		err = d.book.Profiles.Create(d.now)
	case d.was != d.now.Name:
		if err = d.book.Rename(ctx, d.was, d.now.Name); err == nil {
			err = d.book.Profiles.Save(d.now)
		}
	default:
		err = d.book.Profiles.Save(d.now)
	}
	if err != nil {
		return "", err
	}
	d.was, d.saved = d.now.Name, d.now.Clone()
	notice, err = d.book.Keep(ctx, d.now.Name, d.secrets)
	if d.start {
		d.start = false
		err = errors.Join(err, d.book.adopt(d.now.Name))
	}
	d.secrets = Answers{}
	return notice, err
}

// Clone is a copy that shares nothing.
func (d *Draft) Clone() *Draft {
	c := *d
	c.now, c.secrets = d.now.Clone(), maps.Clone(d.secrets)
	return &c
}

// Test connects once as the draft says.
func (d *Draft) Test(ctx context.Context) client.Trial {
	wrong := d.now.Check()
	delete(wrong, "name")
	if field, err := wrong.First(); err != nil {
		return client.Trial{Why: client.Reason{Text: field + ": " + oneLine(err.Error()), Err: err}}
	}
	e, err := d.book.effective(d.was, d.now)
	if err == nil && e.Settings.Broker == (client.Broker{}) {
		err = errors.New("the local AWS IoT is in this program: there is nothing to test")
	}
	var p client.Profile
	if err == nil {
		if d.start {
			e.secrets = d.book.start.secrets
		}
		p, _, err = e.Open(ctx, d.book.secrets, d.secrets)
	}
	if err != nil {
		return client.Trial{Why: client.Reason{Text: oneLine(err.Error()), Err: err}}
	}
	return client.Try(ctx, p, client.Settings{})
}
