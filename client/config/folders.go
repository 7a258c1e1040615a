// Package config is what the user has set: the configuration file, profiles, environment and flags, which of them counts
// for each setting, and where secrets are kept. It shows nothing itself.
//
// Load reads everything at start; Configuration.Start says what the first connection is, Configuration.For what another
// profile means. Profiles lists, saves and removes the saved connections. Secrets holds passwords in the keyring of the
// system. LockProfile tells whether another process uses the same profile.
package config

import (
	"errors"
	"path/filepath"
)

// Folders are where the files are. All paths are absolute.
type Folders struct {
	// Config holds config.toml and profiles/; Profiles is the latter.
	Config, Profiles string
	// State holds settings.toml and what else the program remembers.
	State string
	// File is the configuration file: config.toml in Config unless --config names another.
	File string
	// Named says that --config or THINGDECK_CONFIG named File: then it must exist.
	Named bool
	// Home is what ~ stands for in files; it may be empty.
	Home string
}

// FindFolders reads XDG_CONFIG_HOME, XDG_STATE_HOME, HOME and THINGDECK_CONFIG. file is that of --config, or "". A
// variable of XDG that is not absolute counts as unset, as its specification says.
func FindFolders(environ []string, file string) (Folders, error) {
	home := lookup(environ, "HOME")
	if home == "" {
		home = lookup(environ, "USERPROFILE")
	}
	config, err := xdg(environ, "XDG_CONFIG_HOME", home, ".config")
	if err != nil {
		return Folders{}, err
	}
	state, err := xdg(environ, "XDG_STATE_HOME", home, ".local/state")
	if err != nil {
		return Folders{}, err
	}
	f := Folders{Config: config, Profiles: filepath.Join(config, "profiles"), State: state, Home: home}
	if file == "" {
		file = lookup(environ, "THINGDECK_CONFIG")
	}
	f.File, f.Named = filepath.Join(config, "config.toml"), file != ""
	if f.Named {
		if f.File, err = filepath.Abs(file); err != nil {
			return Folders{}, err
		}
	}
	return f, nil
}

func xdg(environ []string, name, home, below string) (string, error) {
	if dir := lookup(environ, name); filepath.IsAbs(dir) {
		return filepath.Join(dir, "thingdeck"), nil
	}
	if !filepath.IsAbs(home) {
		return "", errors.New("no home folder: set HOME, or " + name + " to an absolute path")
	}
	return filepath.Join(home, filepath.FromSlash(below), "thingdeck"), nil
}

func (f Folders) settings() string { return filepath.Join(f.State, "settings.toml") }
