package record

import (
	"bufio"
	"context"
	"encoding/base64"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"iter"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"example.com/thingdeck/client/history"
)

// Format is what an export writes.
type Format string

// The formats.
const (
	// JSONLines is the format of records: every field and the exact bytes.
	JSONLines Format = "jsonl"
	// CSV has a row a message under a head row: time, dir, topic, qos, retain, dup, encoding, payload. Encoding is text, or
	// base64 where the payload is not UTF-8.
	CSV Format = "csv"
	// Files is a new folder with the payload of each message in a file of its own, and index.jsonl, whose lines are those of
	// JSONLines with the name of the file in place of the payload.
	Files Format = "files"
)

// Export writes messages to a new file or folder, which stands there whole or not at all. What is there already is left as it is,
// unless overwrite is set and it is a file. It stops when ctx ends. progress is called now and then with how many messages are
// written, by the goroutine that called Export; it may be nil. The error names the path; n is the number of messages written.
func Export(ctx context.Context, path string, f Format, overwrite bool, messages iter.Seq[history.Message], progress func(n int)) (n int, err error) {
	if progress == nil {
		progress = func(int) {}
	}
	if err := free(path, overwrite && f != Files); err != nil {
		return 0, err
	}
	dir, base := filepath.Split(path)
	if base == "" {
		return 0, fmt.Errorf("%q names no file", path)
	}
	e := &exporter{ctx: ctx, progress: progress}
	temp := filepath.Join(dir, "."+base+".part")
	if f == Files {
		err = e.folder(temp, messages)
	} else {
		err = e.file(temp, f, messages)
	}
	if err == nil {
		if err = free(path, overwrite && f != Files); err == nil {
			err = os.Rename(temp, path)
		}
	}
	if err != nil {
		_ = os.RemoveAll(temp)
		return 0, err
	}
	return e.n, nil
}

// free says why nothing can be written to path.
func free(path string, overwrite bool) error {
	info, err := os.Lstat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil
	case err != nil:
		return err
	case overwrite && info.Mode().IsRegular():
		return nil
	}
	return fmt.Errorf("%s: %w", path, fs.ErrExist)
}

// exporter counts what is written and stops in between.
type exporter struct {
	ctx      context.Context
	progress func(int)
	n        int
}

// each calls write for every message.
func (e *exporter) each(messages iter.Seq[history.Message], write func(history.Message) error) error {
	const often = 1 << 10
	for m := range messages {
		if e.n%often == 0 {
			if err := e.ctx.Err(); err != nil {
				return err
			}
			e.progress(e.n)
		}
		if err := write(m); err != nil {
			return err
		}
		e.n++
	}
	e.progress(e.n)
	return e.ctx.Err()
}

// create makes a file of ours, in place of what an export that was killed left.
func create(path string) (*os.File, error) {
	if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	return os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
}

func (e *exporter) file(path string, f Format, messages iter.Seq[history.Message]) error {
	file, err := create(path)
	if err != nil {
		return err
	}
	w := bufio.NewWriterSize(file, 256<<10)
	if f == CSV {
		err = e.csv(w, messages)
	} else {
		var buf []byte
		err = e.each(messages, func(m history.Message) error {
			buf = Append(buf[:0], m)
			_, err := w.Write(buf)
			return err
		})
	}
	return errors.Join(err, w.Flush(), file.Close())
}

func (e *exporter) csv(w io.Writer, messages iter.Seq[history.Message]) error {
	c := csv.NewWriter(w)
	if err := c.Write([]string{"time", "dir", "topic", "qos", "retain", "dup", "encoding", "payload"}); err != nil {
		return err
	}
	row := make([]string, 8)
	err := e.each(messages, func(m history.Message) error {
		dir, encoding, payload := "in", "text", string(m.Payload)
		if m.Out {
			dir = "out"
		}
		// A reader of CSV may take \r\n for \n within a value: such text would not come back as it was.
		if !utf8.Valid(m.Payload) || strings.Contains(payload, "\r") {
			encoding, payload = "base64", base64.StdEncoding.EncodeToString(m.Payload)
		}
		row = append(row[:0], m.Time.UTC().Format(time.RFC3339Nano), dir, strings.ToValidUTF8(m.Topic, "\uFFFD"),
			strconv.Itoa(int(m.QoS)), strconv.FormatBool(m.Retain), strconv.FormatBool(m.Dup), encoding, payload)
		return c.Write(row)
	})
	c.Flush()
	return errors.Join(err, c.Error())
}

func (e *exporter) folder(path string, messages iter.Seq[history.Message]) error {
	if err := os.RemoveAll(path); err != nil {
		return err
	}
	if err := os.Mkdir(path, 0o700); err != nil {
		return err
	}
	index, err := create(filepath.Join(path, "index.jsonl"))
	if err != nil {
		return err
	}
	w := bufio.NewWriter(index)
	err = e.each(messages, func(m history.Message) error {
		name := fileName(e.n+1, m)
		if err := os.WriteFile(filepath.Join(path, name), m.Payload, 0o600); err != nil {
			return err
		}
		m.Payload = nil
		text := Append(nil, m)
		const empty = `"payload":""}` + "\n"
		_, err := fmt.Fprintf(w, "%s\"file\":\"%s\"}\n", text[:len(text)-len(empty)], name)
		return err
	})
	return errors.Join(err, w.Flush(), index.Close())
}

// fileName is the name of the file with the payload of message number n: the number, what of the topic is harmless, and the kind.
func fileName(n int, m history.Message) string {
	const longest = 80
	topic := []byte(m.Topic[:min(len(m.Topic), longest)])
	for i, c := range topic {
		if (c < 'a' || c > 'z') && (c < 'A' || c > 'Z') && (c < '0' || c > '9') && c != '-' {
			topic[i] = '_'
		}
	}
	kind := "bin"
	switch {
	case len(m.Payload) > 0 && (m.Payload[0] == '{' || m.Payload[0] == '[') && utf8.Valid(m.Payload):
		kind = "json"
	case utf8.Valid(m.Payload):
		kind = "txt"
	}
	return fmt.Sprintf("%06d_%s.%s", n, topic, kind)
}
