package filter

import (
	"bytes"
	"strings"
	"unicode"
	"unicode/utf8"
)

// word is text to search for: as it is when it holds a capital, else whatever the case.
type word struct {
	text   string
	exact  bool
	fold   string // text in lower case, of ASCII only
	anchor int    // the byte of fold to look for first: the rarest
	other  bool   // not exact, and not ASCII: folded by Unicode
}

func newWord(text string) word {
	w := word{text: text, exact: strings.IndexFunc(text, unicode.IsUpper) >= 0}
	letters := false
	for i := range len(text) {
		w.other = w.other || text[i] >= utf8.RuneSelf
		letters = letters || text[i] >= 'a' && text[i] <= 'z'
	}
	if w.exact || !letters && !w.other {
		w.exact, w.other = true, false
		return w
	}
	w.fold = strings.ToLower(text)
	for i := range len(w.fold) {
		if rarity(w.fold[i]) > rarity(w.fold[w.anchor]) {
			w.anchor = i
		}
	}
	return w
}

// rarity orders bytes by how seldom they stand in topics and JSON. A byte that is no letter has one case only, which halves the work.
func rarity(c byte) int {
	const common = "etaoinsrhldcumfpgwybvkxjqz" // in English, the most frequent first
	if i := strings.IndexByte(common, c); i >= 0 {
		return i
	}
	switch c {
	case '"', ':', ',', '0', '1', '2', '.', ' ', '/', '{', '}':
		return 5
	}
	return 30
}

// in says whether the word stands in a text.
func (w *word) in(text []byte) bool { return w.index(text) >= 0 }

// index is where the word first stands in a text, or -1.
func (w *word) index(text []byte) int {
	switch {
	case w.exact:
		return bytes.Index(text, []byte(w.text))
	case w.other:
		return foldIndex(text, w.text)
	}
	c := w.fold[w.anchor]
	if c < 'a' || c > 'z' {
		return w.scan(text, c)
	}
	lower := w.scan(text, c)
	if lower >= 0 {
		text = text[:min(len(text), lower+len(w.fold)-1)] // only what stands before it counts
	}
	if upper := w.scan(text, c-'a'+'A'); upper >= 0 {
		return upper
	}
	return lower
}

// scan looks for the word where its anchor is the byte c.
func (w *word) scan(text []byte, c byte) int {
	for from := w.anchor; from < len(text); {
		i := bytes.IndexByte(text[from:], c)
		if i < 0 {
			return -1
		}
		at := from + i - w.anchor
		if at+len(w.fold) > len(text) {
			return -1
		}
		if foldEqual(text[at:at+len(w.fold)], w.fold) {
			return at
		}
		from += i + 1
	}
	return -1
}

// foldEqual compares text with an ASCII text in lower case of the same length.
func foldEqual(text []byte, lower string) bool {
	for i := range len(lower) {
		c := text[i]
		if c >= 'A' && c <= 'Z' {
			c += 'a' - 'A'
		}
		if c != lower[i] {
			return false
		}
	}
	return true
}

// foldIndex is where a text stands in another, whatever the case of any letter.
func foldIndex(text []byte, word string) int {
	n := utf8.RuneCountInString(word)
	for i := 0; i < len(text); {
		end := i
		for range n {
			_, size := utf8.DecodeRune(text[end:])
			end += size
		}
		if end > len(text) {
			return -1
		}
		if bytes.EqualFold(text[i:end], []byte(word)) {
			return i
		}
		_, size := utf8.DecodeRune(text[i:])
		i += size
	}
	return -1
}

// Find is where one of the words of the filter first stands in text from byte from on: for drawing and jumping. False when none does.
func (f *Filter) Find(text []byte, from int) (start, end int, ok bool) {
	for i := range f.terms {
		t := &f.terms[i]
		if t.exclude {
			continue
		}
		at, n := -1, 0
		switch t.kind {
		case byWord:
			at, n = t.word.index(text[from:]), len(t.word.text)
		case byRegexp:
			if loc := t.re.FindIndex(text[from:]); loc != nil && loc[1] > loc[0] {
				at, n = loc[0], loc[1]-loc[0]
			}
		}
		if at >= 0 && (!ok || from+at < start) {
			start, end, ok = from+at, min(len(text), from+at+n), true
		}
	}
	return start, end, ok
}
