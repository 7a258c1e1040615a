// Package keymap holds every action of thingdeck, the keys bound to each, and the words that help, palette and status bar show for it.
//
// An action is named SCOPE.WHAT: global.quit, list.down, messages.pause. Keys are spelled as Bubble Tea prints them ("ctrl+s",
// "alt+enter", "shift+tab"), the space bar as " ".
package keymap

import (
	"fmt"
	"slices"
	"sort"
	"strings"
)

// An Action is something a user can do, with the keys that do it now.
type Action struct {
	Name  string   // SCOPE.WHAT
	Keys  []string // bound keys, the one to show first; empty when the user took them all away
	Short string   // one or two words for the status bar
	Text  string   // what it does, for help and palette
	Off   string   // why it can't be done now; "" when it can
}

// Scope is the part of the name before the point.
func (a Action) Scope() string {
	scope, _, _ := strings.Cut(a.Name, ".")
	return scope
}

// Key is the first bound key as a person would write it ("space", "↑"), or "" when there is none.
func (a Action) Key() string {
	if len(a.Keys) == 0 {
		return ""
	}
	return Label(a.Keys[0])
}

// Labels is every bound key as a person would write it, parted by blanks.
func (a Action) Labels() string {
	labels := make([]string, len(a.Keys))
	for i, k := range a.Keys {
		labels[i] = Label(k)
	}
	return strings.Join(labels, " ")
}

// Disabled returns the action with the reason why it is off now.
func (a Action) Disabled(why string) Action {
	a.Off = why
	return a
}

// Label writes a key as a person would.
func Label(key string) string {
	switch key {
	case " ":
		return "space"
	case "up":
		return "↑"
	case "down":
		return "↓"
	case "left":
		return "←"
	case "right":
		return "→"
	}
	return key
}

// Chord reports whether a key still commands while text is typed: a chord, a function key, or one of tab, shift+tab and esc.
func Chord(key string) bool {
	switch key {
	case "tab", "shift+tab", "esc":
		return true
	}
	if strings.HasPrefix(key, "ctrl+") || strings.HasPrefix(key, "alt+") {
		return true
	}
	return len(key) > 1 && key[0] == 'f' && key[1] >= '1' && key[1] <= '9'
}

// A Map binds keys to actions. It never changes once made, so all panes share one.
type Map struct {
	actions []Action
	index   map[string]int               // name → position in actions
	keys    map[string]map[string]string // scope → key → name
}

// Default is the map without anyone's changes.
func Default() *Map {
	m, err := newMap(slices.Clone(table), func(a, _ string) string { return a })
	if err != nil {
		panic(err) // the table is a literal, and a test builds it
	}
	return m
}

// A BindingError is what is wrong with the keys of an action.
type BindingError struct {
	Action string
	Err    error
}

func (e *BindingError) Error() string { return e.Err.Error() }

func (e *BindingError) Unwrap() error { return e.Err }

// With returns the map with other keys for the actions named; an empty list takes an action's keys away. The space bar may
// be called "space". It refuses names that do not exist, keys that no terminal sends and one key for two actions of a
// scope; the error is a *BindingError for one of the actions named.
func (m *Map) With(keys map[string][]string) (*Map, error) {
	actions := slices.Clone(m.actions)
	for _, name := range sortedNames(keys) {
		i, ok := m.index[name]
		if !ok {
			return nil, &BindingError{name, fmt.Errorf("no action is named %q", name)}
		}
		actions[i].Keys = nil
		for _, k := range keys[name] {
			actions[i].Keys = append(actions[i].Keys, strings.Replace(k, "space", " ", 1))
		}
	}
	return newMap(actions, func(a, other string) string {
		if _, ok := keys[a]; ok {
			return a
		}
		return other
	})
}

func sortedNames(keys map[string][]string) []string {
	names := make([]string, 0, len(keys))
	for name := range keys {
		names = append(names, name)
	}
	sort.Strings(names)
	return names
}

// newMap builds the indexes; blame tells which of two actions with the same key is at fault.
func newMap(actions []Action, blame func(a, other string) string) (*Map, error) {
	m := &Map{actions: actions, index: map[string]int{}, keys: map[string]map[string]string{}}
	known := keyNames()
	for i, a := range actions {
		if _, twice := m.index[a.Name]; twice {
			return nil, &BindingError{a.Name, fmt.Errorf("action %s is there twice", a.Name)}
		}
		m.index[a.Name] = i
		scope := m.keys[a.Scope()]
		if scope == nil {
			scope = map[string]string{}
			m.keys[a.Scope()] = scope
		}
		for _, k := range a.Keys {
			if !isKey(k, known) {
				return nil, &BindingError{a.Name, fmt.Errorf("action %s: %q is no key", a.Name, k)}
			}
			if other, taken := scope[k]; taken {
				return nil, &BindingError{blame(a.Name, other), fmt.Errorf("key %s is bound to both %s and %s", Label(k), other, a.Name)}
			}
			scope[k] = a.Name
		}
	}
	return m, nil
}

// Lookup finds the action that a key does in the first of the scopes that binds it.
func (m *Map) Lookup(key string, scopes ...string) (name string, ok bool) {
	for _, scope := range scopes {
		if name, ok = m.keys[scope][key]; ok {
			return name, true
		}
	}
	return "", false
}

// Action is the action of that name. It panics when there is none: names are written in the program, not by users.
func (m *Map) Action(name string) Action {
	i, ok := m.index[name]
	if !ok {
		panic("keymap: no action is named " + name)
	}
	return m.actions[i]
}

// Actions is every action of a scope, in the order of help.
func (m *Map) Actions(scope string) []Action {
	var out []Action
	for _, a := range m.actions {
		if a.Scope() == scope {
			out = append(out, a)
		}
	}
	return out
}

// Scopes is every scope, in the order of help.
func (m *Map) Scopes() []string {
	var out []string
	for _, a := range m.actions {
		if !slices.Contains(out, a.Scope()) {
			out = append(out, a.Scope())
		}
	}
	return out
}
