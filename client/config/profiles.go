package config

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/pelletier/go-toml/v2"
)

// Profiles are the saved connections, one file each. Nothing is held in memory, so that several processes see the same.
type Profiles struct{ folders Folders }

// NewProfiles are those of the folders.
func NewProfiles(f Folders) *Profiles { return &Profiles{f} }

// Entry is a profile of the list.
type Entry struct {
	// Name is safe to show.
	Name    string
	Profile Profile
	// Err says why it cannot be used; Profile is empty then.
	Err error
}

// List is every profile by name, those that cannot be read too. A folder that is not there has none.
func (p *Profiles) List() ([]Entry, error) {
	found, err := os.ReadDir(p.folders.Profiles)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("list profiles: %w", err)
	}
	var entries []Entry
	for _, f := range found {
		name, ok := strings.CutSuffix(f.Name(), ".toml")
		if !ok || strings.HasPrefix(name, ".") {
			continue
		}
		e := Entry{Name: oneLine(name)}
		e.Profile, e.Err = p.Load(name)
		entries = append(entries, e)
	}
	slices.SortFunc(entries, func(a, b Entry) int { return strings.Compare(strings.ToLower(a.Name), strings.ToLower(b.Name)) })
	return entries, nil
}

func (p *Profiles) file(name string) (string, error) {
	if err := CheckName(name); err != nil {
		return "", fmt.Errorf("profile %q: %w", short(name), err)
	}
	return filepath.Join(p.folders.Profiles, name+".toml"), nil
}

// Load reads a profile. The error is fs.ErrNotExist when there is none, or names file, line and column.
func (p *Profiles) Load(name string) (Profile, error) {
	file, err := p.file(name)
	if err != nil {
		return Profile{}, err
	}
	entries, err := readEntries(file)
	if errors.Is(err, fs.ErrNotExist) {
		return Profile{}, fmt.Errorf("there is no profile %q: %w", name, fs.ErrNotExist)
	}
	if err != nil {
		return Profile{}, err
	}
	out := Profile{Name: name}
	for _, e := range entries {
		if _, ok := e.value.(table); ok {
			return Profile{}, e.errorf("unknown table [%s]: a profile has none", short(e.key))
		}
		if err := out.values.take(e, inProfile, p.folders.Home); err != nil {
			return Profile{}, err
		}
	}
	if field, err := out.Check().First(); err != nil {
		return Profile{}, lineOf(entries, file, field, err)
	}
	return out, nil
}

// lineOf puts a problem with a field where the field is, or at the file's beginning where it is missing.
func lineOf(entries []entry, file, field string, err error) error {
	for _, e := range entries {
		if e.key == field {
			return e.errorf("%s: %w", field, err)
		}
	}
	return &FileError{File: file, Line: 1, Column: 1, Err: fmt.Errorf("%s: %w", field, err)}
}

// Save writes a profile that Check has nothing to say about, in place of the one of that name. Paths become absolute.
func (p *Profiles) Save(profile Profile) error { return p.write(profile, false) }

// Create is Save for a name that is new: it is an error that is fs.ErrExist when a profile has it, in whatever case.
func (p *Profiles) Create(profile Profile) error {
	if err := p.free(profile.Name, ""); err != nil {
		return err
	}
	err := p.write(profile, true)
	if errors.Is(err, fs.ErrExist) {
		return taken(profile.Name)
	}
	return err
}

func taken(name string) error {
	return fmt.Errorf("there is a profile %q already: %w", name, fs.ErrExist)
}

func (p *Profiles) write(profile Profile, exclusive bool) error {
	file, err := p.file(profile.Name)
	if err != nil {
		return err
	}
	if field, err := profile.Check().First(); err != nil {
		return fmt.Errorf("profile %s: %s: %w", profile.Name, field, err)
	}
	data, err := p.encode(profile)
	if err != nil {
		return fmt.Errorf("profile %s: %w", profile.Name, err)
	}
	if err := writeFile(file, data, exclusive); err != nil {
		return fmt.Errorf("save profile %s: %w", profile.Name, err)
	}
	return nil
}

