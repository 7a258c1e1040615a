package config

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"unicode/utf8"

	"example.com/thingdeck/client/transport"
)

// Item is a line of what thingdeck config prints.
type Item struct {
	// Name is the setting's; Value its text, *** for a secret; Origin as from Effective.Origin.
	Name, Value, Origin string
}

// Items are all settings that have a value, in the table's order, then the secrets that are there, then key bindings and triggers.
// Texts are one line each and safe to print. Secrets are looked for in the environment and in s, which may be nil.
func (e *Effective) Items(ctx context.Context, s *Secrets) []Item {
	var items []Item
	for _, set := range settings() {
		g, ok := e.values.said[set.name]
		if !ok {
			continue
		}
		items = append(items, Item{set.name, oneLine(strings.Join(g.texts, "  ")), oneLine(g.origin)})
	}
	for _, name := range secretNames() {
		if secret, origin, err := e.Secret(ctx, s, name); err == nil && !secret.Empty() {
			items = append(items, Item{string(name), secret.String(), origin})
		} else if err != nil {
			items = append(items, Item{string(name), "?", oneLine(err.Error())})
		}
	}
	return append(items, e.keys...)
}

// Secret is one of the connection's, and where it came from: the environment for the first connection, else the keyring
// or the memory of s. Without any it is empty, and err says why when the keyring could not be asked.
func (e *Effective) Secret(ctx context.Context, s *Secrets, name SecretName) (secret transport.Secret, origin string, err error) {
	if secret, ok := e.secrets[name]; ok {
		return secret, "environment " + name.env(), nil
	}
	if s == nil || e.Settings.Profile == "" {
		return transport.Secret{}, "", nil
	}
	secret, where, err := s.Get(ctx, e.Settings.Profile, name)
	if secret.Empty() {
		// A system without a keyring has no secrets in it: that is no failure.
		if errors.Is(err, ErrNoKeyring) {
			err = nil
		}
		return transport.Secret{}, "", err
	}
	return secret, where.String(), nil
}

// Print writes the items as aligned lines of plain text: name, value, origin.
func Print(w io.Writer, items []Item) error {
	var name, value int
	for _, it := range items {
		name = max(name, utf8.RuneCountInString(it.Name))
		value = max(value, min(utf8.RuneCountInString(it.Value), 48))
	}
	for _, it := range items {
		line := fmt.Sprintf("%-*s  %-*s  %s", name, it.Name, value, it.Value, it.Origin)
		if _, err := fmt.Fprintln(w, strings.TrimRight(line, " ")); err != nil {
			return err
		}
	}
	return nil
}

func sortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }
