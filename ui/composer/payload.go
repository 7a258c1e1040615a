package composer

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	tea "github.com/charmbracelet/bubbletea"

	"example.com/thingdeck/ui/theme"
	"example.com/thingdeck/ui/widget"
)

// kind is how a payload is written; the bytes are the same in each.
type kind int

const (
	kindText   kind = iota // what looks like JSON is checked
	kindJSON               // all is checked
	kindHex                // in the editor of bytes
	kindBase64             // its text is decoded
	kindCount
)

var kindNames = [kindCount]string{"text", "JSON", "hex", "base64"}

// A payload is bytes: in the text editor where that can hold them unchanged, else in the editor of bytes, else only shown.
type payload struct {
	bytes  []byte // never changed, only replaced
	kind   kind
	chosen bool   // the kind was chosen by the user
	held   bool   // the bytes are in no editor
	wrong  string // why the text is no base64: it cannot be published
	file   string // where the bytes came from, until they are changed
	description

	editor *editor
	hex    hexEditor
	top    int // first line shown, while held
	drawn  []string
	width  int // of drawn; 0 for none
}

// set replaces the bytes, and shows them as the kind that was chosen where that can be, else as text or hex.
func (p *payload) set(b []byte) {
	k := p.kind
	if !p.chosen || !usable(k, b) {
		k = kindText
	}
	if !isText(b) && (k == kindText || k == kindJSON) {
		k = kindHex
	}
	p.show(b, k)
}

// usable reports whether bytes can be shown, and edited unless they are too large, as a kind.
func usable(k kind, b []byte) bool {
	switch k {
	case kindText:
		return isText(b)
	case kindJSON:
		return editable(b)
	case kindBase64:
		return len(b) <= maxBase64
	}
	return true
}

// renew is set for bytes that have nothing to do with those before.
func (p *payload) renew(b []byte) {
	p.wrong, p.chosen = "", false
	p.set(b)
}

// show puts bytes into the editor of a kind.
func (p *payload) show(b []byte, k kind) {
	p.bytes, p.kind, p.file = bytes.Clone(b), k, ""
	p.held, p.top, p.width, p.drawn = false, 0, 0, nil
	p.hex.load(nil)
	switch {
	case k == kindHex && len(b) <= maxHex:
		p.editor.load(nil)
		p.hex.load(b)
	case k == kindBase64:
		p.editor.load(encode64(b))
	case k == kindHex || !editable(b) || !p.editor.load(b):
		p.held = true
		p.editor.load(nil)
	}
	p.describe()
}

// nextKind shows the bytes as the next kind that can.
func (p *payload) nextKind() error {
	if p.wrong != "" {
		return errors.New("it is not base64: " + p.wrong)
	}
	file := p.file
	for i := kind(1); i < kindCount; i++ {
		if k := (p.kind + i) % kindCount; usable(k, p.bytes) {
			p.show(p.bytes, k)
			p.file, p.chosen = file, true
			return nil
		}
	}
	return nil
}

// edited takes over what the editor holds and reports whether that is something else.
func (p *payload) edited() bool {
	now, wrong := p.hex.bytes, ""
	if p.kind != kindHex {
		now = p.editor.bytes()
	}
	if p.kind == kindBase64 {
		now, wrong = decode64(now)
	}
	if bytes.Equal(now, p.bytes) && wrong == p.wrong {
		return false
	}
	if p.kind == kindHex {
		now = bytes.Clone(now)
	}
	p.bytes, p.wrong, p.file = now, wrong, ""
	p.describe()
	return true
}

// The text of base64 stands in lines, so that all that fits into the editor can be edited.
const (
	lineBase64 = 160
	maxBase64  = maxText / 4 * 3 / 2
)

func encode64(b []byte) []byte {
	text := base64.StdEncoding.AppendEncode(nil, b)
	var out []byte
	for ; len(text) > lineBase64; text = text[lineBase64:] {
		out = append(append(out, text[:lineBase64]...), '\n')
	}
	return append(out, text...)
}

// decode64 reads base64 of either alphabet, with or without its padding, whatever blanks are in it. What comes before a fault is
// decoded.
func decode64(text []byte) (b []byte, wrong string) {
	var digits []byte
	for i, c := range text {
		switch {
		case c == ' ' || c == '\n' || c == '\t' || c == '\r':
			continue
		case c == '=':
			if rest := bytes.Trim(text[i:], "= \n\t\r"); len(rest) > 0 {
				wrong = fmt.Sprintf("text after the = at %d", i+1)
			}
		case c == '-':
			digits = append(digits, '+')
			continue
		case c == '_':
			digits = append(digits, '/')
			continue
		case strings.IndexByte("+/", c) >= 0 || c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z':
			digits = append(digits, c)
			continue
		default:
			wrong = fmt.Sprintf("character %d does not belong to it", i+1)
		}
		break
	}
	if len(digits)%4 == 1 {
		digits = digits[:len(digits)-1]
		if wrong == "" {
			wrong = "a digit is missing at the end"
		}
	}
	b, err := base64.RawStdEncoding.AppendDecode(nil, digits)
	if err != nil && wrong == "" {
		wrong = "the last digit is none that can stand there"
	}
	return b, wrong
}

// description is what bytes are.
type description struct {
	text  bool   // UTF-8 that can be shown
	what  string // "JSON ok", "text", …; "" for none
	fault string // why what looks like JSON is none
}

// describe finds out what bytes are. What does not begin as a JSON object or array is not blamed for being none, unless it was said to
// be JSON.
func describe(k kind, b []byte) description {
	d := description{text: isText(b)}
	begin := bytes.TrimLeft(b, " \t\r\n")
	switch {
	case len(b) == 0:
	case d.text && json.Valid(b):
		d.what = "JSON ok"
	case !d.text:
		d.what = "binary"
	case k == kindJSON || len(begin) > 0 && (begin[0] == '{' || begin[0] == '['):
		d.what, d.fault = "not JSON", jsonFault(b)
	default:
		d.what = "text"
	}
	return d
}

func (d description) label() string {
	if d.fault != "" {
		return d.what + ": " + d.fault
	}
	return d.what
}

func (p *payload) describe() {
	p.description = describe(p.kind, p.bytes)
	if p.kind != kindBase64 {
		p.wrong = ""
	}
}

// key gives the payload a key or a paste and reports whether it changed. Held bytes can be scrolled and cleared.
func (p *payload) key(msg tea.KeyMsg) (changed bool) {
	switch {
	case p.held:
		return p.heldKey(msg)
	case p.kind == kindHex && msg.Paste:
		p.hex.paste(string(msg.Runes))
	case p.kind == kindHex:
		if !p.hex.key(msg) {
			return false
		}
	case msg.Paste:
		if p.paste(string(msg.Runes)) {
			return true
		}
	default:
		p.editor.key(msg)
	}
	if n := len(p.hex.bytes); p.kind == kindHex && (n > maxHex || n == 0 && !p.chosen) {
		p.set(p.hex.bytes)
		return true
	}
	return p.edited()
}

func (p *payload) heldKey(msg tea.KeyMsg) (changed bool) {
	page := max(1, p.editor.height-1)
	switch msg.String() {
	case "ctrl+u", "delete", "backspace":
		p.set(nil)
		return true
	case "up":
		p.top--
	case "down":
		p.top++
	case "pgup":
		p.top -= page
	case "pgdown":
		p.top += page
	case "home":
		p.top = 0
	case "end":
		p.top = len(p.drawn)
	}
	return false
}

// paste inserts text at the cursor. Terminals send a line end as a carriage return. A paste that makes more than the editor can
// hold is kept as bytes, whole; it then reports true.
func (p *payload) paste(text string) (held bool) {
	text = strings.ReplaceAll(strings.ReplaceAll(text, "\r\n", "\n"), "\r", "\n")
	before, after := p.editor.around()
	whole := []byte(before + text + after)
	if editable(whole) {
		p.editor.insert(text)
		return false
	}
	if p.kind == kindBase64 {
		whole, p.wrong = decode64(whole)
	}
	p.set(whole)
	return true
}

// lines draws the payload in w×h cells; caret says that it has the keys.
func (p *payload) lines(t *theme.Theme, w, h int, caret bool) []string {
	if p.kind == kindHex && !p.held {
		return p.hex.lines(t, w, h, caret)
	}
	if !p.held {
		return p.editor.lines(w, h)
	}
	p.editor.height = h
	if p.width != w {
		p.width = w
		if p.text && p.kind != kindHex {
			p.drawn = widget.TextLines(p.bytes, w)
		} else {
			p.drawn = widget.HexLines(p.bytes, w)
		}
	}
	p.top = max(0, min(p.top, len(p.drawn)-h))
	return p.drawn[p.top:min(len(p.drawn), p.top+h)]
}

// label is what the payload is, and how it is written where that is not plain.
func (p *payload) label(bar string) string {
	parts := make([]string, 0, 3)
	if p.file != "" {
		name, _ := widget.Sanitize(p.file, 30)
		parts = append(parts, "file "+name)
	}
	switch {
	case p.wrong != "":
		return "not base64: " + p.wrong
	case p.kind == kindHex || p.kind == kindBase64:
		parts = append(parts, kindNames[p.kind])
	case p.kind == kindJSON && len(p.bytes) == 0:
		parts = append(parts, "JSON")
	}
	if what := p.description.label(); what != "" {
		parts = append(parts, what)
	}
	return strings.Join(parts, " "+bar+" ")
}

// note says why the payload can't be edited, or how, "" where that is plain. editor is the key of $EDITOR.
func (p *payload) note(editor string) string {
	switch {
	case p.held && editor != "":
		return "too large to edit here; published as it is; " + editor + " $EDITOR, ctrl+u clears it"
	case p.held:
		return "too large to edit here; published as it is; ctrl+u clears it"
	case p.kind == kindHex:
		return p.hex.note()
	}
	return ""
}
