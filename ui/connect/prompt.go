package connect

import (
	"time"

	tea "github.com/charmbracelet/bubbletea"

	"example.com/thingdeck/keymap"
	"example.com/thingdeck/ui/theme"
	"example.com/thingdeck/ui/widget"
)

// Ask is what a prompt asks for.
type Ask struct {
	Title   string // whose secret it is: the name of the connection
	Text    string // "password of ann at mqtts://h:8883"
	Wrong   string // why the answer before did not do
	Keeps   bool   // it can be kept for the next time
	Keyring string // why it is kept only until the program ends; "" where there is a keyring
}

// Prompt asks for a secret, whose characters are not shown.
type Prompt struct {
	base
	ask      Ask
	field    *widget.Field
	remember bool
	onRow    bool // the row that says whether to remember has the keys
}

// NewPrompt makes the dialog.
func NewPrompt(t *theme.Theme, keys *keymap.Map, ask Ask) *Prompt {
	d := &Prompt{base: base{theme: t, keys: keys}, ask: ask, field: widget.NewField(t, "", nil)}
	d.field.Mask()
	return d
}

// Want is the question, the answer and whether to keep it.
func (d *Prompt) Want(maxW, maxH int) (w, h int) { return min(maxW, 70), min(maxH, 8) }

// SetFocus gives the field the cursor.
func (d *Prompt) SetFocus(on bool) tea.Cmd {
	if d.focus = on; on && !d.onRow {
		return d.field.Focus()
	}
	d.field.Blur()
	return nil
}

// Update types.
func (d *Prompt) Update(msg tea.Msg) ([]any, tea.Cmd) {
	switch msg := msg.(type) {
	case tea.KeyMsg:
		if d.onRow && msg.Type == tea.KeySpace {
			d.remember = !d.remember
			return nil, nil
		}
		if !isText(msg) {
			switch action := d.name(msg, "list", "global"); action {
			case "list.up", "list.down", "list.open", "global.next", "global.previous", "global.back":
				return d.Do(action)
			}
		}
		if !d.onRow {
			return nil, d.field.Update(msg)
		}
	case tea.MouseMsg:
		if line := click(msg); line == d.keepLine() && d.ask.Keeps {
			d.remember = !d.remember
		}
	}
	return nil, nil
}

// keepLine is where the choice to remember stands.
func (d *Prompt) keepLine() int { return 4 }

// Do answers, moves or gives up.
func (d *Prompt) Do(action string) ([]any, tea.Cmd) {
	switch action {
	case "global.back":
		return []any{Refused{d}}, nil
	case "list.open":
		return []any{Answered{d, d.field.Value(), d.remember && d.ask.Keeps}}, nil
	case "list.up", "list.down", "global.next", "global.previous":
		d.onRow = !d.onRow && d.ask.Keeps
		return nil, d.SetFocus(d.focus)
	}
	return nil, nil
}

// Actions is what can be done.
func (d *Prompt) Actions() []keymap.Action {
	back := d.action("global.back", "give up", "do not connect")
	return []keymap.Action{d.action("list.open", "answer", "go on with this"), back}
}

// Refresh draws the prompt.
func (d *Prompt) Refresh(time.Time) {
	room := max(1, d.w-4)
	lines := make([]string, 2, 6)
	for i, line := range wrap(d.ask.Text, room, 2) {
		lines[i] = " " + line
	}
	lines = append(lines, " "+d.field.View(room), " "+d.theme.Error.Render(widget.Fit(safe(d.ask.Wrong, 200), room)))
	if d.ask.Keeps {
		box, where, style, cursor := d.theme.BoxOff, "keep it in the keyring of the system", d.theme.Dim, " "
		if d.ask.Keyring != "" {
			where = "keep it until thingdeck ends: no keyring here (" + d.ask.Keyring + ")"
		}
		if d.remember {
			box = d.theme.BoxOn
		}
		if d.onRow && d.focus {
			style, cursor = d.theme.Accent, d.theme.Cursor
		}
		lines = append(lines, cursor+style.Render(widget.Fit(box+" "+safe(where, 200), room)), "   "+d.theme.Dim.Render("tab goes there, space changes it"))
	}
	d.draw(safe(d.ask.Title, 40), "enter goes on · esc gives up", lines, nil)
}
