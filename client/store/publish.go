package store

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"example.com/thingdeck/client"
)

// Draft reads what was being written on a connection; false when nothing was.
func (s *Store) Draft(connection string) (d client.Draft, ok bool, err error) {
	s.tidy(connection)
	ok, err = load(s.connection(connection, "draft.json"), &d)
	return d, ok && err == nil, wrap("the draft", err)
}

// tidy takes away what processes left that were killed while they replaced a file.
func (s *Store) tidy(connection string) {
	folder := filepath.Dir(s.connection(connection, "draft.json"))
	entries, _ := os.ReadDir(folder)
	for _, e := range entries {
		info, err := e.Info()
		if err == nil && strings.HasPrefix(e.Name(), ".new-") && time.Since(info.ModTime()) > time.Minute {
			_ = os.Remove(filepath.Join(folder, e.Name()))
		}
	}
}

// SaveDraft keeps what is being written on a connection. Of several calls the one with the highest generation counts, in whatever
// order they come. The file is replaced in one step.
func (s *Store) SaveDraft(generation uint64, connection string, d client.Draft) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if generation <= s.drafts[connection] {
		return nil
	}
	if err := save(s.connection(connection, "draft.json"), d); err != nil {
		return wrap("keep the draft", err)
	}
	if s.drafts == nil {
		s.drafts = map[string]uint64{}
	}
	s.drafts[connection] = generation
	return nil
}

// The bounds of what was published.
const (
	// MaxPublished is how many publications of a connection are read.
	MaxPublished = 1000
	// maxPublishedFile is where a file of publications becomes the older one of two.
	maxPublishedFile = 4 << 20
)

// Published reads what was published on a connection, oldest first, at most MaxPublished. Lines that cannot be read are left out.
func (s *Store) Published(connection string) ([]client.Publication, error) {
	var all []client.Publication
	for _, file := range []string{"published.1.jsonl", "published.jsonl"} {
		some, _, err := lines[client.Publication](s.connection(connection, file), MaxPublished)
		if err != nil {
			return nil, wrap("what was published", err)
		}
		all = append(all, some...)
	}
	return all[max(0, len(all)-MaxPublished):], nil
}

// AddPublished adds to what was published on a connection. Others may add to it at the same time. One that is too large for a line
// is left out.
func (s *Store) AddPublished(connection string, all ...client.Publication) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	path := s.connection(connection, "published.jsonl")
	for _, p := range all {
		data, err := json.Marshal(p)
		if err == nil && len(data) < maxLine {
			err = appendLine(path, json.RawMessage(data))
		}
		if err != nil {
			return wrap("keep what was published", err)
		}
	}
	// Another process that has the old file open still adds to it: nothing is lost by the renaming.
	if info, err := os.Stat(path); err == nil && info.Size() > maxPublishedFile {
		return wrap("keep what was published", os.Rename(path, s.connection(connection, "published.1.jsonl")))
	}
	return nil
}

// templates are the files of named templates: of a connection, and of all.
func (s *Store) templates(connection string, global bool) string {
	if global {
		return filepath.Join(s.dir, "templates.json")
	}
	return s.connection(connection, "templates.json")
}

// Templates reads the templates of a connection, and then those of all connections.
func (s *Store) Templates(connection string) (all []client.Template, err error) {
	for _, global := range []bool{false, true} {
		var some []client.Template
		if _, e := load(s.templates(connection, global), &some); e != nil {
			err = errors.Join(err, wrap("templates", e))
		}
		for i := range some {
			some[i].Global = global
		}
		all = append(all, some...)
	}
	return all, err
}

// SaveTemplates replaces the templates of a connection, or those of all connections, in one step.
func (s *Store) SaveTemplates(connection string, global bool, all []client.Template) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	path := s.templates(connection, global)
	var now []client.Template
	if _, err := load(path, &now); err != nil {
		return wrap("keep templates", err) // a file that cannot be read is not overwritten
	}
	all = slices.DeleteFunc(slices.Clone(all), func(t client.Template) bool { return t.Global != global })
	if len(all) == 0 {
		if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return wrap("keep templates", err)
		}
		return nil
	}
	return wrap("keep templates", save(path, all))
}

func wrap(what string, err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("%s: %w", what, err)
}
