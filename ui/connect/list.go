package connect

import (
	"context"
	"fmt"
	"strings"
	"time"

	tea "github.com/charmbracelet/bubbletea"

	"example.com/thingdeck/keymap"
	"example.com/thingdeck/ui/theme"
	"example.com/thingdeck/ui/widget"
)

// List is the dialog of saved connections. The last row is the local AWS IoT, which needs no profile.
type List struct {
	base
	profiles Profiles
	tabs     func() []Tab
	entries  []Entry
	err      error // of reading them
	loaded   bool
	unsaved  bool    // a tab has a connection that no profile says
	want     *string // the profile to stand on once they are read; nil stays
	scroll   widget.Scroll
}

type listedMsg struct {
	entries []Entry
	err     error
}

// doneMsg is the outcome of a change; the list is read again.
type doneMsg struct {
	text, name string
	err        error
}

// NewList makes the dialog; it reads the profiles when it gets the focus.
func NewList(t *theme.Theme, keys *keymap.Map, p Profiles, tabs func() []Tab) *List {
	d := &List{base: base{theme: t, keys: keys}, profiles: p, tabs: tabs}
	for _, tab := range tabs() {
		if tab.Current && tab.Saved {
			d.want = &tab.Name
		}
		d.unsaved = d.unsaved || !tab.Saved
	}
	return d
}

// Want is a row a profile, two for what is said below.
func (d *List) Want(maxW, maxH int) (w, h int) {
	return min(maxW, 100), min(maxH, max(12, len(d.entries)+7))
}

// SetFocus reads the profiles again: a dialog above may have changed them.
func (d *List) SetFocus(on bool) tea.Cmd {
	d.focus = on
	if on {
		return d.load()
	}
	return nil
}

func (d *List) load() tea.Cmd {
	return func() tea.Msg {
		entries, err := d.profiles.List()
		if d.unsaved {
			if e, draft := d.profiles.Unsaved(); draft != nil {
				entries = append([]Entry{e}, entries...)
			}
		}
		return listedMsg{entries, err}
	}
}

// standOn is the profile that the cursor goes to when the list is read again.
func (d *List) standOn(name string) { d.want = &name }

// entry is the row under the cursor; the local AWS IoT has no name.
func (d *List) entry() Entry {
	if d.scroll.Cursor < len(d.entries) {
		return d.entries[d.scroll.Cursor]
	}
	return Entry{Kind: "Local", Endpoint: "in this program", Auth: "none"}
}

// Update moves, and does what a key says.
func (d *List) Update(msg tea.Msg) ([]any, tea.Cmd) {
	switch msg := msg.(type) {
	case tea.KeyMsg:
		if msg.Paste {
			return nil, nil
		}
		return d.Do(d.name(msg, "connections", "list", "global"))
	case tea.MouseMsg:
		return d.mouse(msg)
	case listedMsg:
		d.entries, d.err, d.loaded = msg.entries, msg.err, true
		d.scroll.Fit(len(d.entries)+1, d.rows())
		for i, e := range d.entries {
			if d.want != nil && e.Name == *d.want && !e.Unsaved {
				d.scroll.Cursor = i
			}
		}
		if d.want != nil && *d.want == "" {
			d.scroll.Cursor = len(d.entries)
		}
		d.want = nil
	case editMsg:
		switch {
		case msg.err != nil:
			return []any{Tell{msg.err.Error(), true}}, nil
		case msg.draft == nil:
			return nil, nil
		case msg.test:
			return []any{Show{newTrial(d.theme, d.keys, msg.draft)}}, nil
		}
		form := NewForm(d.theme, d.keys, d.profiles, msg.draft)
		form.saved, form.adopts = d.standOn, msg.unsaved
		return []any{Show{form}}, nil
	case doneMsg:
		if msg.err != nil {
			return []any{Tell{msg.err.Error(), true}}, d.load()
		}
		d.want = &msg.name
		return []any{Tell{msg.text, false}}, d.load()
	}
	return nil, nil
}

func (d *List) mouse(msg tea.MouseMsg) ([]any, tea.Cmd) {
	switch {
	case msg.Button == tea.MouseButtonWheelDown:
		d.scroll.Wheel(1)
	case msg.Button == tea.MouseButtonWheelUp:
		d.scroll.Wheel(-1)
	}
	if row := click(msg); row >= 1 {
		first, end := d.scroll.Visible()
		if at := first + row - 1; at < end {
			if at == d.scroll.Cursor {
				return d.Do("list.open")
			}
			d.scroll.Cursor = at
		}
	}
	return nil, nil
}

