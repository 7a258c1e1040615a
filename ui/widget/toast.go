package widget

import (
	"time"

	"example.com/thingdeck/ui/theme"
)

// A Toast is the outcome of one action, shown over the status bar: a success goes by itself, an error stays until the next key.
type Toast struct {
	ID    uint64 // what asked, so that a later outcome of the same thing replaces it; 0 for none
	Text  string // sanitised
	Error bool
	Until time.Time // when a success goes; ignored for an error
}

// Toasts holds the newest toast. The zero Toasts shows none.
type Toasts struct{ shown *Toast }

// toastTime is how long a success stays.
const toastTime = 4 * time.Second

// Show replaces what is shown. Text from outside is made safe.
func (t *Toasts) Show(id uint64, text string, isError bool, now time.Time) {
	safe, _ := Sanitize(text, 0)
	t.shown = &Toast{ID: id, Text: safe, Error: isError, Until: now.Add(toastTime)}
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
	if t.Error {
		style, mark = th.ToastError, "!"
	}
	return style.Render(Fit(" "+mark+" "+t.Text, w))
}
