// Package theme holds every style and drawing character of the screen.
//
// A Style is a pair of escape sequences made once, so that a row of live data costs a concatenation and not a layout pass.
// Each style switches off only what it switched on, so styles nest. Colours are of middle brightness: they can be read on a
// dark and on a light terminal alike, since the program does not ask the terminal which it is.
package theme

import (
	"github.com/muesli/termenv"
)

// A Style brackets text with escape sequences. The zero Style leaves text as it is.
type Style struct{ On, Off string }

// Render is the text in the style. The text must be sanitised: see widget.Sanitize.
func (s Style) Render(text string) string {
	if text == "" || s.On == "" {
		return text
	}
	return s.On + text + s.Off
}

// with puts another style around this one.
func (s Style) with(outer Style) Style {
	return Style{On: outer.On + s.On, Off: s.Off + outer.Off}
}

// Glyphs are the drawing characters, in a set for every terminal.
type Glyphs struct {
	TopLeft, TopRight, BottomLeft, BottomRight string
	Horizontal, Vertical, TeeLeft, TeeRight    string
	Cursor, Folded, Unfolded, Ellipsis, Dash   string
	Dot, Hollow, Paused, Star, Pending, Check  string
	Down, Up, BoxOn, BoxOff, Bar, Arrow        string
	Overlap, Mark                              string
	Spark                                      string // from nothing to much, one character each
	Full, Rest                                 string // of a bar of progress
}

// A Theme is every style of the screen by meaning, and the characters it is drawn with.
type Theme struct {
	Glyphs

	Text, Dim, Bold          Style
	Frame, FrameFocus        Style // the border of a pane, without and with the focus
	Title, TitleFocus        Style
	Accent                   Style // the one accent colour: what is in focus, keys in help
	Error, Warn, OK          Style
	Desired, Reported, Delta Style // the three colours of a shadow, the same everywhere
	Key, String, Number      Style // JSON
	Literal                  Style // true, false, null
	Topic                    Style
	Selected, SelectedBlur   Style // the row under the cursor, with and without the focus
	Fresh                    Style // data that just changed
	Caret                    Style // the character under the cursor of a text
	Toast, ToastError        Style
	ToastNotice              Style
	Match                    Style                 // what a filter or a search has found in a text
	Tones                    [len(ToneNames)]Style // what a user marks subscriptions with; the first is none
}

// ToneNames are what the tones are called.
var ToneNames = [...]string{"none", "teal", "rose", "olive", "sand", "steel"}

// Options choose what the terminal can show.
type Options struct {
	Profile termenv.Profile // colours; termenv.Ascii for none at all
	ASCII   bool            // no box drawing
}

// New makes the theme for a terminal.
func New(o Options) *Theme {
	p := palette{o.Profile}
	t := &Theme{Glyphs: unicodeGlyphs}
	if o.ASCII {
		t.Glyphs = asciiGlyphs
	}
	dim, bold := p.fg("#808080"), p.attr("1", "22")
	accent := p.fg("#af7ac5")
	t.Dim, t.Bold = dim, bold
	t.Frame, t.FrameFocus = p.fg("#6c6c6c"), accent
	t.Title, t.TitleFocus = Style{}, bold.with(accent)
	t.Accent = accent
	t.Error, t.Warn, t.OK = p.fg("#d9534f"), p.fg("#c68a1f"), p.fg("#3fa566")
	t.Desired, t.Reported, t.Delta = p.fg("#5b8def"), p.fg("#3fa566"), p.fg("#c68a1f")
	t.Key, t.String, t.Number, t.Literal = p.fg("#5fa3c7"), Style{}, p.fg("#b08a5a"), p.fg("#a37fc9")
	t.Topic = Style{}
	t.Selected = p.pair("#ffffff", "#3d4f7c")
	t.SelectedBlur = p.pair("#e4e4e4", "#4a4a4a")
	t.Fresh = bold
	t.Match = p.attr("1;4", "22;24")
	t.Caret = p.attr("7", "27")
	t.Toast, t.ToastError = p.pair("#ffffff", "#2f6b47"), p.pair("#ffffff", "#8f2f2b")
	t.ToastNotice = p.pair("#ffffff", "#7a5a12")
	for i, hex := range [...]string{"#3f9f98", "#c4729c", "#8f9645", "#b08a5a", "#7189a8"} {
		t.Tones[i+1] = p.fg(hex)
	}
	return t
}

// Plain is a theme without colour, for tests and for terminals that have none.
func Plain() *Theme { return New(Options{Profile: termenv.Ascii}) }

type palette struct{ profile termenv.Profile }

func (p palette) attr(on, off string) Style {
	if p.profile == termenv.Ascii {
		return Style{}
	}
	return Style{On: "\x1b[" + on + "m", Off: "\x1b[" + off + "m"}
}

func (p palette) fg(hex string) Style {
	if p.profile == termenv.Ascii {
		return Style{}
	}
	return p.attr(p.profile.Color(hex).Sequence(false), "39")
}

func (p palette) pair(fg, bg string) Style {
	if p.profile == termenv.Ascii {
		return Style{}
	}
	return p.attr(p.profile.Color(fg).Sequence(false)+";"+p.profile.Color(bg).Sequence(true), "39;49")
}

var unicodeGlyphs = Glyphs{
	TopLeft: "╭", TopRight: "╮", BottomLeft: "╰", BottomRight: "╯",
	Horizontal: "─", Vertical: "│", TeeLeft: "├", TeeRight: "┤",
	Cursor: "▌", Folded: "▸", Unfolded: "▾", Ellipsis: "…", Dash: "–",
	Dot: "●", Hollow: "○", Paused: "‖", Star: "★", Pending: "≠", Check: "✓",
	Down: "↓", Up: "↑", BoxOn: "☑", BoxOff: "☐", Bar: "·", Arrow: "→",
	Overlap: "∩", Mark: "◆", Spark: " ▁▂▃▄▅▆▇█",
	Full: "█", Rest: "░",
}

var asciiGlyphs = Glyphs{
	TopLeft: "+", TopRight: "+", BottomLeft: "+", BottomRight: "+",
	Horizontal: "-", Vertical: "|", TeeLeft: "+", TeeRight: "+",
	Cursor: ">", Folded: ">", Unfolded: "v", Ellipsis: "~", Dash: "-",
	Dot: "*", Hollow: "o", Paused: "=", Star: "*", Pending: "!", Check: "x",
	Down: "v", Up: "^", BoxOn: "[x]", BoxOff: "[ ]", Bar: "-", Arrow: "->",
	Overlap: "&", Mark: "*", Spark: " .,:;=+*#",
	Full: "#", Rest: ".",
}
