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

	mu    sync.Mutex
	locks map[string]*Lock
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
	err := b.secrets.Rename(ctx, name, as)
	if b.Renamed != nil {
		err = errors.Join(err, b.Renamed(name, as))
	}
	return err
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
	if saved == "" || saved != b.start.Settings.Profile {
		return b.configuration.For(p)
	}
	e, err := b.configuration.effective(&p, b.start.Origin("profile"), b.configuration.flags, b.configuration.env)
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
