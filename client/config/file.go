package config

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"unicode"

	"github.com/pelletier/go-toml/v2"
	"github.com/pelletier/go-toml/v2/unstable"
)

// FileError is what is wrong in a file, at a place in it. Its text is one line, FILE:LINE:COLUMN: what, and never holds
// the value of a key that may be secret.
type FileError struct {
	File string
	// Line and Column count from 1; a column is counted in bytes.
	Line, Column int
	Err          error
}

func (e *FileError) Error() string {
	return oneLine(fmt.Sprintf("%s:%d:%d: %v", e.File, e.Line, e.Column, e.Err))
}

func (e *FileError) Unwrap() error { return e.Err }

// oneLine makes what a file held safe to show.
func oneLine(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsPrint(r) {
			return r
		}
		return '?'
	}, s)
}

// entry is a key of a file with its value, flattened: the keys of tables are joined by points.
type entry struct {
	key   string
	value any // as go-toml decodes it; table for the header of one
	at    FileError
}

type table struct{ many bool }

func (e entry) errorf(format string, args ...any) error {
	err := e.at
	err.Err = fmt.Errorf(format, args...)
	return &err
}

func (e entry) origin() string { return fmt.Sprintf("%s:%d", e.at.File, e.at.Line) }

// maxFile is far more than anyone writes.
const maxFile = 1 << 20

// readEntries reads a TOML file. A file that is not there is an error that is fs.ErrNotExist.
func readEntries(file string) ([]entry, error) {
	info, err := os.Stat(file)
	if err != nil {
		return nil, err
	}
	// A named pipe would wait for a writer.
	if !info.Mode().IsRegular() {
		return nil, fmt.Errorf("read %s: not a regular file", file)
	}
	f, err := os.Open(file)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, maxFile+1))
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", file, err)
	}
	if len(data) > maxFile {
		return nil, fmt.Errorf("read %s: larger than 1 MiB", file)
	}
	return parseEntries(file, data)
}

// parseEntries decodes the whole file once for its values and walks it once more for the place of each key, which the
// decoder does not tell.
func parseEntries(file string, data []byte) (entries []entry, err error) {
	at := FileError{File: file, Line: 1, Column: 1}
	defer func() {
		if r := recover(); r != nil {
			at.Err = errors.New("not TOML")
			entries, err = nil, &at
		}
	}()
	data = bytes.TrimPrefix(data, []byte("\xef\xbb\xbf"))
	var root map[string]any
	if err := toml.Unmarshal(data, &root); err != nil {
		var decode *toml.DecodeError
		if errors.As(err, &decode) {
			at.Line, at.Column = decode.Position()
		}
		at.Err = errors.New(syntaxText(err))
		return nil, &at
	}
	return walk(at, data, root), nil
}

// syntaxText leaves out what strconv quotes: it may be a secret.
func syntaxText(err error) string {
	text, _, _ := strings.Cut(strings.TrimPrefix(err.Error(), "toml: "), ": strconv.")
	return text
}

func walk(at FileError, data []byte, root map[string]any) []entry {
	var p unstable.Parser
	p.Reset(data)
	var entries []entry
	var prefix []string
	tables := map[string]int{} // of an array of tables: how many there were so far
	for p.NextExpression() {
		e := p.Expression()
		keys, first := keyPath(e)
		if first == nil {
			continue
		}
		start := p.Shape(first.Raw).Start
		at.Line, at.Column = start.Line, start.Column
		switch e.Kind {
		case unstable.KeyValue:
			full := slices.Concat(prefix, keys)
			entries = append(entries, flatten(at, full, find(root, full, tables))...)
		case unstable.Table, unstable.ArrayTable:
			prefix = keys
			if e.Kind == unstable.ArrayTable {
				tables[strings.Join(keys, ".")]++
			}
			entries = append(entries, entry{strings.Join(keys, "."), table{e.Kind == unstable.ArrayTable}, at})
		}
	}
	return entries
}

func keyPath(e *unstable.Node) (keys []string, first *unstable.Node) {
	for it := e.Key(); it.Next(); {
		n := it.Node()
		if first == nil {
			first = n
		}
		keys = append(keys, string(n.Data))
	}
	return keys, first
}

// find is the value at a path; of an array of tables it looks into the one that is being read.
func find(in map[string]any, keys []string, tables map[string]int) any {
	var value any = in
	for i, k := range keys {
		m, ok := value.(map[string]any)
		if !ok {
			return nil
		}
		value = m[k]
		if list, ok := value.([]any); ok && i < len(keys)-1 {
			n := tables[strings.Join(keys[:i+1], ".")]
			if n == 0 || n > len(list) {
				return nil
			}
			value = list[n-1]
		}
	}
	return value
}

func flatten(at FileError, keys []string, value any) []entry {
	m, ok := value.(map[string]any)
	if !ok {
		return []entry{{strings.Join(keys, "."), value, at}}
	}
	var entries []entry
	for _, k := range slices.Sorted(maps.Keys(m)) {
		entries = append(entries, flatten(at, append(slices.Clone(keys), k), m[k])...)
	}
	return entries
}

// take checks an entry against the table and puts it into v. Relative paths are taken from the file's folder.
func (v *Values) take(e entry, where place, home string) error {
	s, ok := findSetting(e.key)
	if !ok || s.in&where == 0 {
		return e.errorf("%s", whyNot(e.key, ok, where))
	}
	texts, err := s.texts(e.value)
	if err != nil {
		return e.errorf("%s: %w", e.key, err)
	}
	if s.kind == path {
		texts[0] = resolve(texts[0], filepath.Dir(e.at.File), home)
	}
	if err := v.put(s, texts, e.origin()); err != nil {
		return e.errorf("%s: %w", e.key, err)
	}
	return nil
}

// texts turns a TOML value into what a flag would have been given.
func (s setting) texts(value any) ([]string, error) {
	switch x := value.(type) {
	case string:
		if s.kind != boolean && s.kind != number {
			return []string{x}, nil
		}
	case bool:
		if s.kind == boolean {
			return []string{fmt.Sprint(x)}, nil
		}
	case int64:
		if s.kind == number || s.kind == size || s.kind == seconds || s.kind == choice {
			return []string{fmt.Sprint(x)}, nil
		}
	case []any:
		if s.kind == list {
			return stringsOf(x)
		}
	}
	return nil, fmt.Errorf("%s is wanted", s.kind)
}

func stringsOf(values []any) ([]string, error) {
	texts := make([]string, len(values))
	for i, v := range values {
		t, ok := v.(string)
		if !ok {
			return nil, fmt.Errorf("item %d: a text in quotes is wanted", i+1)
		}
		texts[i] = t
	}
	return texts, nil
}

func (k kind) String() string {
	switch k {
	case boolean:
		return "true or false"
	case number:
		return "a number without quotes"
	case size:
		return `a number or a text such as "256MiB"`
	case seconds:
		return `a number or a text such as "20m"`
	case list:
		return "a list of texts in quotes"
	}
	return "a text in quotes"
}

// Expand is a path that a user typed, with the home folder in place of a leading ~.
func Expand(name string) string {
	home, err := os.UserHomeDir()
	if err != nil {
		return name
	}
	return resolve(name, "", home)
}

// resolve makes a path of a file absolute: ~/ is the home folder, and what is relative begins at base.
func resolve(name, base, home string) string {
	if name == "~" || strings.HasPrefix(name, "~/") {
		return filepath.Join(home, name[1:])
	}
	if name == "" || filepath.IsAbs(name) {
		return name
	}
	return filepath.Join(base, name)
}
