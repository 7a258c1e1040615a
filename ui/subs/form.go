package subs

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	tea "github.com/charmbracelet/bubbletea"

	"example.com/thingdeck/client"
	"example.com/thingdeck/keymap"
	"example.com/thingdeck/ui/theme"
	"example.com/thingdeck/ui/widget"
)

// A stop is a field of the form that takes the keys.
type stop int

const (
	onFilter stop = iota
	onQoS
	onLabel
	onKeep
	onTone
	stops
)

// A form asks for filters, one a line, and how to subscribe to them; or edits a subscription that is there.
type form struct {
	edit        bool
	filters     []*widget.Field
	line        int // of filters, the one at hand
	label, keep *widget.Field
	qos         byte
	tone        int
	at          stop
	tried       bool   // enter was pressed: an empty filter is an error now
	typed       string // in the line at hand, as far as the user typed it
	hint        int    // the suggestion taken, from 1; 0 while the text is the user's own
}

// maxLines bounds the filters of one form.
const maxLines = 100

func newForm(t *theme.Theme) *form {
	f := &form{filters: []*widget.Field{newFilter(t)}, label: widget.NewField(t, "", checkLabel), keep: widget.NewField(t, "", checkKeep)}
	f.label.Placeholder("none")
	f.keep.Placeholder("all messages")
	return f
}

func newFilter(t *theme.Theme) *widget.Field {
	f := widget.NewField(t, "", nil)
	f.Placeholder("sensors/#")
	return f
}

// editForm changes a row.
func editForm(t *theme.Theme, r Row) *form {
	f := newForm(t)
	f.edit, f.qos, f.at = true, r.QoS, onQoS
	if r.Tone > 0 && r.Tone < len(theme.ToneNames) {
		f.tone = r.Tone
	}
	f.filters[0].SetValue(r.Filter)
	f.label.SetValue(r.Label)
	if r.Keep > 0 {
		f.keep.SetValue(strconv.Itoa(r.Keep))
	}
	return f
}

func checkLabel(text string) error {
	if widget.Width(text) > 40 {
		return errors.New("a label has at most 40 characters")
	}
	return nil
}

func checkKeep(text string) error {
	if n, err := strconv.Atoi(text); text != "" && (err != nil || n < 1) {
		return errors.New("messages kept: a number from 1, or empty for all")
	}
	return nil
}

func (f *form) field() *widget.Field { return f.filters[f.line] }

// options are those of the fields, which are valid.
func (f *form) options() Options {
	n, _ := strconv.Atoi(f.keep.Value())
	o := Options{Label: f.label.Value(), Tone: f.tone, Keep: n}
	if len(f.filters) > 1 {
		o.Label = ""
	}
	return o
}

// parse reads FILTER or FILTER@Q.
func (p *Pane) parse(text string) (client.Subscription, error) {
	sub, err := client.ParseSubscription(text)
	if err != nil {
		return sub, err
	}
	if sub.Filter.String() == text {
		sub.QoS = p.form.qos
	}
	return p.allowed(sub)
}

// checked makes a subscription that is allowed.
func (p *Pane) checked(filter string, qos byte) (client.Subscription, error) {
	f, err := client.ParseFilter(filter)
	if err != nil {
		return client.Subscription{}, err
	}
	return p.allowed(client.Subscription{Filter: f, QoS: qos})
}

// allowed is what this broker makes of a subscription.
func (p *Pane) allowed(sub client.Subscription) (_ client.Subscription, err error) {
	if sub.QoS > p.maxQoS {
		return sub, fmt.Errorf("the broker offers QoS %d at most", p.maxQoS)
	}
	if p.limits != nil {
		err = p.limits(sub.Filter)
	}
	return sub, err
}

// complaint is what is wrong with a line; nothing before something was typed or tried.
func (p *Pane) complaint(line int) error {
	f := p.form
	text := f.filters[line].Value()
	switch {
	case f.edit:
		return nil
	case text != "":
		_, err := p.parse(text)
		return err
	case f.tried && len(f.filters) == 1:
		return errors.New("a filter has at least one character")
	}
	return nil
}

// submit subscribes and closes the form, or goes to what is wrong.
func (p *Pane) submit() []any {
	f := p.form
	f.tried = true
	for i := range f.filters {
		if p.complaint(i) != nil {
			f.line = i
			p.toStop(onFilter)
			f.typed, f.hint = f.field().Value(), 0
			return nil
		}
	}
	if f.keep.Err() != nil || f.label.Err() != nil {
		if p.toStop(onLabel); f.label.Err() == nil {
			p.toStop(onKeep)
		}
		return nil
	}
	if f.edit {
		p.form = nil
		return []any{Edit{Filter: f.filters[0].Value(), QoS: f.qos, Options: f.options()}}
	}
	wanted, first := p.wanted()
	p.form = nil
	var intents []any
	if len(wanted) > 0 {
		intents = append(intents, Subscribe{wanted})
	}
	intents = append(intents, p.choose(first)...)
	p.fresh = true
	return intents
}

