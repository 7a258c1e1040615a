package shadows

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"example.com/thingdeck/shadow"
	"example.com/thingdeck/ui/widget"
)

// maxText is how many cells of a name or a message are ever drawn.
const maxText = 4096

// cellBytes is more bytes than one cell ever shows.
const cellBytes = 8

// brief writes a value as JSON for a column of w cells, objects as {…3} with that ellipsis, and no more of it than is shown.
func brief(v shadow.Value, w int, ellipsis string) string {
	return safe(appendBrief(nil, v, (w+2)*cellBytes, ellipsis), w+1)
}

// full is brief with the members of objects.
func full(v shadow.Value, w int) string { return safe(appendBrief(nil, v, (w+2)*cellBytes, ""), w+1) }

// widestMark is what the mark of one invisible character takes at most: \u10ffff. A text that was cut is always too wide for its
// place, so that an ellipsis says so.
const widestMark = 8

// safe is the text, made safe to draw, at least as far as it is seen in w cells.
func safe(text []byte, w int) string {
	s, _ := widget.Sanitize(string(text), max(1, w)+widestMark)
	return s
}

// appendBrief appends the value until limit bytes are there.
func appendBrief(b []byte, v shadow.Value, limit int, ellipsis string) []byte {
	if len(b) >= limit {
		return b
	}
	switch v.Kind() {
	case shadow.KindString:
		text := v.Text()
		if room := limit - len(b); len(text) > room {
			return shadow.AppendString(b, strings.ToValidUTF8(text[:room], ""))
		}
		return shadow.AppendString(b, text)
	case shadow.KindArray:
		b = append(b, '[')
		for i, e := range v.Elems() {
			if i > 0 {
				b = append(b, ',')
			}
			if b = appendBrief(b, e, limit, ellipsis); len(b) >= limit {
				return b
			}
		}
		return append(b, ']')
	case shadow.KindObject:
		return appendObject(b, v, limit, ellipsis)
	}
	text := v.Text()
	if v.IsNull() {
		text = "null"
	}
	return append(b, text[:min(len(text), limit-len(b))]...)
}

func appendObject(b []byte, v shadow.Value, limit int, ellipsis string) []byte {
	if ellipsis != "" && v.Len() > 0 {
		return append(b, "{"+ellipsis+strconv.Itoa(v.Len())+"}"...)
	}
	b = append(b, '{')
	for i, m := range v.Members() {
		if i > 0 {
			b = append(b, ',')
		}
		b = append(appendBrief(b, shadow.String(m.Key), limit, ""), ':')
		if b = appendBrief(b, m.Value, limit, ellipsis); len(b) >= limit {
			return b
		}
	}
	return append(b, '}')
}

// typed writes a value as a user can type it: as JSON, in which what cannot be seen or would not survive a field is escaped.
func typed(v shadow.Value) string { return escaped(v.String()) }

// escaped is JSON in which what cannot be seen is written as an escape. Outside of strings that is an error, as it was before.
func escaped(text string) string {
	if !strings.ContainsFunc(text, func(r rune) bool { return r < ' ' || r > '~' }) {
		return text
	}
	var b strings.Builder
	for _, r := range text {
		shown, _ := widget.Sanitize(string(r), 0)
		switch {
		case shown == string(r) && r != utf8.RuneError:
			b.WriteRune(r)
		case r > 0xffff:
			r -= 0x10000
			fmt.Fprintf(&b, `\u%04x\u%04x`, 0xd800+r>>10, 0xdc00+r&0x3ff)
		default:
			fmt.Fprintf(&b, `\u%04x`, r)
		}
	}
	return b.String()
}

// read takes what a user typed for a value. It must be JSON; only in the place of a string a text without quotation marks is
// that string, unless another type is asked for.
func read(text string, present shadow.Value, retype bool) (shadow.Value, error) {
	quoted := strings.HasPrefix(strings.TrimSpace(text), `"`)
	if present.Kind() == shadow.KindString && !quoted && !retype {
		return shadow.String(text), nil
	}
	v, err := shadow.Parse([]byte(text))
	if err == nil {
		return v, nil
	}
	var syntax *shadow.SyntaxError
	if !errors.As(err, &syntax) {
		return v, err
	}
	err = fmt.Errorf("column %d: %s", syntax.Column, syntax.Reason)
	if word := strings.TrimSpace(text); word != "" && unicode.IsLetter([]rune(word)[0]) {
		err = fmt.Errorf("%w (text needs quotation marks)", err)
	}
	return v, err
}
