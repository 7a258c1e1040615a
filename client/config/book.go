package config

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"

	"example.com/thingdeck/client"
	"example.com/thingdeck/client/transport"
)

// Book is the saved connections together with their secrets and what the program was started with: all that it takes to list, edit
// and open them. Its methods may be called by any goroutine; those with a context wait for the keyring.
type Book struct {
	*Profiles
	configuration *Configuration
	secrets       *Secrets
	start         *Effective
	// Renamed is called when a profile has another name, and moves what else is kept under the old one; nil moves nothing.
	Renamed func(name, as string) error

	mu      sync.Mutex
	locks   map[string]*Lock
	adopted string // the profile that what the program was started with was saved as
}

// NewBook is the connections of a configuration; start is the first one.
func NewBook(c *Configuration, start *Effective, s *Secrets) *Book {
	return &Book{Profiles: NewProfiles(c.Folders), configuration: c, secrets: s, start: start, locks: map[string]*Lock{}}
}

// New is a draft of a new profile of the kind.
func (b *Book) New(kind Kind) *Draft {
	p := Preset(kind)
	return &Draft{book: b, saved: p.Clone(), now: p, secrets: Answers{}}
}

// Unsaved is a draft of the connection that the program was started with when flags and environment say it and no profile: what
// they say of it. Its secrets stay in the environment. Nil when there is none, or it was saved.
func (b *Book) Unsaved() *Draft {
	set := b.start.Settings
	if set.Profile != "" || set.Broker == (client.Broker{}) || b.startName() != "" {
		return nil
	}
	kinds := map[Auth]Kind{AuthX509: KindX509, AuthSigV4: KindIAM, AuthCustom: KindCustom}
	kind, ok := kinds[set.Auth]
	if !ok || RegionOf(set.Broker.Host) == "" {
		kind = KindOther
	}
	var p Profile
	_ = p.Set("kind", string(kind))
	for _, s := range connectionSettings() {
		for _, v := range []Values{b.configuration.flags, b.configuration.env} {
			if v.Has(s.name) && s.in&inProfile != 0 {
				texts := v.Texts(s.name)
				if s.kind == path {
					texts[0] = absolute(texts[0], b.configuration.Folders.Home)
				}
				_ = p.Set(s.name, texts...)
				break
			}
		}
	}
	return &Draft{book: b, start: true, saved: p.Clone(), now: p, secrets: Answers{}}
}

// startName is the profile that says what the program was started with; "" for none.
func (b *Book) startName() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return cmp.Or(b.adopted, b.start.Settings.Profile)
}

// adopt makes a profile the one that says what the program was started with.
func (b *Book) adopt(name string) error {
	b.mu.Lock()
	b.adopted = name
	b.mu.Unlock()
	return b.moved(b.start.Settings.Broker.String(), name)
}

// moved has what else is kept of a connection follow to another name.
func (b *Book) moved(name, as string) error {
	var err error
	if b.Renamed != nil {
		err = b.Renamed(name, as)
	}
	b.mu.Lock()
	owned := b.locks[name] != nil
	b.mu.Unlock()
	if owned {
		err = errors.Join(err, b.Own(as))
	}
	return err
}

// Edit is a draft of a saved profile.
func (b *Book) Edit(name string) (*Draft, error) {
	p, err := b.Load(name)
	return &Draft{book: b, was: name, saved: p.Clone(), now: p, secrets: Answers{}}, err
}

// Copy saves a copy of a profile, without its secrets, and says under which name.
func (b *Book) Copy(name string) (as string, err error) {
	as = b.FreeName(name)
	_, err = b.Duplicate(name, as)
	return as, err
}

// Rename gives a profile another name, and its secrets with it.
func (b *Book) Rename(ctx context.Context, name, as string) error {
	if err := b.Profiles.Rename(name, as); err != nil || name == as {
		return err
	}
	b.mu.Lock()
	if b.adopted == name {
		b.adopted = as
	}
	b.mu.Unlock()
	return errors.Join(b.secrets.Rename(ctx, name, as), b.moved(name, as))
}

// Remove deletes a profile and its secrets.
func (b *Book) Remove(ctx context.Context, name string) error {
	return errors.Join(b.Delete(name), b.secrets.Forget(ctx, name))
}

