package subs

import (
	"errors"
	"fmt"
	"strings"

	tea "github.com/charmbracelet/bubbletea"

	"example.com/thingdeck/client"
	"example.com/thingdeck/keymap"
	"example.com/thingdeck/ui/theme"
	"example.com/thingdeck/ui/widget"
)

// A form asks for a filter and a QoS.
type form struct {
	field *widget.Field
	qos   byte
	onQoS bool // the QoS has the keys, not the filter
	tried bool // enter was pressed: an empty filter is an error now
	typed string
	hint  int // the suggestion taken, from 1; 0 while the text is the user's own
}

func newForm(t *theme.Theme) *form {
	f := &form{field: widget.NewField(t, "Filter", nil)}
	f.field.Placeholder("sensors/#")
	return f
}

// parse reads FILTER or FILTER@Q.
func (p *Pane) parse() (client.Subscription, error) {
	text := p.form.field.Value()
	sub, err := client.ParseSubscription(text)
	if err != nil {
		return sub, err
	}
	if sub.Filter.String() == text {
		sub.QoS = p.form.qos
	}
	if sub.QoS > p.maxQoS {
		return sub, fmt.Errorf("the broker offers QoS %d at most", p.maxQoS)
	}
	return sub, nil
}

// complaint is what is wrong with the filter; nothing before something was typed or tried.
func (p *Pane) complaint() error {
	f := p.form
	if f.field.Value() == "" {
		if f.tried {
			return errors.New("a filter has at least one character")
		}
		return nil
	}
	_, err := p.parse()
	return err
}

// submit subscribes and closes the form. A filter that is there at that QoS is only chosen.
func (p *Pane) submit() []any {
	sub, err := p.parse()
	if err != nil {
		p.form.tried = true
		p.toField(false)
		return nil
	}
	p.form = nil
	var intents []any
	name := Choose{Filter: sub.Filter.String()}
	if !p.holds(sub) {
		intents = append(intents, Subscribe{Filter: sub.Filter, QoS: sub.QoS})
	}
	intents = append(intents, p.choose(name)...)
	p.fresh = true
	return intents
}

// holds reports whether a filter is subscribed, or about to be, at that QoS.
func (p *Pane) holds(s client.Subscription) bool {
	i, there := p.find(Choose{Filter: s.Filter.String()})
	return there && p.items[i].row.QoS == s.QoS && p.items[i].row.State != Refused
}

// formKey takes a key while the form is open.
func (p *Pane) formKey(msg tea.KeyMsg) ([]any, tea.Cmd) {
	p.dirty = true
	f := p.form
	if msg.Paste {
		msg.Runes = firstLine(msg.Runes)
		return nil, p.edit(msg)
	}
	name := ""
	if key := msg.String(); keymap.Chord(key) {
		name, _ = p.keys.Lookup(key, "subscriptions", "global")
	}
	switch {
	case name == "global.back" || msg.Type == tea.KeyEsc:
		p.form = nil
	case name == "global.next":
		return p.next(), nil
	case name == "global.previous":
		return p.previous(), nil
	case strings.HasPrefix(name, "subscriptions."):
		return p.Do(name)
	case msg.Type == tea.KeyEnter:
		return p.submit(), nil
	case f.onQoS:
		p.qosKey(msg.String())
	case msg.Type == tea.KeyDown || msg.Type == tea.KeyUp:
		p.cycle(msg.Type == tea.KeyDown)
	default:
		return nil, p.edit(msg)
	}
	return nil, nil
}

// firstLine is what a paste puts into a field of one line.
func firstLine(text []rune) []rune {
	line := strings.TrimLeft(string(text), " \t\r\n")
	if i := strings.IndexAny(line, "\r\n"); i >= 0 {
		line = line[:i]
	}
	return []rune(strings.TrimRight(line, " \t"))
}

// edit gives the filter a key.
func (p *Pane) edit(msg tea.KeyMsg) tea.Cmd {
	if p.form.onQoS {
		return nil
	}
	cmd := p.form.field.Update(msg)
	p.form.typed, p.form.hint = p.form.field.Value(), 0
	return cmd
}

func (p *Pane) qosKey(key string) {
	f := p.form
	n := p.maxQoS + 1
	switch key {
	case " ", "right", "l":
		f.qos = (f.qos + 1) % n
	case "left", "h":
		f.qos = (f.qos + n - 1) % n
	case "0", "1", "2":
		f.qos = min(key[0]-'0', p.maxQoS)
	case "up":
		p.toField(false)
	}
}

func (p *Pane) toField(qos bool) {
	p.form.onQoS = qos
	if qos {
		p.form.field.Blur()
	} else {
		p.form.field.Focus()
	}
}

func (p *Pane) next() []any {
	if !p.form.onQoS {
		p.toField(true)
		return nil
	}
	return p.leave(true)
}

func (p *Pane) previous() []any {
	if p.form.onQoS {
		p.toField(false)
		return nil
	}
	return p.leave(false)
}

// leave gives the focus away. A filter that was begun stays for the return.
func (p *Pane) leave(forward bool) []any {
	if p.form.field.Value() == "" {
		p.form = nil
	} else {
		p.toField(false)
	}
	return []any{Leave{Forward: forward}}
}

// hints are the suggestions that begin with what was typed.
func (p *Pane) hints() []string {
	var out []string
	for _, s := range p.suggestions {
		if s != p.form.typed && strings.HasPrefix(s, p.form.typed) {
			out = append(out, s)
		}
		if len(out) == maxHints {
			break
		}
	}
	return out
}

// maxHints bounds what of the suggestions is looked at for one text.
const maxHints = 20

// cycle puts the next suggestion into the field, and after the last one what was typed; down without any goes to the QoS.
func (p *Pane) cycle(down bool) {
	f, hints := p.form, p.hints()
	if len(hints) == 0 {
		p.toField(down)
		return
	}
	n := len(hints) + 1
	f.hint = (f.hint + 1) % n
	if !down {
		f.hint = (f.hint + n - 2) % n
	}
	if f.hint == 0 {
		f.field.SetValue(f.typed)
		return
	}
	f.field.SetValue(hints[f.hint-1])
}
