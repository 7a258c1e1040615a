// Package connect is the dialogs of connections: the list of profiles, the form of one, a trial of it, and the prompt for a secret.
package connect

import (
	"context"
	"time"

	tea "github.com/charmbracelet/bubbletea"

	"example.com/thingdeck/client"
	"example.com/thingdeck/keymap"
	"example.com/thingdeck/ui/theme"
	"example.com/thingdeck/ui/widget"
)

// Dialog is what the root shows over the panes.
type Dialog interface {
	Update(tea.Msg) (intents []any, cmd tea.Cmd)
	Refresh(now time.Time)
	View() string
	SetSize(w, h int)
	SetFocus(on bool) tea.Cmd
	Actions() []keymap.Action
	Do(action string) (intents []any, cmd tea.Cmd)
	Typing() bool
	Want(maxW, maxH int) (w, h int)
}

// What the dialogs want done by the root.
type (
	// Close takes the dialog away.
	Close struct{}
	// Show puts another dialog over it.
	Show struct{ Dialog Dialog }
	// Open connects as a profile says; "" is the local AWS IoT.
	Open struct {
		Name   string
		NewTab bool
	}
	// Renamed says that a profile has another name now.
	Renamed struct{ From, To string }
	// Saved says that a profile was written. Adopted: it is that of the tab that had none.
	Saved struct {
		Name    string
		Adopted bool
	}
	// Tell is the outcome of an action.
	Tell struct {
		Text  string
		Error bool
	}
	// Answered is what the user said to a prompt; Refused that they said nothing.
	Answered struct {
		Prompt   *Prompt
		Text     string
		Remember bool
	}
	Refused struct{ Prompt *Prompt }
)

// Entry is a saved connection in the list. Texts may hold anything.
type Entry struct {
	Name, Kind, Endpoint, Auth string
	Default                    bool
	Unsaved                    bool   // it is a connection that no profile says: it has no name
	Wrong                      string // why it cannot be used; "" when it can
}

// Tab is a connection that is open.
type Tab struct {
	Name     string // of the profile
	Saved    bool   // Name is a profile, or the local AWS IoT
	Number   int    // from 1
	Current  bool   // it is the tab shown
	ClientID string // that the profile fixes; "" where one was made up
}

// Field describes a field of a profile.
type Field struct {
	Name    string
	Choices []string // the only texts allowed, if any
	Many    bool     // several texts, a line each
	File    bool
	Default string
	Own     bool // about the connection
}

// Profiles are the saved connections. Methods with a context may wait for the keyring, the others read and write small files: all
// are called apart from Update, except New, Fields and CheckName, which return at once.
type Profiles interface {
	List() ([]Entry, error)
	New(kind string) Draft
	// Unsaved is the connection that no profile says, with a draft of a profile; nil when there is none.
	Unsaved() (Entry, Draft)
	Edit(name string) (Draft, error)
	Copy(name string) (as string, err error)
	Rename(ctx context.Context, name, as string) error
	Remove(ctx context.Context, name string) error
	SetDefault(name string) error // "" for none
	Fields() []Field
	CheckName(name string) error
	// Complete is the files and folders that a path begins.
	Complete(path string) []string
}

// Draft is a profile being edited. Save, Kept and Test may wait; nothing else is called meanwhile but what reads.
type Draft interface {
	Name() string
	SetName(name string)
	Was() string // the name it is saved under; "" when it is new
	Kind() string
	Text(field string) string
	Set(field, text string)
	Problems() map[string]error
	Advice() map[string]string
	SetSecret(name, text string, forget bool)
	Changed() bool
	// Kept says where each secret is, and why there is no keyring.
	Kept(ctx context.Context) (where map[string]string, why error)
	Save(ctx context.Context) (notice string, err error)
	Test(ctx context.Context) client.Trial
}

// base is what all dialogs here have in common.
type base struct {
	theme *theme.Theme
	keys  *keymap.Map
	w, h  int
	focus bool
	view  string
}

// SetSize sets the outer size.
func (b *base) SetSize(w, h int) { b.w, b.h = w, h }

// SetFocus tells whether the dialog takes keys.
func (b *base) SetFocus(on bool) tea.Cmd {
	b.focus = on
	return nil
}

// View is what Refresh drew.
func (b *base) View() string { return b.view }

// Typing is true: keys are the dialog's own.
func (b *base) Typing() bool { return true }

// action is an action with the words that fit here.
func (b *base) action(name, short, text string) keymap.Action {
	a := b.keys.Action(name)
	if short != "" {
		a.Short, a.Text = short, text
	}
	return a
}

func (b *base) draw(title, right string, lines []string, dividers map[int]string) {
	b.view = widget.Box{W: b.w, H: b.h, Focus: b.focus, Title: title, Right: right, Lines: lines, Dividers: dividers}.Render(b.theme)
}

// name is a key's action: of the scopes, but for text that goes into a field.
func (b *base) name(msg tea.KeyMsg, scopes ...string) string {
	action, _ := b.keys.Lookup(msg.String(), scopes...)
	return action
}

// isText says that a key is a text for a field.
func isText(msg tea.KeyMsg) bool {
	return msg.Type == tea.KeyRunes && !msg.Alt || msg.Type == tea.KeySpace || msg.Paste
}

func safe(text string, w int) string {
	s, _ := widget.Sanitize(text, max(1, w))
	return s
}

// click is the line inside the frame that was clicked, or -1.
func click(msg tea.MouseMsg) int {
	if msg.Action != tea.MouseActionPress || msg.Button != tea.MouseButtonLeft {
		return -1
	}
	return msg.Y - 1
}
