package config

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// maxName leaves room for .toml and .lock in the 255 bytes of a file name.
const maxName = 64

// CheckName says whether a profile may have the name: 1 to 64 bytes of letters, digits, spaces and - _ . @ +, beginning
// with a letter or digit and not ending with a point or space, so that it is a file name on every system.
func CheckName(name string) error {
	switch {
	case name == "":
		return errors.New("a name has at least one character")
	case len(name) > maxName:
		return fmt.Errorf("a name has at most %d bytes: this one has %d", maxName, len(name))
	case !utf8.ValidString(name):
		return errors.New("a name is UTF-8")
	}
	for i, r := range name {
		letter := unicode.IsLetter(r) || unicode.IsDigit(r)
		if i == 0 && !letter {
			return fmt.Errorf("a name begins with a letter or digit: not %q", r)
		}
		if !letter && !unicode.Is(unicode.Mn, r) && !strings.ContainsRune(" -_.@+", r) {
			return fmt.Errorf("a name has letters, digits, spaces and - _ . @ +: not %q", r)
		}
	}
	if strings.HasSuffix(name, ".") || strings.HasSuffix(name, " ") {
		return errors.New("a name does not end with a point or space")
	}
	stem, _, _ := strings.Cut(name, ".")
	if slices.Contains(devices(), strings.ToUpper(strings.TrimSpace(stem))) {
		return fmt.Errorf("%q names a device on Windows", name)
	}
	return nil
}

// devices are names that Windows keeps for itself, with any extension.
func devices() []string {
	names := []string{"CON", "PRN", "AUX", "NUL"}
	for n := '1'; n <= '9'; n++ {
		names = append(names, "COM"+string(n), "LPT"+string(n))
	}
	return names
}
