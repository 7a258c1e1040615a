package shadows

import (
	"errors"
	"fmt"
	"time"

	tea "github.com/charmbracelet/bubbletea"

	"example.com/thingdeck/shadow"
	"example.com/thingdeck/ui/widget"
)

// reviewDialog shows the update that will be sent, to the byte, and sends it.
type reviewDialog struct {
	form
	request request
	force   bool            // whatever version the shadow has
	base    [2]shadow.Value // desired and reported that the edits were made on
	version int64           // that the shadow had then
	payload []byte
	size    int // of the shadow after the update
	json    []string
	width   int // of json
	scroll  widget.Scroll
}

func newReview(p *Pane, force bool) (*reviewDialog, error) {
	d := &reviewDialog{force: force, form: newForm(p, "Review update  "+p.label(), "enter sends · esc keeps the edits", "send")}
	return d, d.take()
}

// take makes the update from the edits and the shadow as they are now.
func (d *reviewDialog) take() error {
	p := d.pane
	state, err := p.patch()
	if err != nil {
		return err
	}
	if state.Len() == 0 {
		return errors.New("the edits change nothing")
	}
	token := d.request.token
	if token == "" {
		token = p.token()
	}
	d.request, d.base = request{state: state, token: token, create: !p.exists}, [2]shadow.Value{p.doc.Desired.State, p.doc.Reported.State}
	if p.exists && !d.force {
		d.request.version = p.doc.Version
	}
	d.version = p.doc.Version
	d.payload = d.request.payload(p.talk.manager.Name())
	d.size = d.request.size(p.doc)
	d.json = nil
	return nil
}

// stale reports whether the sections that the update touches have moved on since it was made, so that it has to be looked at
// again. When only the device has reported, an update of desired stays what it is but for its version: a device that reports each second must not keep it from
// being sent.
func (d *reviewDialog) stale(now time.Time) bool {
	p := d.pane
	p.sync(now)
	if p.exists != d.request.create && p.doc.Version == d.version {
		return false
	}
	same := p.exists && !d.request.create
	for part := shadow.Desired; part <= shadow.Reported; part++ {
		_, touched := d.request.state.Member(part.String())
		same = same && (!touched || shadow.Equal(p.doc.Section(part).State, d.base[part]))
	}
	return !same || d.take() != nil
}

// Want is as high as the update, as far as that is known before it is drawn.
func (d *reviewDialog) Want(maxW, maxH int) (w, h int) {
	w, _ = want(maxW, maxH, 76, 0)
	d.lay(w - 4)
	return want(maxW, maxH, 76, len(d.json)+reviewLines)
}

// reviewLines are the lines besides the update: what it is above; a blank and two lines on its size below.
const reviewLines = 5

// lay draws the update as JSON, w cells wide.
func (d *reviewDialog) lay(w int) {
	if d.json != nil && d.width == w {
		return
	}
	d.json, _ = widget.JSONLines(d.pane.theme, d.payload, w)
	d.width = w
}

// Update scrolls, sends or closes.
func (d *reviewDialog) Update(msg tea.Msg) ([]any, tea.Cmd) {
	switch msg := msg.(type) {
	case tea.KeyMsg:
		if msg.Paste {
			return nil, nil
		}
		if action, ok := d.pane.keys.Lookup(msg.String(), "list", "shadow", "global"); ok {
			return d.Do(action)
		}
	case tea.MouseMsg:
		switch msg.Button {
		case tea.MouseButtonWheelUp:
			d.scroll.Wheel(-wheelRows)
		case tea.MouseButtonWheelDown:
			d.scroll.Wheel(wheelRows)
		}
	}
	return nil, nil
}

// Do sends the update, scrolls or closes. When the shadow has moved on, the update is first made anew and shown.
func (d *reviewDialog) Do(action string) ([]any, tea.Cmd) {
	switch action {
	case "global.back":
		return []any{Close{}}, nil
	case "list.open", "shadow.send":
		return d.send(), nil
	case "list.up":
		d.scroll.Wheel(-1)
	case "list.down":
		d.scroll.Wheel(1)
	default:
		d.scroll.Do(action)
	}
	return nil, nil
}

func (d *reviewDialog) send() []any {
	stale := d.stale(d.pane.now())
	if d.pane.sendOff() != "" {
		if d.pane.work.draft.Empty() {
			return []any{Close{}}
		}
		return nil
	}
	if stale {
		if err := d.take(); err != nil {
			return []any{Close{}, Toast{Text: err.Error(), Error: true}}
		}
		return nil
	}
	return append([]any{Close{}}, d.pane.send(d.request)...)
}

// Refresh draws the dialog.
func (d *reviewDialog) Refresh(now time.Time) {
	stale := d.stale(now)
	d.lay(max(1, d.Inner()-2))
	room := max(0, d.H-2-reviewLines)
	d.scroll.Fit(len(d.json), room)
	lines := d.say(d.what(), d.pane.theme.Bold, 1)
	first, end := d.scroll.Visible()
	for _, line := range d.json[first:end] {
		lines = append(lines, " "+line)
	}
	for len(lines) < 1+min(room, len(d.json)) {
		lines = append(lines, "")
	}
	d.Draw(append(lines, d.foot(stale)...)...)
}

func (d *reviewDialog) what() string {
	switch {
	case d.request.create:
		return "creates the shadow"
	case d.force:
		return "overwrites, whatever version the shadow has by then"
	}
	return fmt.Sprintf("accepted only if the shadow is still at v%d", d.request.version)
}

// foot tells sizes, and why the update is not what should be sent.
func (d *reviewDialog) foot(stale bool) []string {
	t := d.pane.theme
	sizes := fmt.Sprintf("%s bytes to send; the shadow will have %s of %s bytes",
		widget.Count(uint64(len(d.payload))), widget.Count(uint64(d.size)), widget.Count(maxDocument))
	var lines []string
	switch off := d.pane.sendOff(); {
	case off != "":
		lines = d.say("not now: "+off, t.Error, 2)
	case stale:
		lines = d.say("the state has changed: enter shows the update for "+d.now(), t.Error, 2)
	case d.size > maxDocument:
		lines = d.say("more than AWS takes, unless the quota was raised", t.Error, 2)
	}
	style := t.Dim
	if d.size > maxDocument {
		style = t.Error
	}
	return append(append([]string{""}, d.say(sizes, style, 2)...), lines...)
}

// now is the version that the shadow has.
func (d *reviewDialog) now() string {
	if !d.pane.exists {
		return "a new shadow"
	}
	return fmt.Sprintf("v%d", d.pane.doc.Version)
}
