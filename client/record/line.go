// Package record keeps messages in files and publishes them again: JSON Lines that are recorded as they come, exports, and replay.
//
// A line is {"time":"2026-11-22T12:04:01.203456789Z","topic":"a/b","qos":0,"retain":false,"dup":false,"payload":"text"}. Bytes
// that are not UTF-8 stand as payload_base64 (or topic_base64) instead, and "dir":"out" marks what was published from here.
package record

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"example.com/thingdeck/client/history"
)

// Append adds the line of a message, with its line end, to dst. Time is written in UTC with nanoseconds; Seq is not written.
func Append(dst []byte, m history.Message) []byte {
	dst = append(dst, `{"time":"`...)
	dst = m.Time.UTC().AppendFormat(dst, "2006-01-02T15:04:05.000000000Z07:00")
	dst = append(dst, `",`...)
	dst = appendBytes(dst, "topic", m.Topic)
	dst = append(dst, `,"qos":`...)
	dst = strconv.AppendUint(dst, uint64(m.QoS), 10)
	dst = append(dst, `,"retain":`...)
	dst = strconv.AppendBool(dst, m.Retain)
	dst = append(dst, `,"dup":`...)
	dst = strconv.AppendBool(dst, m.Dup)
	if m.Out {
		dst = append(dst, `,"dir":"out"`...)
	}
	dst = append(dst, ',')
	dst = appendBytes(dst, "payload", m.Payload)
	return append(dst, '}', '\n')
}

// appendBytes adds a member: text as it is, what is not UTF-8 in base64.
func appendBytes[T string | []byte](dst []byte, name string, value T) []byte {
	dst = append(dst, '"')
	dst = append(dst, name...)
	if !utf8.Valid([]byte(value)) {
		dst = append(dst, `_base64":"`...)
		dst = base64.StdEncoding.AppendEncode(dst, []byte(value))
		return append(dst, '"')
	}
	dst = append(dst, `":"`...)
	dst = appendEscaped(dst, value)
	return append(dst, '"')
}

// appendEscaped adds UTF-8 text as the inside of a JSON string.
func appendEscaped[T string | []byte](dst []byte, text T) []byte {
	const digits = "0123456789abcdef"
	from := 0
	for i := range len(text) {
		c := text[i]
		if c >= ' ' && c != '"' && c != '\\' {
			continue
		}
		dst = append(dst, text[from:i]...)
		from = i + 1
		switch c {
		case '"', '\\':
			dst = append(dst, '\\', c)
		case '\n':
			dst = append(dst, '\\', 'n')
		case '\r':
			dst = append(dst, '\\', 'r')
		case '\t':
			dst = append(dst, '\\', 't')
		default:
			dst = append(dst, '\\', 'u', '0', '0', digits[c>>4], digits[c&15])
		}
	}
	return append(dst, text[from:]...)
}

// line is what Parse knows of one; members that it does not know are ignored.
type line struct {
	Time          *time.Time `json:"time"`
	Topic         *string    `json:"topic"`
	TopicBase64   *[]byte    `json:"topic_base64"`
	QoS           float64    `json:"qos"`
	Retain        bool       `json:"retain"`
	Dup           bool       `json:"dup"`
	Dir           string     `json:"dir"`
	Payload       *string    `json:"payload"`
	PayloadBase64 *[]byte    `json:"payload_base64"`
}

// Parse reads a line. The error says what is wrong with it, without its number. Seq is 0.
func Parse(text []byte) (history.Message, error) {
	if !utf8.Valid(text) {
		return history.Message{}, errors.New("not UTF-8")
	}
	var l line
	if err := json.Unmarshal(text, &l); err != nil {
		return history.Message{}, plainJSON(err)
	}
	m := history.Message{QoS: byte(l.QoS), Retain: l.Retain, Dup: l.Dup}
	switch {
	case l.Time == nil:
		return m, errors.New("no time")
	case l.Topic == nil && l.TopicBase64 == nil:
		return m, errors.New("no topic")
	case l.Payload == nil && l.PayloadBase64 == nil:
		return m, errors.New("no payload")
	case l.QoS < 0 || l.QoS > 2 || l.QoS != math.Trunc(l.QoS):
		return m, fmt.Errorf("qos %v: it is 0, 1 or 2", l.QoS)
	case l.Dir != "" && l.Dir != "in" && l.Dir != "out":
		return m, fmt.Errorf("dir %q: it is in or out", l.Dir)
	}
	m.Time, m.Out = *l.Time, l.Dir == "out"
	if l.Topic != nil {
		m.Topic = *l.Topic
	} else {
		m.Topic = string(*l.TopicBase64)
	}
	if l.Payload != nil {
		m.Payload = []byte(*l.Payload)
	} else {
		m.Payload = *l.PayloadBase64
	}
	return m, nil
}

