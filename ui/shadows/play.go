package shadows

import (
	"fmt"
	"strconv"
	"time"

	tea "github.com/charmbracelet/bubbletea"

	"example.com/thingdeck/shadow"
	"example.com/thingdeck/ui/widget"
)

// play is what thingdeck does in the place of the device.
type play struct {
	device shadow.Device
	tokens map[string]bool // of reports that have no answer yet
	shown  string          // what the user was last asked, so that the dialog opens once
}

// reset turns it off.
func (p *play) reset() { *p = play{tokens: map[string]bool{}} }

// waits reports whether the user has to answer.
func (p *play) waits() bool {
	mode, _ := p.device.Playing()
	return mode == shadow.PlayAsk && p.device.Open().Kind() == shadow.KindObject
}

// playing says for the title how differences are answered, "" when they are not.
func (p *Pane) playing() string {
	switch mode, delay := p.play.device.Playing(); mode {
	case shadow.PlayNow:
		return "playing the device"
	case shadow.PlayLater:
		return fmt.Sprintf("playing the device after %d s", int(delay.Seconds()))
	case shadow.PlayAsk:
		return "playing the device, asking"
	}
	return ""
}

// deviceLines say what waits for an answer.
func (p *Pane) deviceLines() []string {
	open := p.play.device.Open()
	if open.Kind() != shadow.KindObject {
		return nil
	}
	text := plural(differences(open), "difference")
	if p.play.waits() {
		text += " to answer as the device: " + p.hint("shadow.play", "answers")
	} else if at, ok := p.play.device.DueAt(); ok {
		text = fmt.Sprintf("%s: reported as the device in %d s", text, int(max(0, at.Sub(p.now())).Round(time.Second).Seconds()))
	}
	return p.say(text, p.theme.Accent, 2)
}

// playDevice reports what is due, and opens the dialog that asks when the user looks at the pane.
func (p *Pane) playDevice(now time.Time) []any {
	p.sync(now)
	if p.askOff() != "" {
		return nil
	}
	if reported, ok := p.play.device.Due(now); ok {
		return p.report(reported)
	}
	if open := p.play.device.Open(); p.play.waits() && p.focus && !p.filter.typing && p.play.shown != open.String() {
		p.play.shown = open.String()
		return []any{Open{newAsk(p)}}
	}
	return nil
}

// report sends what the device reports.
func (p *Pane) report(state shadow.Value) []any {
	r := p.talk.manager.Update(shadow.ObjectOf(shadow.Member{Key: "reported", Value: state}), 0, p.now())
	p.play.tokens[r.Token] = true
	return []any{Publish{Topic: r.Topic, Payload: r.Payload}}
}

// playDialog switches how differences are answered.
type playDialog struct {
	form
	scroll widget.Scroll
}

var playModes = [...]string{
	shadow.PlayOff: "off", shadow.PlayNow: "at once", shadow.PlayLater: "after a while", shadow.PlayAsk: "ask each time",
}

// maxDelay is how many seconds an answer may wait.
const maxDelay = 3600

// newPlay is the dialog of the switch, or the one that asks, when there is something to answer.
func newPlay(p *Pane) Dialog {
	if p.play.waits() {
		return newAsk(p)
	}
	d := &playDialog{form: newForm(p, "Play the device  "+p.label(), "enter switches · esc cancels", "switch")}
	mode, delay := p.play.device.Playing()
	d.scroll.Cursor = int(mode)
	f := widget.NewField(p.theme, "seconds to wait", func(text string) error {
		if n, err := strconv.Atoi(text); err != nil || n < 0 || n > maxDelay {
			return fmt.Errorf("0 to %d seconds", maxDelay)
		}
		return nil
	})
	f.SetValue(strconv.Itoa(max(3, int(delay.Seconds()))))
	d.Fields = []*widget.Field{f}
	return d
}

// Want is a line for each mode, the field, and what it means.
func (d *playDialog) Want(maxW, maxH int) (w, h int) { return want(maxW, maxH, 66, len(playModes)+5) }

// Update chooses a mode, types seconds, switches or closes.
func (d *playDialog) Update(msg tea.Msg) ([]any, tea.Cmd) {
	k, ok := msg.(tea.KeyMsg)
	if !ok {
		return nil, nil
	}
	if s := k.String(); s == "j" || s == "k" {
		return d.Do(map[string]string{"j": "list.down", "k": "list.up"}[s])
	}
	action, cmd := d.Key(k)
	if action == "" {
		return nil, cmd
	}
	return d.Do(action)
}

// Do chooses a mode, switches or closes.
func (d *playDialog) Do(action string) ([]any, tea.Cmd) {
	switch action {
	case "global.back":
		return []any{Close{}}, nil
	case "list.open":
		mode := shadow.Play(d.scroll.Cursor)
		if mode == shadow.PlayLater && d.Fields[0].Err() != nil {
			return nil, nil
		}
		seconds, _ := strconv.Atoi(d.Fields[0].Value())
		return append([]any{Close{}}, d.pane.switchPlay(mode, time.Duration(seconds)*time.Second)...), nil
	default:
		d.scroll.Fit(len(playModes), len(playModes))
		d.scroll.Do(action)
	}
	return nil, nil
}

// switchPlay begins to answer, or ends it; what is open already is answered too.
func (p *Pane) switchPlay(mode shadow.Play, delay time.Duration) []any {
	p.play.device.Switch(mode, delay)
	p.play.shown = ""
	p.sync(p.now())
	p.play.device.Notice(p.doc.Delta().State, p.doc.Version, p.now())
	if p.play.waits() {
		p.play.shown = p.play.device.Open().String()
		return []any{Open{newAsk(p)}}
	}
	return p.playDevice(p.now())
}

// Refresh draws the dialog.
func (d *playDialog) Refresh(time.Time) {
	t := d.pane.theme
	lines := d.say("thingdeck reports what is desired, as the device would:", t.Dim, 1)
	for i, mode := range playModes {
		if i == d.scroll.Cursor {
			lines = append(lines, t.Selected.Render(widget.Fit(t.Cursor+" "+mode, d.Inner())))
			continue
		}
		lines = append(lines, "  "+mode)
	}
	note, style := "a real device that answers too goes on answering", t.Dim
	if err := d.Fields[0].Err(); err != nil && d.scroll.Cursor == int(shadow.PlayLater) {
		note, style = err.Error(), t.Error
	}
	d.Draw(append(append([]string{""}, lines...), d.say(note, style, 1)...)...)
}