// encode writes the fields in the order of the form.
func (p *Profiles) encode(profile Profile) ([]byte, error) {
	v := profile.checked(Problems{})
	var out []byte
	for _, s := range settings() {
		texts, ok := v.said[s.name]
		if !ok {
			continue
		}
		value, err := s.tomlValue(texts.texts, p.folders.Home)
		if err != nil {
			return nil, err
		}
		line, err := toml.Marshal(map[string]any{s.name: value})
		if err != nil {
			return nil, err
		}
		out = append(out, line...)
	}
	return out, nil
}

func (s setting) tomlValue(texts []string, home string) (any, error) {
	switch s.kind {
	case boolean:
		return texts[0] == "true", nil
	case number, seconds:
		return strconv.ParseInt(texts[0], 10, 64)
	case list:
		return texts, nil
	case path:
		return absolute(texts[0], home), nil
	}
	return texts[0], nil
}

// free says whether a name is to be had; except is a profile that does not count. Names that differ only in case are
// one, because they are one file on some systems.
func (p *Profiles) free(name, except string) error {
	if _, err := p.file(name); err != nil {
		return err
	}
	entries, err := p.List()
	if err != nil {
		return err
	}
	for _, e := range entries {
		if e.Name != except && strings.EqualFold(e.Name, name) {
			return taken(e.Name)
		}
	}
	return nil
}

// Delete removes a profile and its mark as the default. Its secrets are Secrets.Forget's.
func (p *Profiles) Delete(name string) error {
	file, err := p.file(name)
	if err != nil {
		return err
	}
	if err := os.Remove(file); err != nil {
		if errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("there is no profile %q: %w", name, fs.ErrNotExist)
		}
		return fmt.Errorf("delete profile %s: %w", name, err)
	}
	if p.Default() == name {
		return p.SetDefault("")
	}
	return nil
}

// Duplicate saves a copy under a new name. Secrets are not copied.
func (p *Profiles) Duplicate(name, as string) (Profile, error) {
	profile, err := p.Load(name)
	if err != nil {
		return Profile{}, err
	}
	profile.Name = as
	return profile, p.Create(profile)
}

// FreeName is a name for a copy: "prod 2", "prod 3" and so on.
func (p *Profiles) FreeName(name string) string {
	for n := 2; ; n++ {
		suffix := " " + strconv.Itoa(n)
		next := name
		for len(next)+len(suffix) > maxName {
			_, last := lastRune(next)
			next = next[:len(next)-last]
		}
		next += suffix
		if err := p.free(next, ""); err == nil || !errors.Is(err, fs.ErrExist) {
			return next
		}
	}
}

// Rename gives a profile another name, and the mark as the default with it. Secrets are Secrets.Rename's. A profile that
// has the new name already is never replaced.
func (p *Profiles) Rename(name, as string) error {
	from, err := p.file(name)
	if err != nil {
		return err
	}
	if err := p.free(as, name); err != nil {
		return err
	}
	to, err := p.file(as)
	if err != nil || name == as {
		return err
	}
	err = moveTo(from, to, !strings.EqualFold(name, as))
	switch {
	case errors.Is(err, fs.ErrExist):
		return taken(as)
	case errors.Is(err, fs.ErrNotExist):
		return fmt.Errorf("there is no profile %q: %w", name, fs.ErrNotExist)
	case err != nil:
		return fmt.Errorf("rename profile %s: %w", name, err)
	}
	if err := syncDir(p.folders.Profiles); err != nil {
		return err
	}
	if p.Default() == name {
		return p.SetDefault(as)
	}
	return nil
}

// Default is the profile marked to be used at start, or "". The configuration file's profile comes before it.
func (p *Profiles) Default() string {
	v, _ := readSettings(p.folders)
	return v.Text("profile")
}

// SetDefault marks a profile to be used at start; "" takes the mark away.
func (p *Profiles) SetDefault(name string) error {
	if name == "" {
		return SaveSetting(p.folders, "profile")
	}
	if _, err := p.Load(name); err != nil {
		return err
	}
	return SaveSetting(p.folders, "profile", name)
}
