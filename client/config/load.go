package config

import (
	"errors"
	"fmt"
	"io/fs"
	"strings"

	"example.com/thingdeck/client/payload"
	"example.com/thingdeck/client/transport"
	"example.com/thingdeck/client/trigger"
)

// Configuration is what the places other than profiles say. Load makes it; it does not change, so it may be shared.
type Configuration struct {
	// Folders are where it came from.
	Folders Folders
	// Keys are the bindings of [keys]: the action's name to its keys, which may be none.
	Keys map[string][]string
	// Triggers are those of [[trigger]], in order and checked.
	Triggers []trigger.Trigger
	// Schemas are the descriptions of [[protobuf]].
	Schemas payload.Schemas
	// Notice says what of settings.toml could not be used; the program goes on without. Nil when all could.
	Notice error

	keysAt                   map[string]FileError
	triggers                 []*triggerTable
	protobuf                 []*protobufTable
	flags, env, file, stored Values
	secrets                  map[SecretName]transport.Secret
}

// Load reads config.toml, settings.toml and the environment; flags are those of the command line. The error is one line
// that names the file with line and column, or the variable.
func Load(f Folders, flags Values, environ []string) (*Configuration, error) {
	c := &Configuration{
		Folders: f, Keys: map[string][]string{}, keysAt: map[string]FileError{},
		flags: flags.clone(), secrets: map[SecretName]transport.Secret{},
	}
	for _, name := range secretNames() {
		if value := lookup(environ, name.env()); value != "" {
			c.secrets[name] = transport.NewSecret(value)
		}
	}
	var err error
	if c.env, err = environment(environ); err != nil {
		return nil, err
	}
	if err := c.readConfig(); err != nil {
		return nil, err
	}
	c.stored, c.Notice = readSettings(f)
	return c, nil
}

func (c *Configuration) readConfig() error {
	entries, err := readEntries(c.Folders.File)
	if errors.Is(err, fs.ErrNotExist) {
		if c.Folders.Named {
			return fmt.Errorf("--config %s: there is no such file", c.Folders.File)
		}
		return nil
	}
	if err != nil {
		return err
	}
	for _, e := range entries {
		if err := c.takeConfig(e); err != nil {
			return err
		}
	}
	if err := c.checkProtobuf(); err != nil {
		return err
	}
	return c.checkTriggers()
}

func (c *Configuration) takeConfig(e entry) error {
	action, isKey := strings.CutPrefix(e.key, "keys.")
	header, isTable := e.value.(table)
	switch {
	case isTable && !header.many && (e.key == "keys" || isKey):
		return nil
	case e.key == "trigger" || strings.HasPrefix(e.key, "trigger."):
		return c.takeTrigger(e, strings.TrimPrefix(strings.TrimPrefix(e.key, "trigger"), "."))
	case e.key == "protobuf" || strings.HasPrefix(e.key, "protobuf."):
		return c.takeProtobuf(e, strings.TrimPrefix(strings.TrimPrefix(e.key, "protobuf"), "."))
	case isTable:
		return e.errorf("unknown table [%s]: only [keys], [[trigger]] and [[protobuf]] are", short(e.key))
	case e.key == "keys":
		return e.errorf(`keys is a table: write [keys] and below it messages.pause = ["p"]`)
	case !isKey:
		return c.file.take(e, inConfig, c.Folders.Home)
	}
	keys, err := setting{kind: list}.texts(e.value)
	if err != nil {
		return e.errorf("%s: %w", action, err)
	}
	c.Keys[action], c.keysAt[action] = keys, e.at
	return nil
}

// KeyError adds to err where the binding of the action is, FILE:LINE:COLUMN.
func (c *Configuration) KeyError(action string, err error) error {
	at, ok := c.keysAt[action]
	if !ok {
		return fmt.Errorf("%s: [keys]: %w", c.Folders.File, err)
	}
	at.Err = err
	return &at
}

// ProfileName is the profile that the first connection uses, "" for none, and which place says so. A place that names a
// broker hides the profile that a lower place names: --broker alone does not use the default profile's certificate.
func (c *Configuration) ProfileName() (name, origin string) {
	for _, v := range []Values{c.flags, c.env, c.file, c.stored} {
		if v.Has("profile") {
			return v.Text("profile"), v.said["profile"].origin
		}
		if v.Has("broker") {
			return "", ""
		}
	}
	return "", ""
}

// Start is what the first connection is: with the profile that ProfileName tells, if any.
func (c *Configuration) Start() (*Effective, error) {
	name, origin := c.ProfileName()
	p, notice, err := c.startProfile(name, origin)
	if err != nil {
		return nil, err
	}
	e, err := c.effective(p, origin, c.flags, c.env)
	if err != nil {
		return nil, err
	}
	e.secrets, e.Notice = c.secrets, notice
	return e, nil
}

func (c *Configuration) startProfile(name, origin string) (p *Profile, notice, err error) {
	if name == "" {
		return nil, nil, nil
	}
	loaded, err := NewProfiles(c.Folders).Load(name)
	if !errors.Is(err, fs.ErrNotExist) {
		return &loaded, nil, err
	}
	err = fmt.Errorf("%s: there is no profile %q in %s%s", origin, name, c.Folders.Profiles, c.otherProfiles())
	if origin == c.stored.said["profile"].origin {
		// The mark is the program's own: it must not keep it from starting.
		return nil, err, nil
	}
	return nil, nil, err
}

// mostNamed is how many profiles an error names.
const mostNamed = 8

// otherProfiles is what to say of those that there are.
func (c *Configuration) otherProfiles() string {
	all, _ := NewProfiles(c.Folders).List()
	if len(all) == 0 {
		return "; none is saved yet: c in thingdeck makes one"
	}
	var names []string
	for _, e := range all[:min(len(all), mostNamed)] {
		names = append(names, e.Name)
	}
	if len(all) > mostNamed {
		names = append(names, "…")
	}
	return "; saved are: " + strings.Join(names, ", ")
}

// For is what another profile means, one that is opened later. What flags and environment say about a connection,
// secrets too, was for the first one and does not count here. p need not be saved.
func (c *Configuration) For(p Profile) (*Effective, error) {
	if field, err := p.Check().First(); err != nil && field != "name" {
		return nil, fmt.Errorf("profile %s: %s: %w", p.Name, field, err)
	}
	return c.effective(&p, "connections", c.flags.shared(), c.env.shared())
}

// shared are the settings that are not about one connection.
func (v Values) shared() Values {
	var out Values
	for _, s := range settings() {
		if g, ok := v.said[s.name]; ok && !s.own {
			out.raw(s.name, g.texts, g.origin)
		}
	}
	return out
}
