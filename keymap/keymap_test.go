package keymap

import (
	"errors"
	"strings"
	"testing"
)

func TestDefaultFindsTheActionOfAKey(t *testing.T) {
	m := Default()
	tests := []struct {
		name   string
		key    string
		scopes []string
		want   string
	}{
		{"global", "?", []string{"global"}, "global.help"},
		{"the first scope wins", "s", []string{"subscriptions", "global"}, "subscriptions.add"},
		{"falls through to the next scope", "z", []string{"messages", "global"}, "global.zoom"},
		{"no scope binds it", "~", []string{"messages", "list", "global"}, ""},
		{"another scope's key does not count", "t", []string{"messages"}, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got, _ := m.Lookup(tt.key, tt.scopes...); got != tt.want {
				t.Errorf("Lookup(%q, %v) = %q; want %q", tt.key, tt.scopes, got, tt.want)
			}
		})
	}
}

func TestEveryActionHasWords(t *testing.T) {
	m := Default()
	for _, scope := range m.Scopes() {
		for _, a := range m.Actions(scope) {
			if a.Short == "" || a.Text == "" || len(a.Keys) == 0 {
				t.Errorf("%s lacks words or keys: %+v", a.Name, a)
			}
		}
	}
}

func TestWithReplacesKeys(t *testing.T) {
	m, err := Default().With(map[string][]string{"messages.pause": {"ctrl+k"}, "messages.clear": nil})
	if err != nil {
		t.Fatal(err)
	}
	if got, _ := m.Lookup("ctrl+k", "messages"); got != "messages.pause" {
		t.Errorf("ctrl+k does %q; want messages.pause", got)
	}
	if got, ok := m.Lookup(" ", "messages"); ok {
		t.Errorf("the old key still does %q", got)
	}
	if got := m.Action("messages.clear").Key(); got != "" {
		t.Errorf("messages.clear has key %q; want none", got)
	}
	if got, _ := Default().Lookup(" ", "messages"); got != "messages.pause" {
		t.Errorf("the default map changed: space does %q", got)
	}
}

func TestWithRefuses(t *testing.T) {
	tests := []struct {
		name string
		keys map[string][]string
		want string
	}{
		{"an unknown action", map[string][]string{"messages.fly": {"f"}}, `no action is named "messages.fly"`},
		{"a key bound twice in a scope", map[string][]string{"messages.clear": {"r"}}, "key r is bound to both"},
		{"an empty key", map[string][]string{"messages.clear": {""}}, "is no key"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, err := Default().With(tt.keys)
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("error %v; want one with %q", err, tt.want)
			}
		})
	}
}

func TestChord(t *testing.T) {
	for key, want := range map[string]bool{
		"a": false, "A": false, " ": false, "enter": false, "up": false, "f": false, "ф": false,
		"ctrl+s": true, "alt+1": true, "f1": true, "f12": true, "tab": true, "shift+tab": true, "esc": true,
	} {
		if got := Chord(key); got != want {
			t.Errorf("Chord(%q) = %v; want %v", key, got, want)
		}
	}
}

func TestWithTellsTheActionAtFault(t *testing.T) {
	tests := []struct {
		name string
		keys map[string][]string
		want string
	}{
		{"an unknown action", map[string][]string{"messages.fly": {"f"}}, "messages.fly"},
		{"a key that no terminal sends", map[string][]string{"messages.clear": {"crtl+s"}}, "messages.clear"},
		{"the key of an earlier action", map[string][]string{"messages.clear": {"v"}}, "messages.clear"},
		{"the key of a later action", map[string][]string{"messages.pause": {"v"}}, "messages.pause"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, err := Default().With(tt.keys)
			var wrong *BindingError
			if !errors.As(err, &wrong) || wrong.Action != tt.want {
				t.Errorf("error %v; want one for %s", err, tt.want)
			}
		})
	}
}

func TestWithTakesKeysByName(t *testing.T) {
	for written, key := range map[string]string{"space": " ", "alt+space": "alt+ ", "pgdown": "pgdown", "shift+f5": "", "f12": "f12", "alt+Я": "alt+Я", "ctrl+k": "ctrl+k", "paste": ""} {
		m, err := Default().With(map[string][]string{"publish.toggle": {written}})
		if key == "" {
			if err == nil {
				t.Errorf("%q is a key; want it refused", written)
			}
			continue
		}
		if err != nil {
			t.Errorf("%q: %v", written, err)
			continue
		}
		if got, _ := m.Lookup(key, "publish"); got != "publish.toggle" {
			t.Errorf("%q, written %q, does %q; want publish.toggle", key, written, got)
		}
	}
}

func TestPrint(t *testing.T) {
	m, err := Default().With(map[string][]string{"messages.pause": {"space", "ctrl+k"}, "messages.clear": {}})
	if err != nil {
		t.Fatal(err)
	}
	var out strings.Builder
	if err := m.Print(&out); err != nil {
		t.Fatal(err)
	}
	column := 0
	for _, line := range strings.Split(out.String(), "\n") {
		fields := strings.Fields(line)
		if len(fields) == 0 {
			continue
		}
		a := m.Action(fields[0])
		if at := strings.Index(line, a.Text); column == 0 {
			column = at
		} else if at != column {
			t.Errorf("the text of %s is at %d; want %d", a.Name, at, column)
		}
	}
	for _, want := range []string{"messages.pause  ", " space ctrl+k ", "messages.clear", "\n\nlist.up"} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("printed\n%s\nwant %q", out.String(), want)
		}
	}
}