// plainJSON is an error of encoding/json without the names of Go.
func plainJSON(err error) error {
	var wrongType *json.UnmarshalTypeError
	var syntax *json.SyntaxError
	switch {
	case errors.As(err, &wrongType) && wrongType.Field == "":
		return errors.New("not a JSON object")
	case errors.As(err, &wrongType):
		kind, _, _ := strings.Cut(wrongType.Value, " ") // of a number it holds the digits too
		return fmt.Errorf("%s: it is %s, not %s", wrongType.Field, jsonKind(kind), jsonKind(wrongType.Type.Kind().String()))
	case errors.As(err, &syntax):
		return fmt.Errorf("not JSON: %w", err)
	}
	return err
}

// jsonKind is a kind of value, of JSON or of Go, in words.
func jsonKind(kind string) string {
	switch kind {
	case "string", "slice": // base64
		return "a text"
	case "bool":
		return "true or false"
	case "number", "uint8", "float64", "int":
		return "a number"
	case "array":
		return "an array"
	case "object", "struct", "map":
		return "an object"
	}
	return "what belongs there"
}

// maxLine bounds a line: more than the largest payload takes when each of its bytes is escaped.
const maxLine = 128 << 20

// Reader reads lines one after the other.
type Reader struct {
	r    io.Reader
	buf  []byte
	from int
	line int
	err  error
}

// NewReader reads from r, which it buffers.
func NewReader(r io.Reader) *Reader { return &Reader{r: r} }

// Line is the number of the line that Next read last, from 1.
func (r *Reader) Line() int { return r.line }

// LineError is a line that is not of the format. Reading can go on after it.
type LineError struct {
	Line int
	Err  error
}

// Error names the line.
func (e *LineError) Error() string { return fmt.Sprintf("line %d: %v", e.Line, e.Err) }

// Unwrap is what is wrong with the line.
func (e *LineError) Unwrap() error { return e.Err }

// Next reads the next message; empty lines are passed over. The error is io.EOF at the end, a *LineError, or that of reading.
func (r *Reader) Next() (history.Message, error) {
	for {
		text, err := r.text()
		if err != nil {
			return history.Message{}, err
		}
		if text = bytes.TrimSpace(text); len(text) == 0 {
			continue
		}
		m, err := Parse(text)
		if err != nil {
			return history.Message{}, &LineError{r.line, err}
		}
		return m, nil
	}
}

// text is the next line, good until the next call.
func (r *Reader) text() ([]byte, error) {
	for searched := r.from; ; {
		if i := bytes.IndexByte(r.buf[searched:], '\n'); i >= 0 {
			text := r.buf[r.from : searched+i]
			r.from = searched + i + 1
			r.line++
			return text, nil
		}
		switch {
		case r.err != nil && r.err != io.EOF:
			return nil, r.err
		case r.err != nil && r.from == len(r.buf):
			return nil, io.EOF
		case r.err != nil: // the last line has no end
			text := r.buf[r.from:]
			r.from = len(r.buf)
			r.line++
			return text, nil
		case len(r.buf)-r.from > maxLine:
			return nil, fmt.Errorf("line %d: longer than %d MiB", r.line+1, maxLine>>20)
		}
		searched = len(r.buf) - r.from
		r.fill()
	}
}

// fill reads more behind what is not used yet, which it moves to the front.
func (r *Reader) fill() {
	r.buf = append(r.buf[:0], r.buf[r.from:]...)
	r.from = 0
	if cap(r.buf)-len(r.buf) < 64<<10 {
		r.buf = append(make([]byte, 0, 2*cap(r.buf)+256<<10), r.buf...)
	}
	n, err := r.r.Read(r.buf[len(r.buf):cap(r.buf)])
	r.buf = r.buf[:len(r.buf)+n]
	r.err = err
}
