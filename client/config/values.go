package config

import (
	"errors"
	"fmt"
	"slices"
	"strings"
)

// Values is what one place says: settings by name, each with where it was said. The zero Values says nothing.
type Values struct{ said map[string]said }

type said struct {
	texts  []string
	origin string
}

// SetFlag takes a flag of the command line that the user gave, by its name without dashes. known is false for flags
// that are no setting, such as --config. The error names the flag.
func (v *Values) SetFlag(name string, texts ...string) (known bool, err error) {
	flag := name
	if name == "no-mouse" {
		if len(texts) != 1 || texts[0] != "true" && texts[0] != "false" {
			return true, fmt.Errorf("--no-mouse: true or false: not %q", texts)
		}
		name = "mouse"
		texts = []string{map[string]string{"true": "false", "false": "true"}[texts[0]]}
	}
	s, ok := findSetting(name)
	if !ok || s.in&inFlag == 0 {
		return false, nil
	}
	if err := v.put(s, texts, "flag --"+flag); err != nil {
		return true, fmt.Errorf("--%s: %w", flag, err)
	}
	return true, nil
}

// put checks texts before it takes them.
func (v *Values) put(s setting, texts []string, origin string) error {
	if s.kind != list && len(texts) != 1 {
		return errors.New("one value only")
	}
	canon := make([]string, len(texts))
	for i, t := range texts {
		c, err := s.parse(t)
		if err != nil {
			return err
		}
		canon[i] = c
	}
	v.raw(s.name, canon, origin)
	return nil
}

func (v *Values) raw(name string, texts []string, origin string) {
	if v.said == nil {
		v.said = map[string]said{}
	}
	v.said[name] = said{texts: texts, origin: origin}
}

// Has says whether the setting is there.
func (v Values) Has(name string) bool { _, ok := v.said[name]; return ok }

// Text is the setting's text, or "" where it is not there. A list's texts are joined by line feeds.
func (v Values) Text(name string) string { return strings.Join(v.said[name].texts, "\n") }

// Texts are those of a list, or the one text of another setting.
func (v Values) Texts(name string) []string { return slices.Clone(v.said[name].texts) }

func (v Values) clone() Values {
	var c Values
	for name, s := range v.said {
		c.raw(name, slices.Clone(s.texts), s.origin)
	}
	return c
}

// environment reads THINGDECK_NAME for each setting. An empty variable says nothing; a list has one item a line.
func environment(environ []string) (Values, error) {
	var v Values
	for _, s := range settings() {
		if s.in&inEnv == 0 {
			continue
		}
		name := s.env()
		value := lookup(environ, name)
		if value == "" {
			continue
		}
		texts := []string{value}
		if s.kind == list {
			texts = strings.Split(value, "\n")
		}
		if err := v.put(s, texts, "environment "+name); err != nil {
			return Values{}, fmt.Errorf("%s: %w", name, err)
		}
	}
	return v, nil
}

// lookup is the value of a variable; the last one counts, as for os/exec.
func lookup(environ []string, name string) string {
	for _, e := range slices.Backward(environ) {
		if value, ok := strings.CutPrefix(e, name+"="); ok {
			return value
		}
	}
	return ""
}
