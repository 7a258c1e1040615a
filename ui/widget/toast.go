package widget

import (
	"time"

	"example.com/thingdeck/ui/theme"
)

// A Toast is the outcome of one action, or a notice, shown over the status bar: an error stays until the next key, the rest goes by
// itself.
type Toast struct {
	ID    uint64 // what asked, so that a later outcome of the same thing replaces it; 0 for none
	Text  string // sanitised
	Error bool
	Mild  bool      // a notice: nothing was asked, and nothing failed
	Until time.Time // when it goes; ignored for an error
}

// Toasts holds the newest toast. The zero Toasts shows none.
type Toasts struct{ shown *Toast }

// How long toasts stay: a success, and a notice, which nobody waits for.
const (
	toastTime  = 4 * time.Second
	noticeTime = 8 * time.Second
)

// Show replaces what is shown. Text from outside is made safe.
func (t *Toasts) Show(id uint64, text string, isError bool, now time.Time) {
	safe, _ := Sanitize(text, 0)
	t.shown = &Toast{ID: id, Text: safe, Error: isError, Until: now.Add(toastTime)}
}

// Notice shows something that nobody asked for, unless an error is shown. Text from outside is made safe.
func (t *Toasts) Notice(text string, now time.Time) {
	if t.shown != nil && t.shown.Error {
		return
	}
	safe, _ := Sanitize(text, 0)
	t.shown = &Toast{Text: safe, Mild: true, Until: now.Add(noticeTime)}
}

// Key takes an error away: the user has seen it and goes on.
func (t *Toasts) Key() {
	if t.shown != nil && t.shown.Error {
		t.shown = nil
	}
}

// Current is what to show now, or nil.
func (t *Toasts) Current(now time.Time) *Toast {
	if t.shown != nil && !t.shown.Error && !now.Before(t.shown.Until) {
		t.shown = nil
	}
	return t.shown
}

// View draws the toast in exactly w cells.
func (t Toast) View(th *theme.Theme, w int) string {
	style, mark := th.Toast, th.Check
	switch {
	case t.Error:
		style, mark = th.ToastError, "!"
	case t.Mild:
		style, mark = th.ToastNotice, th.Dot
	}
	return style.Render(Fit(" "+mark+" "+t.Text, w))
}
