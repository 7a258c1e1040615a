package connect

import (
	"time"

	tea "github.com/charmbracelet/bubbletea"

	"example.com/thingdeck/keymap"
	"example.com/thingdeck/ui/theme"
	"example.com/thingdeck/ui/widget"
)

// ended takes a small dialog away when what it began has ended, or tells why it did not.
type endedMsg struct {
	text string
	err  error
}

// question asks for a yes.
type question struct {
	base
	title, text, yes string
	do               func() tea.Msg // endedMsg
	intents          []any          // what y wants done, where do is nil
	busy             bool
	failed           string
}

func newDelete(t *theme.Theme, keys *keymap.Map, p Profiles, name string) *question {
	return &question{base: base{theme: t, keys: keys}, title: "Delete " + name + "?", yes: "delete",
		text: "The profile and its passwords in the keyring go. Certificates and keys stay where they are.",
		do: func() tea.Msg {
			ctx, cancel := waiting()
			defer cancel()
			return endedMsg{name + " is deleted", p.Remove(ctx, name)}
		}}
}

// Want is a few lines.
func (d *question) Want(maxW, maxH int) (w, h int) { return min(maxW, 60), min(maxH, 7) }

// Update takes y or esc.
func (d *question) Update(msg tea.Msg) ([]any, tea.Cmd) {
	switch msg := msg.(type) {
	case tea.KeyMsg:
		switch {
		case d.busy || msg.Paste:
		case msg.String() == "y" && d.do == nil:
			return d.intents, nil
		case msg.String() == "y":
			d.busy = true
			return nil, d.do
		case msg.String() == "n":
			return []any{Close{}}, nil
		default:
			return d.Do(d.name(msg, "global"))
		}
	case endedMsg:
		if d.busy = false; msg.err != nil {
			d.failed = msg.err.Error()
			return nil, nil
		}
		return []any{Close{}, Tell{msg.text, false}}, nil
	}
	return nil, nil
}

// Do closes.
func (d *question) Do(action string) ([]any, tea.Cmd) {
	if action == "global.back" && !d.busy {
		return []any{Close{}}, nil
	}
	return nil, nil
}

// Actions is what can be done.
func (d *question) Actions() []keymap.Action { return []keymap.Action{d.keys.Action("global.back")} }

// Refresh draws the question.
func (d *question) Refresh(time.Time) {
	style, text := d.theme.Text, d.text
	if d.failed != "" {
		style, text = d.theme.Error, d.failed
	}
	var lines []string
	for _, line := range wrap(text, max(1, d.w-4), 3) {
		lines = append(lines, " "+style.Render(line))
	}
	for len(lines) < 4 {
		lines = append(lines, "")
	}
	lines = append(lines, " "+d.theme.Accent.Render("y")+" "+d.yes+"   "+d.theme.Accent.Render("esc")+" keep")
	d.draw(safe(d.title, d.w), "", lines, nil)
}

// rename asks for another name.
type rename struct {
	base
	profiles Profiles
	was      string
	name     *widget.Field
	busy     bool
	failed   string
}

func newRename(t *theme.Theme, keys *keymap.Map, p Profiles, name string) *rename {
	d := &rename{base: base{theme: t, keys: keys}, profiles: p, was: name, name: widget.NewField(t, "Name", p.CheckName)}
	d.name.SetValue(name)
	return d
}

// Want is a row and what is to be said.
func (d *rename) Want(maxW, maxH int) (w, h int) { return min(maxW, 60), min(maxH, 5) }

// SetFocus gives the field the cursor.
func (d *rename) SetFocus(on bool) tea.Cmd {
	if d.focus = on; on {
		return d.name.Focus()
	}
	d.name.Blur()
	return nil
}

// Update types and renames.
func (d *rename) Update(msg tea.Msg) ([]any, tea.Cmd) {
	switch msg := msg.(type) {
	case tea.KeyMsg:
		if action := d.chord(msg); action != "" {
			return d.Do(action)
		}
		d.failed = ""
		return nil, d.name.Update(msg)
	case endedMsg:
		if d.busy = false; msg.err != nil {
			d.failed = msg.err.Error()
			return nil, nil
		}
		return []any{Close{}, Renamed{d.was, d.name.Value()}, Tell{msg.text, false}}, nil
	}
	return nil, nil
}

func (d *rename) chord(msg tea.KeyMsg) string {
	if isText(msg) {
		return ""
	}
	if action := d.base.name(msg, "list", "global"); action == "list.open" || action == "global.back" {
		return action
	}
	return ""
}

// Do renames or closes.
func (d *rename) Do(action string) ([]any, tea.Cmd) {
	switch {
	case d.busy:
	case action == "global.back":
		return []any{Close{}}, nil
	case action == "list.open" && d.name.Err() == nil:
		d.busy = true
		as := d.name.Value()
		return nil, func() tea.Msg {
			ctx, cancel := waiting()
			defer cancel()
			return endedMsg{d.was + " is called " + as + " now", d.profiles.Rename(ctx, d.was, as)}
		}
	}
	return nil, nil
}

// Actions is what can be done.
func (d *rename) Actions() []keymap.Action {
	return []keymap.Action{d.action("list.open", "rename", "give the profile this name"), d.keys.Action("global.back")}
}

// Refresh draws the dialog.
func (d *rename) Refresh(time.Time) {
	note := ""
	if d.failed != "" {
		note = d.failed
	} else if err := d.name.Err(); err != nil {
		note = err.Error()
	}
	room := max(0, d.w-4)
	d.draw("Rename "+safe(d.was, 40), "enter renames · esc closes", []string{" " + d.name.View(room), "", " " + d.theme.Error.Render(safe(note, room))}, nil)
}

// kinds asks what a new profile begins as.
type kinds struct {
	base
	profiles Profiles
	saved    func(name string) // told of the profile that comes of it
	scroll   widget.Scroll
}

// startingPoints are the kinds of profile with what they are for, in the order in which they are offered.
var startingPoints = [...][2]string{
	{"AWS X.509", "a certificate and its key, on port 8883 or 443"},
	{"AWS with IAM credentials", "the profile, SSO session or role of the AWS CLI, over WebSocket"},
	{"AWS custom authorizer", "a token or password that a Lambda function checks, on port 443"},
	{"Other broker", "mosquitto or any other, by password, certificate or neither"},
	{"Local", "the AWS IoT inside this program, with settings of its own"},
}

func newKinds(t *theme.Theme, keys *keymap.Map, p Profiles, saved func(string)) *kinds {
	return &kinds{base: base{theme: t, keys: keys}, profiles: p, saved: saved}
}

// Want is two lines a kind.
func (d *kinds) Want(maxW, maxH int) (w, h int) {
	return min(maxW, 72), min(maxH, 2*len(startingPoints)+3)
}

// Update chooses.
func (d *kinds) Update(msg tea.Msg) ([]any, tea.Cmd) {
	switch msg := msg.(type) {
	case tea.KeyMsg:
		if s := msg.String(); len(s) == 1 && s >= "1" && int(s[0]-'0') <= len(startingPoints) {
			d.scroll.Cursor = int(s[0] - '1')
			return d.Do("list.open")
		}
		return d.Do(d.name(msg, "list", "global"))
	case tea.MouseMsg:
		if row := click(msg); row >= 0 && row < 2*len(startingPoints) {
			d.scroll.Cursor = row / 2
			return d.Do("list.open")
		}
	}
	return nil, nil
}

// Do moves, or opens the form of a new profile in its own place.
func (d *kinds) Do(action string) ([]any, tea.Cmd) {
	d.scroll.Fit(len(startingPoints), len(startingPoints))
	switch {
	case d.scroll.Do(action):
	case action == "global.back":
		return []any{Close{}}, nil
	case action == "list.open":
		form := NewForm(d.theme, d.keys, d.profiles, d.profiles.New(startingPoints[d.scroll.Cursor][0]))
		form.saved = d.saved
		return []any{Close{}, Show{form}}, nil
	}
	return nil, nil
}

// Actions is what can be done.
func (d *kinds) Actions() []keymap.Action {
	return []keymap.Action{d.action("list.open", "begin", "fill in the form of such a connection"), d.keys.Action("global.back")}
}

// Refresh draws the kinds.
func (d *kinds) Refresh(time.Time) {
	var lines []string
	for i, k := range startingPoints {
		cursor, name := " ", widget.Fit(string(rune('1'+i))+" "+k[0], 40)
		if i == d.scroll.Cursor {
			cursor, name = d.theme.Cursor, d.theme.Accent.Render(name)
		}
		lines = append(lines, cursor+name, "   "+d.theme.Dim.Render(k[1]))
	}
	d.draw("New connection", "everything can be changed afterwards", lines, nil)
}