// Do acts on the row under the cursor.
func (d *List) Do(action string) ([]any, tea.Cmd) {
	if d.scroll.Do(action) {
		return nil, nil
	}
	if action != "" && d.off(action) != "" {
		return []any{Tell{d.off(action), true}}, nil
	}
	e := d.entry()
	if save := action == "list.open" || action == "connections.edit" || action == "connections.save"; save && e.Unsaved {
		_, draft := d.profiles.Unsaved()
		return nil, func() tea.Msg { return editMsg{draft: draft, unsaved: true} }
	}
	switch action {
	case "global.back":
		return []any{Close{}}, nil
	case "list.open":
		return []any{Close{}, Open{Name: e.Name}}, nil
	case "connections.newtab":
		return []any{Close{}, Open{Name: e.Name, NewTab: true}}, nil
	case "connections.add":
		return []any{Show{newKinds(d.theme, d.keys, d.profiles, d.standOn)}}, nil
	case "connections.edit", "connections.test":
		return nil, d.edit(e.Name, action == "connections.test")
	case "connections.duplicate":
		return nil, d.change(func() (string, string, error) {
			as, err := d.profiles.Copy(e.Name)
			return "copied to " + as + ", without its secrets", as, err
		})
	case "connections.rename":
		return []any{Show{newRename(d.theme, d.keys, d.profiles, e.Name)}}, nil
	case "connections.default":
		return nil, d.change(func() (string, string, error) {
			if e.Default {
				return e.Name + " is the default no more", e.Name, d.profiles.SetDefault("")
			}
			return e.Name + " is what thingdeck connects to when nothing else is said", e.Name, d.profiles.SetDefault(e.Name)
		})
	case "connections.delete":
		return []any{Show{newDelete(d.theme, d.keys, d.profiles, e.Name)}}, nil
	}
	return nil, nil
}

func (d *List) change(do func() (text, name string, err error)) tea.Cmd {
	return func() tea.Msg {
		text, name, err := do()
		return doneMsg{text, name, err}
	}
}

// editMsg is a profile that was read, to be edited or tested.
type editMsg struct {
	draft   Draft
	test    bool
	unsaved bool
	err     error
}

func (d *List) edit(name string, test bool) tea.Cmd {
	return func() tea.Msg {
		draft, err := d.profiles.Edit(name)
		return editMsg{draft: draft, test: test, err: err}
	}
}

// off is why an action cannot be done with the row under the cursor; "" when it can.
func (d *List) off(action string) string {
	e := d.entry()
	_, saved := map[string]bool{"connections.edit": true, "connections.test": true, "connections.duplicate": true,
		"connections.rename": true, "connections.default": true, "connections.delete": true}[action]
	usable := action == "list.open" || action == "connections.newtab" || action == "connections.default" || action == "connections.test"
	switch {
	case e.Unsaved && (action == "connections.edit" || action == "list.open"):
	case e.Unsaved && (saved || usable):
		return "the connection is not saved: " + d.keys.Action("list.open").Key() + " saves it under a name"
	case saved && e.Name == "" && !e.Unsaved:
		return "the local AWS IoT needs no profile: a makes one"
	case action == "connections.test" && e.Kind == "Local":
		return "the local AWS IoT is in this program: there is nothing to test"
	case action == "connections.save" && !e.Unsaved:
		return "it is saved: " + d.keys.Action("connections.edit").Key() + " edits it"
	case e.Wrong != "" && (usable || action == "connections.edit" || action == "connections.duplicate"):
		return e.Wrong
	case action == "connections.test":
		for _, t := range d.tabs() {
			if t.Saved && t.Name == e.Name && t.ClientID != "" {
				return fmt.Sprintf("tab %d is connected with this client ID: a test would take its place", t.Number)
			}
		}
	}
	return ""
}

// Actions is what can be done with the row under the cursor.
func (d *List) Actions() []keymap.Action {
	all := []keymap.Action{d.action("list.open", "connect", "connect in this tab, in place of its connection")}
	if d.entry().Unsaved {
		all[0] = d.action("list.open", "save", "save the connection under a name")
	}
	for _, a := range d.keys.Actions("connections") {
		if a.Name != "connections.save" {
			all = append(all, a)
		}
	}
	for i, a := range all {
		all[i] = a.Disabled(d.off(a.Name))
	}
	return append(all, d.keys.Action("global.back"))
}

// rows is how many profiles can be shown.
func (d *List) rows() int { return max(0, d.h-2-1-4) }

// Refresh draws the list, and below it what there is to know of the row under the cursor.
func (d *List) Refresh(time.Time) {
	d.scroll.Fit(len(d.entries)+1, d.rows())
	room := max(0, d.w-2)
	where, auth, kind := room*36/100, 9, room*25/100
	name := max(0, room-where-auth-kind-3)
	lines := []string{d.theme.Dim.Render(widget.Fit("   name", name+3) + widget.Fit("to", where) + widget.Fit("by", auth) + widget.Fit("began as", kind))}
	first, end := d.scroll.Visible()
	for i := first; i < end; i++ {
		e := Entry{Kind: "Local", Endpoint: "in this program", Auth: "none"}
		if i < len(d.entries) {
			e = d.entries[i]
		}
		lines = append(lines, d.row(e, i == d.scroll.Cursor, name, where, auth, kind))
	}
	for len(lines) < d.rows()+1 {
		lines = append(lines, "")
	}
	at := len(lines)
	lines = append(lines, "")
	lines = append(lines, d.below(room)...)
	keys := "enter connects · o in a new tab · esc closes"
	if d.entry().Unsaved {
		keys = "enter saves · esc closes"
	}
	d.draw("Connections", keys, lines, map[int]string{at: ""})
}

func (d *List) row(e Entry, here bool, name, where, auth, kind int) string {
	mark := " "
	if e.Default {
		mark = d.theme.Star
	}
	cursor := " "
	if here {
		cursor = d.theme.Cursor
	}
	label := e.Name
	switch {
	case e.Unsaved:
		label = "not saved"
	case label == "":
		label = "local"
	}
	if open := d.open(e); open != "" {
		label = widget.Fit(safe(label, name), max(0, min(widget.Width(safe(label, name)), name-widget.Width(open)-2))) + "  " + open
	}
	to := widget.Fit(safe(e.Endpoint, where), max(0, where-1)) + " "
	text := mark + " " + widget.Fit(safe(label, name), name) + to + widget.Fit(safe(e.Auth, auth), auth) + widget.Fit(safe(e.Kind, kind), kind)
	if e.Wrong != "" {
		text = mark + " " + widget.Fit(safe(label, name), name) + widget.Fit("cannot be used", where+auth+kind)
	}
	switch {
	case here && d.focus:
		return cursor + d.theme.Selected.Render(text)
	case here:
		return cursor + d.theme.SelectedBlur.Render(text)
	case e.Wrong != "":
		return cursor + d.theme.Error.Render(text)
	}
	return cursor + text
}

// open says in which tabs a connection is open.
func (d *List) open(e Entry) string {
	var tabs []string
	for _, t := range d.tabs() {
		if t.Saved != e.Unsaved && t.Name == e.Name {
			tabs = append(tabs, fmt.Sprint(t.Number))
		}
	}
	if len(tabs) == 0 {
		return ""
	}
	return "tab " + strings.Join(tabs, ", ")
}

// below is what is said under the list: two lines.
func (d *List) below(w int) []string {
	e := d.entry()
	text, style := d.hint(), d.theme.Dim
	switch {
	case e.Unsaved:
		text = "what the command line says; enter saves it under a name"
	case d.err != nil:
		text, style = d.err.Error(), d.theme.Error
	case e.Wrong != "":
		text, style = e.Wrong, d.theme.Error
	case !d.loaded:
		text = "reading"
	}
	var lines []string
	for _, line := range wrap(text, max(1, w-2), 2) {
		lines = append(lines, " "+style.Render(line))
	}
	return lines
}

// hint names the keys of what can be done with the profile.
func (d *List) hint() string {
	var parts []string
	for _, name := range []string{"add", "edit", "duplicate", "rename", "test", "default", "delete"} {
		if a := d.keys.Action("connections." + name); a.Key() != "" && d.off(a.Name) == "" {
			parts = append(parts, a.Key()+" "+a.Short)
		}
	}
	return strings.Join(parts, " "+d.theme.Bar+" ")
}

// forSecrets bounds what waits for the keyring while its user unlocks it.
const forSecrets = 20 * time.Second

func waiting() (context.Context, context.CancelFunc) {
	return context.WithTimeout(context.Background(), forSecrets)
}
