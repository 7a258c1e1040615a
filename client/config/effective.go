package config

import (
	"fmt"
	"path/filepath"
	"strings"

	"example.com/thingdeck/client"
	"example.com/thingdeck/client/transport"
)

// Effective are the settings that count, each with where it came from. It does not change.
type Effective struct {
	// Settings are the values.
	Settings Settings
	// Notice says that the profile marked as the default is gone, so that none is used. Nil otherwise.
	Notice error

	values  Values
	keys    []Item
	secrets map[SecretName]transport.Secret
}

// fromDefault and guessed are origins.
const (
	fromDefault = "default"
	guessed     = "guessed from the rest"
)

// effective puts the places together: flag, environment, profile, config.toml, settings.toml, default.
func (c *Configuration) effective(p *Profile, origin string, flags, env Values) (*Effective, error) {
	e := &Effective{}
	var profile Values
	if p != nil {
		profile = c.profileValues(*p)
	}
	for _, s := range settings() {
		for _, v := range []Values{flags, env, profile, c.file, c.stored, byDefault(s)} {
			if g, ok := v.said[s.name]; ok {
				e.values.raw(s.name, g.texts, g.origin)
				break
			}
		}
	}
	delete(e.values.said, "profile")
	if p != nil {
		e.values.raw("profile", []string{p.Name}, origin)
	}
	if err := e.check(); err != nil {
		return nil, err
	}
	e.guess()
	for _, s := range settings() {
		s.fill(&e.Settings, e.values.said[s.name].texts)
	}
	e.keys = append(c.keyItems(), c.triggerItems()...)
	return e, nil
}

// profileValues are those of a profile, checked, with paths that do not depend on the working folder.
func (c *Configuration) profileValues(p Profile) Values {
	v := p.checked(Problems{})
	for _, s := range settings() {
		g, ok := v.said[s.name]
		if !ok {
			continue
		}
		if s.kind == path {
			g.texts = []string{absolute(g.texts[0], c.Folders.Home)}
		}
		if g.origin == "" {
			g.origin = "profile " + p.Name
		} else {
			g.origin = fmt.Sprintf("profile %s (%s)", p.Name, g.origin)
		}
		v.said[s.name] = g
	}
	return v
}

// absolute is for what was typed into a form.
func absolute(name, home string) string {
	base, err := filepath.Abs(".")
	if err != nil {
		return name
	}
	return resolve(name, base, home)
}

func byDefault(s setting) Values {
	var v Values
	if s.def != "" {
		v.raw(s.name, []string{s.def}, fromDefault)
	}
	return v
}

// check looks at what the places say together. What merely comes from a default never is at fault.
func (e *Effective) check() error {
	var v Values
	for name, g := range e.values.said {
		if g.origin != fromDefault {
			v.raw(name, g.texts, g.origin)
		}
	}
	found := Problems{}
	together(v, found)
	field, err := found.First()
	if err == nil {
		return nil
	}
	if g, ok := v.said[field]; ok {
		return at(g.origin, field, err)
	}
	return fmt.Errorf("--%s: %w", field, err)
}

// at puts the place and the setting before an error, once where the place is the setting's flag.
func at(origin, name string, err error) error {
	if strings.HasSuffix(origin, "--"+name) {
		return fmt.Errorf("%s: %w", origin, err)
	}
	return fmt.Errorf("%s: %s: %w", origin, name, err)
}

// guess fills in what no place says and the rest tells.
func (e *Effective) guess() {
	if !e.values.Has("auth") {
		e.values.raw("auth", []string{string(guessAuth(e.values))}, guessed)
	}
	broker, err := client.ParseBroker(e.values.Text("broker"))
	if !e.values.Has("limits") {
		limits := "none"
		if err != nil || RegionOf(broker.Host) != "" {
			limits = "aws" // the local AWS IoT has them too
		}
		e.values.raw("limits", []string{limits}, guessed)
	}
	if region := RegionOf(broker.Host); region != "" && !e.values.Has("region") {
		e.values.raw("region", []string{region}, guessed)
	}
}

func guessAuth(v Values) Auth {
	broker, err := client.ParseBroker(v.Text("broker"))
	switch {
	case err != nil:
		return AuthNone
	case v.Has("authorizer") || v.Has("token-key"):
		return AuthCustom
	case v.Has("cert"):
		return AuthX509
	case broker.Scheme == "wss" && (RegionOf(broker.Host) != "" || v.Has("aws-profile")):
		return AuthSigV4
	case v.Has("username"):
		return AuthPassword
	}
	return AuthNone
}

// Origin is where a setting came from: "flag --keep", "environment THINGDECK_KEEP", "profile prod (FILE:LINE)",
// FILE:LINE, "default", "guessed from the rest", or "" where nothing says it.
func (e *Effective) Origin(name string) string { return e.values.said[name].origin }

// Given says that a place other than the defaults and guesses says the setting.
func (e *Effective) Given(name string) bool {
	origin := e.Origin(name)
	return origin != "" && origin != fromDefault && origin != guessed
}

// Changed says that such a place gives the setting another value than its default.
func (e *Effective) Changed(name string) bool {
	s, ok := findSetting(name)
	return ok && e.Given(name) && e.values.Text(name) != s.def
}

// keyItems are the bindings of [keys].
func (c *Configuration) keyItems() []Item {
	var items []Item
	for _, action := range sortedKeys(c.Keys) {
		at := c.keysAt[action]
		items = append(items, Item{"keys." + oneLine(action), oneLine(strings.Join(c.Keys[action], " ")), entry{at: at}.origin()})
	}
	return items
}