// LocalName is the name of the connection to the local AWS IoT that needs no profile.
const LocalName = ""

// Effective is what a saved connection means now, or LocalName. The one that the program was started with means what it meant then:
// flags and environment count.
func (b *Book) Effective(name string) (*Effective, error) {
	if name == LocalName {
		return b.effective("", Preset(KindLocal))
	}
	p, err := b.Load(name)
	if err != nil {
		return nil, err
	}
	return b.effective(name, p)
}

func (b *Book) effective(saved string, p Profile) (*Effective, error) {
	if saved == "" || saved != b.startName() {
		return b.configuration.For(p)
	}
	var e *Effective
	var err error
	if b.start.Settings.Profile == "" {
		e, err = b.configuration.For(p) // the profile has all that flags and environment said
	} else {
		e, err = b.configuration.effective(&p, b.start.Origin("profile"), b.configuration.flags, b.configuration.env)
	}
	if err == nil {
		e.secrets = b.start.secrets
	}
	return e, err
}

// Keep keeps secrets of a saved profile; an empty one is forgotten. notice says that it is in memory only, "" otherwise.
func (b *Book) Keep(ctx context.Context, profile string, answers Answers) (notice string, err error) {
	for name, secret := range answers {
		if name == MFACode {
			continue
		}
		where, why := b.secrets.Set(ctx, profile, name, secret)
		if where == InMemory {
			notice = fmt.Sprintf("the %s is kept until thingdeck ends: %v", name, why)
		} else if why != nil {
			err = errors.Join(err, why)
		}
	}
	return notice, err
}

// Folder is where the profiles are.
func (b *Book) Folder() string { return b.configuration.Folders.Profiles }

// Keyring says why there is no keyring to keep secrets in; nil where there is one.
func (b *Book) Keyring() error { return b.secrets.reachable() }

// Open is Effective.Open with the secrets of the book.
func (b *Book) Open(ctx context.Context, e *Effective, answers Answers) (client.Profile, []string, error) {
	return e.Open(ctx, b.secrets, answers)
}

// ToldAnswers are answers by the names of their secrets.
func ToldAnswers(told map[string]string) Answers {
	answers := Answers{}
	for name, text := range told {
		answers[SecretName(name)] = transport.NewSecret(text)
	}
	return answers
}

// Own makes this process the one that keeps drafts and tabs of a connection, until Close. The error says that another one does.
func (b *Book) Own(connection string) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.locks[connection] != nil {
		return nil
	}
	l, err := LockProfile(b.configuration.Folders, connection)
	if err != nil {
		return err
	}
	b.locks[connection] = l
	return nil
}

// Close lets go what Own took.
func (b *Book) Close() {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, l := range b.locks {
		l.Release()
	}
	clear(b.locks)
}

// mostPaths bounds what Complete looks at and offers.
const mostPaths = 200

// Complete is the files and folders that a path begins, at most a screenful; folders end with a separator.
func Complete(path string) []string {
	dir, prefix := filepath.Split(path)
	f, err := os.Open(Expand(cmp.Or(dir, ".")))
	if err != nil {
		return nil
	}
	defer f.Close()
	entries, _ := f.ReadDir(10 * mostPaths)
	var out []string
	for _, e := range entries {
		name := e.Name()
		if !strings.HasPrefix(name, prefix) || prefix == "" && strings.HasPrefix(name, ".") {
			continue
		}
		if info, err := os.Stat(filepath.Join(f.Name(), name)); err == nil && info.IsDir() {
			name += string(filepath.Separator)
		}
		out = append(out, dir+name)
	}
	slices.Sort(out)
	return out[:min(len(out), mostPaths)]
}

// Describe is a profile in a line of the list: where to, and how it authenticates.
func (b *Book) Describe(p Profile) (endpoint, auth string) {
	e, err := b.effective(p.Name, p)
	if err != nil {
		return oneLine(p.Text("broker")), oneLine(p.Text("auth"))
	}
	if p.Kind() == KindLocal {
		return "in this program", string(AuthNone)
	}
	return e.Settings.Broker.String(), fmt.Sprint(e.Settings.Auth)
}
