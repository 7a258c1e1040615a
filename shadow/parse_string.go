package shadow

import (
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// str reads the string that begins here.
func (p *Parser) str() (string, error) {
	p.pos++
	start := p.pos
	for i := start; i < len(p.text); i++ {
		switch c := p.text[i]; {
		case c == '"':
			p.pos = i + 1
			return p.text[start:i], nil
		case c == '\\':
			p.pos = i
			return p.escaped(p.text[start:i])
		case c < ' ':
			p.pos = i
			return "", p.fail("control character in a string")
		}
	}
	p.pos = len(p.text)
	return "", p.fail("unexpected end, want a quotation mark")
}

// escaped reads the rest of a string that begins with the text begun and holds escapes.
func (p *Parser) escaped(begun string) (string, error) {
	var b strings.Builder
	b.WriteString(begun)
	for p.pos < len(p.text) {
		switch c := p.text[p.pos]; {
		case c == '"':
			p.pos++
			return b.String(), nil
		case c < ' ':
			return "", p.fail("control character in a string")
		case c == '\\':
			r, err := p.escape()
			if err != nil {
				return "", err
			}
			b.WriteRune(r)
		default:
			b.WriteByte(c)
			p.pos++
		}
	}
	return "", p.fail("unexpected end, want a quotation mark")
}

func (p *Parser) escape() (rune, error) {
	rest := p.text[p.pos+1:]
	if rest == "" {
		p.pos = len(p.text)
		return 0, p.fail("unexpected end, want an escape")
	}
	const letters, runes = `"\/bfnrt`, "\"\\/\b\f\n\r\t"
	if i := strings.IndexByte(letters, rest[0]); i >= 0 {
		p.pos += 2
		return rune(runes[i]), nil
	}
	r, ok := hex4(rest)
	if !ok {
		return 0, p.fail("unknown escape")
	}
	p.pos += 6
	if !utf16.IsSurrogate(r) {
		return r, nil
	}
	if strings.HasPrefix(p.text[p.pos:], `\`) {
		if low, ok := hex4(p.text[p.pos+1:]); ok {
			if pair := utf16.DecodeRune(r, low); pair != utf8.RuneError {
				p.pos += 6
				return pair, nil
			}
		}
	}
	return utf8.RuneError, nil
}

// hex4 reads "uXXXX".
func hex4(s string) (rune, bool) {
	if len(s) < 5 || s[0] != 'u' {
		return 0, false
	}
	var r rune
	for _, c := range []byte(s[1:5]) {
		switch {
		case c >= '0' && c <= '9':
			c -= '0'
		case c >= 'a' && c <= 'f':
			c -= 'a' - 10
		case c >= 'A' && c <= 'F':
			c -= 'A' - 10
		default:
			return 0, false
		}
		r = r<<4 | rune(c)
	}
	return r, true
}
