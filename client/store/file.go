package store

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// Files of the state folder are JSON replaced in one step, or JSON Lines that grow at the end, so that several processes may
// append. All can be read by the user alone (0600, folders 0700). What belongs to one connection lies in a folder of its own.

// connection is the path of a file that belongs to a connection: names may hold any bytes.
func (s *Store) connection(name, file string) string {
	return filepath.Join(s.dir, "connections", folderName(name), file)
}

// folderName is a name as a folder: letters, digits, "-", "_" and "." stay, every other byte becomes % and two hex digits.
func folderName(name string) string {
	var out strings.Builder
	for i := range len(name) {
		c := name[i]
		switch {
		case c >= 'a' && c <= 'z', c >= 'A' && c <= 'Z', c >= '0' && c <= '9', c == '-', c == '_', c == '.' && i > 0:
			out.WriteByte(c)
		default:
			fmt.Fprintf(&out, "%%%02x", c)
		}
	}
	const longest = 200 // a file system takes 255
	if out.Len() == 0 {
		return "%"
	}
	if out.Len() > longest {
		return fmt.Sprintf("%s%%%08x", out.String()[:longest], hash(name))
	}
	return out.String()
}

func hash(text string) (h uint32) {
	h = 2166136261 // FNV-1a
	for i := range len(text) {
		h = (h ^ uint32(text[i])) * 16777619
	}
	return h
}

// load decodes a JSON file into v and reports whether there is one. The error names the file.
func load(path string, v any) (bool, error) {
	data, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	if err := json.Unmarshal(data, v); err != nil {
		return false, fmt.Errorf("read %s: %w", path, err)
	}
	return true, nil
}

// save replaces a file by v as JSON, in one step: who reads it sees the old or the new one whole.
func save(path string, v any) error {
	data, err := json.MarshalIndent(v, "", "  ")
	if err != nil {
		return err
	}
	return replace(path, append(data, '\n'))
}

// replace puts data in the place of a file, in one step.
func replace(path string, data []byte) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return err
	}
	temp, err := os.CreateTemp(filepath.Dir(path), ".new-*") // 0600
	if err != nil {
		return err
	}
	_, err = temp.Write(data)
	if e := temp.Close(); err == nil {
		err = e
	}
	if err == nil {
		err = os.Rename(temp.Name(), path)
	}
	if err != nil {
		_ = os.Remove(temp.Name())
	}
	return err
}

// appendLine adds v as one line of JSON to the end of a file. The line goes out in one write: processes that append to the same
// file do not mix, and a process that is killed leaves at most one broken line, which lines skips.
func appendLine(path string, v any) error {
	data, err := json.Marshal(v)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return err
	}
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE|os.O_APPEND, 0o600)
	if err != nil {
		return err
	}
	if endsBroken(f) {
		data = append([]byte{'\n'}, data...)
	}
	_, err = f.Write(append(data, '\n'))
	if e := f.Close(); err == nil {
		err = e
	}
	return err
}

// endsBroken reports whether the last line of a file has no end, as a killed process may leave it.
func endsBroken(f *os.File) bool {
	info, err := f.Stat()
	if err != nil || info.Size() == 0 {
		return false
	}
	var last [1]byte
	_, err = f.ReadAt(last[:], info.Size()-1)
	return err == nil && last[0] != '\n'
}

// lines decodes the newest lines, as many as asked for, of a file, oldest first. Lines that cannot be read are skipped and counted; there may be no
// file. A line is at most maxLine long.
func lines[T any](path string, newest int) (out []T, skipped int, err error) {
	f, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, 0, nil
	}
	if err != nil {
		return nil, 0, err
	}
	defer f.Close()
	scan := bufio.NewScanner(f)
	scan.Buffer(nil, maxLine)
	for scan.Scan() {
		if len(bytes.TrimSpace(scan.Bytes())) == 0 {
			continue
		}
		var v T
		if json.Unmarshal(scan.Bytes(), &v) != nil {
			skipped++
			continue
		}
		if out = append(out, v); len(out) >= 2*newest {
			out = append(out[:0], out[len(out)-newest:]...)
		}
	}
	return out[max(0, len(out)-newest):], skipped, scan.Err()
}

// maxLine bounds a line of a file: the largest payload in base64, with room for the rest.
const maxLine = 1 << 20
