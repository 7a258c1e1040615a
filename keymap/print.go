package keymap

import (
	"fmt"
	"io"
	"strings"
	"unicode/utf8"

	tea "github.com/charmbracelet/bubbletea"
)

// Print writes every action in the order of help as aligned lines of plain text: its name, its keys as With takes them,
// what it does. A blank line parts the scopes.
func (m *Map) Print(w io.Writer) error {
	var name, keys int
	for _, a := range m.actions {
		name, keys = max(name, utf8.RuneCountInString(a.Name)), max(keys, utf8.RuneCountInString(spelled(a.Keys)))
	}
	scope := ""
	for _, a := range m.actions {
		line := fmt.Sprintf("%-*s  %-*s  %s\n", name, a.Name, keys, spelled(a.Keys), a.Text)
		if scope != "" && a.Scope() != scope {
			line = "\n" + line
		}
		scope = a.Scope()
		if _, err := io.WriteString(w, line); err != nil {
			return err
		}
	}
	return nil
}

// spelled are keys as the configuration has them, "-" for none.
func spelled(keys []string) string {
	if len(keys) == 0 {
		return "-"
	}
	words := make([]string, len(keys))
	for i, k := range keys {
		words[i] = strings.Replace(k, " ", "space", 1)
	}
	return strings.Join(words, " ")
}

// keyNames are all keys with a name that Bubble Tea knows.
func keyNames() map[string]bool {
	names := map[string]bool{}
	for t := tea.KeyType(-128); t <= 127; t++ {
		if t != tea.KeyRunes && t.String() != "" {
			names[t.String()] = true
		}
	}
	return names
}

// isKey says that a terminal can send the key: one with a name or a single character, with alt+ or without.
func isKey(key string, names map[string]bool) bool {
	key = strings.TrimPrefix(key, "alt+")
	return names[key] || utf8.ValidString(key) && utf8.RuneCountInString(key) == 1
}