// wanted is what the form asks for beyond what is there, each filter once, and the row to choose.
func (p *Pane) wanted() (wanted []Wanted, first Choose) {
	seen := map[string]bool{}
	for _, field := range p.form.filters {
		if field.Value() == "" {
			continue
		}
		sub, _ := p.parse(field.Value())
		name := Choose{Filter: sub.Filter.String()}
		if first == (Choose{}) {
			first = name
		}
		w := Wanted{sub.Filter, sub.QoS, p.form.options()}
		if i, there := p.find(name); there {
			row := p.items[i].row
			if w.Options == (Options{}) {
				w.Options = row.Options
			}
			if row.QoS == w.QoS && row.Options == w.Options && row.State != Refused && row.State != Offered {
				continue
			}
		}
		if !seen[name.Filter] {
			seen[name.Filter] = true
			wanted = append(wanted, w)
		}
	}
	return wanted, first
}

// formKey takes a key while the form is open.
func (p *Pane) formKey(msg tea.KeyMsg) ([]any, tea.Cmd) {
	p.dirty = true
	if msg.Paste {
		return nil, p.paste(msg)
	}
	name := ""
	if key := msg.String(); keymap.Chord(key) {
		name, _ = p.keys.Lookup(key, "subscriptions", "global")
	}
	switch {
	case name == "global.back" || msg.Type == tea.KeyEsc:
		p.form = nil
	case name == "global.next":
		return p.step(1), nil
	case name == "global.previous":
		return p.step(-1), nil
	case strings.HasPrefix(name, "subscriptions."):
		return p.Do(name)
	case msg.Type == tea.KeyEnter:
		return p.enter(), nil
	case p.form.at == onFilter:
		return nil, p.filterKey(msg)
	case p.form.at == onLabel || p.form.at == onKeep:
		return nil, p.textKey(msg)
	default:
		p.choiceKey(msg.String())
	}
	return nil, nil
}

// enter submits; on a suggestion that is not whole it goes on from there.
func (p *Pane) enter() []any {
	f := p.form
	if hints := p.hints(); f.at == onFilter && f.hint > 0 && f.hint <= len(hints) && hints[f.hint-1].open {
		f.typed, f.hint = f.field().Value(), 0
		return nil
	}
	return p.submit()
}

func (p *Pane) filterKey(msg tea.KeyMsg) tea.Cmd {
	f := p.form
	switch {
	case msg.Type == tea.KeyDown || msg.Type == tea.KeyUp:
		p.cycle(msg.Type == tea.KeyDown)
	case msg.Type == tea.KeyPgDown:
		p.toLine(f.line + 1)
	case msg.Type == tea.KeyPgUp:
		p.toLine(f.line - 1)
	case msg.Type == tea.KeyBackspace && f.field().Value() == "" && len(f.filters) > 1:
		f.filters = slices.Delete(f.filters, f.line, f.line+1)
		p.toLine(max(0, f.line-1))
	default:
		return p.edit(msg)
	}
	return nil
}

// edit gives the filter a key.
func (p *Pane) edit(msg tea.KeyMsg) tea.Cmd {
	cmd := p.form.field().Update(msg)
	p.form.typed, p.form.hint, p.form.tried = p.form.field().Value(), 0, false
	return cmd
}

// textKey gives a key to the label or the number of messages kept.
func (p *Pane) textKey(msg tea.KeyMsg) tea.Cmd {
	switch f := p.form; {
	case msg.Type == tea.KeyDown:
		p.toStop(f.at + 1)
	case msg.Type == tea.KeyUp:
		p.toStop(f.at - 1)
	case f.at == onLabel:
		return f.label.Update(msg)
	case f.at == onKeep:
		return f.keep.Update(msg)
	}
	return nil
}

// choiceKey changes the QoS or the colour.
func (p *Pane) choiceKey(key string) {
	f := p.form
	by := 0
	switch key {
	case " ", "right", "l":
		by = 1
	case "left", "h":
		by = -1
	case "up":
		p.toStop(f.at - 1)
	case "down":
		p.toStop(f.at + 1)
	case "0", "1", "2":
		if f.at == onQoS {
			f.qos = min(key[0]-'0', p.maxQoS)
		}
	}
	if n := int(p.maxQoS) + 1; f.at == onQoS {
		f.qos = byte((int(f.qos) + by + n) % n)
	} else if f.at == onTone {
		n := len(theme.ToneNames)
		f.tone = (f.tone + by + n) % n
	}
}

// toStop gives a field the keys; one that is not there is passed over.
func (p *Pane) toStop(at stop) {
	f := p.form
	if at == onLabel && len(f.filters) > 1 {
		if at = onKeep; f.at == onKeep {
			at = onQoS
		}
	}
	if at < p.firstStop() || at >= stops {
		return
	}
	f.at = at
	for _, field := range append(slices.Clone(f.filters), f.label, f.keep) {
		field.Blur()
	}
	switch at {
	case onFilter:
		f.field().Focus()
	case onLabel:
		f.label.Focus()
	case onKeep:
		f.keep.Focus()
	}
}

// firstStop is the filter, which stays when a subscription is edited.
func (p *Pane) firstStop() stop {
	if p.form.edit {
		return onQoS
	}
	return onFilter
}

// step goes to the next field or the one before, and past the ends gives the focus away. What was begun stays for the return.
func (p *Pane) step(by stop) []any {
	f := p.form
	if at := f.at + by; at >= p.firstStop() && at < stops {
		p.toStop(at)
		return nil
	}
	if f.edit || len(f.filters) == 1 && f.field().Value() == "" {
		p.form = nil
	} else {
		p.toStop(onFilter)
	}
	return []any{Leave{Forward: by > 0}}
}
