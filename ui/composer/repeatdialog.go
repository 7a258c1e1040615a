package composer

import (
	"bytes"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	tea "github.com/charmbracelet/bubbletea"

	"example.com/thingdeck/client/template"
	"example.com/thingdeck/ui/widget"
)

// The fields of the dialog; below them are those of the template's questions.
const (
	repeatEvery = iota
	repeatTimes
	repeatFile
	repeatFields
)

// repeatDialog asks how often to publish the draft, or the lines of a file.
type repeatDialog struct {
	form
	draft   Draft
	message *template.Message
	asks    []template.Ask
	path    pathField
	busy    bool
	failed  string
}

func newRepeat(p *Pane, d Draft, m *template.Message) *repeatDialog {
	r := &repeatDialog{draft: d, message: m, asks: m.Asks(), form: newForm(p, "Repeat", "enter begins · esc cancels", "begin")}
	every := widget.NewField(p.theme, "every", func(text string) error {
		_, err := p.interval(text)
		return err
	})
	every.SetValue("1s")
	times := widget.NewField(p.theme, "times", func(text string) error {
		_, err := parseTimes(text)
		return err
	})
	times.Placeholder("until stopped")
	r.path = newPathField(p, "lines", "")
	r.path.Placeholder("a file with a message a line")
	r.Fields = append([]*widget.Field{every, times, r.path.Field}, askFields(p, r.asks)...)
	if last := p.repeat; last.tag > 0 { // as the last time
		every.SetValue(last.every.String())
		if n := max(1, len(last.lines)); last.total > 0 {
			times.SetValue(strconv.Itoa(last.total / n))
		}
	}
	return r
}

// interval reads a time between two messages: 2s, 250ms, a plain number is seconds.
func (p *Pane) interval(text string) (time.Duration, error) {
	text = strings.TrimSpace(text)
	every, err := time.ParseDuration(text)
	if seconds, e := strconv.ParseFloat(text, 64); e == nil && seconds < 1e6 {
		every, err = time.Duration(seconds*float64(time.Second)), nil
	}
	if err != nil || every <= 0 {
		return 0, errors.New("a time is written 2s, 250ms or 1m30s")
	}
	return every, p.checkPlan(every)
}

// parseTimes reads a number, 0 for as long as nobody stops it.
func parseTimes(text string) (int, error) {
	if text = strings.TrimSpace(text); text == "" {
		return 0, nil
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < 1 || n > 1e9 {
		return 0, errors.New("a number, or nothing for until stopped")
	}
	return n, nil
}

// Want has room for the fields, a note, and names of files.
func (d *repeatDialog) Want(maxW, maxH int) (w, h int) { return want(maxW, maxH, 70, len(d.Fields)+9) }

// Update types, begins, or takes what was read.
func (d *repeatDialog) Update(msg tea.Msg) ([]any, tea.Cmd) {
	switch msg := msg.(type) {
	case tea.KeyMsg:
		action, cmd := d.Key(msg)
		if action != "" {
			return d.Do(action)
		}
		d.failed = ""
		if d.At == repeatFile {
			cmd = tea.Batch(cmd, d.path.changed())
		}
		return nil, cmd
	case tea.MouseMsg:
		return nil, d.Click(msg)
	case listedMsg:
		d.path.listed(msg)
	case fileMsg:
		d.busy = false
		return d.read(msg), nil
	}
	return nil, nil
}

// Do moves, begins or closes.
func (d *repeatDialog) Do(action string) ([]any, tea.Cmd) {
	switch action {
	case "global.back":
		return []any{Close{}}, nil
	case "global.next":
		return nil, tea.Batch(d.Move(1), d.list())
	case "global.previous":
		return nil, tea.Batch(d.Move(-1), d.list())
	case "list.down", "list.up":
		by := 1
		if action == "list.up" {
			by = -1
		}
		if d.At == repeatFile && len(d.path.hints) > 0 {
			d.path.cycle(by)
			return nil, nil
		}
		return nil, tea.Batch(d.Move(by), d.list())
	case "list.open", "publish.send":
		return d.begin()
	}
	return nil, nil
}

// list reads the folder once the file is to be typed.
func (d *repeatDialog) list() tea.Cmd {
	if d.At != repeatFile {
		return nil
	}
	d.path.find()
	return d.path.list()
}

// begin goes to a field that is wrong, or reads the file, or begins.
func (d *repeatDialog) begin() ([]any, tea.Cmd) {
	for i, f := range d.Fields {
		if f.Err() != nil {
			return nil, d.FocusOn(i)
		}
	}
	path := d.path.Value()
	if path == "" {
		return d.start(nil, ""), nil
	}
	if strings.HasSuffix(path, "/") {
		return nil, tea.Batch(d.FocusOn(repeatFile), d.path.changed())
	}
	if d.busy {
		return nil, nil
	}
	d.busy = true
	return nil, func() tea.Msg {
		data, err := widget.ReadFile(path, maxFile)
		return fileMsg{path, data, err}
	}
}

// read takes the lines of the file.
func (d *repeatDialog) read(m fileMsg) []any {
	if m.err != nil {
		d.failed = m.err.Error()
		return nil
	}
	var lines []string
	for line := range bytes.Lines(m.data) {
		lines = append(lines, string(bytes.TrimRight(line, "\r\n")))
	}
	if len(lines) == 0 {
		d.failed = m.path + " is empty"
		return nil
	}
	return d.start(lines, m.path)
}

// start hands the plan to the pane, once one message of it can be made.
func (d *repeatDialog) start(lines []string, file string) []any {
	p := d.pane
	plan := plan{draft: d.draft, message: d.message, lines: lines, file: file}
	plan.every, _ = p.interval(d.Fields[repeatEvery].Value())
	plan.total, _ = parseTimes(d.Fields[repeatTimes].Value())
	plan.total *= max(1, len(lines))
	plan.answers = answers(d.asks, d.Fields[repeatFields:])
	for i := range max(1, len(lines)) {
		try := d.draft
		if len(lines) > 0 {
			try.Payload = []byte(lines[i])
		}
		if err := p.try(try, plan.answers); err != nil {
			if len(lines) > 0 {
				err = fmt.Errorf("line %d: %w", i+1, err)
			}
			d.failed = err.Error()
			return nil
		}
	}
	p.pending = &plan
	return []any{Close{}, Begin{}}
}

// try makes one message of a draft, to see whether that can be.
func (p *Pane) try(d Draft, answers map[string]string) error {
	m, err := template.OfDraft(d)
	if err == nil {
		d, err = m.Render(p.values(0, answers))
	}
	if err == nil {
		_, err = p.message(d)
	}
	return err
}

// Refresh draws the dialog.
func (d *repeatDialog) Refresh(time.Time) {
	t := d.pane.theme
	text, style := d.says(), t.Dim
	for _, f := range d.Fields {
		if f.Err() != nil {
			text, style = f.Err().Error(), t.Error
			break
		}
	}
	if d.failed != "" {
		text, style = d.failed, t.Error
	}
	lines := append([]string{""}, d.say(text, style, 2)...)
	if d.At == repeatFile {
		lines = append(lines, "")
		lines = append(lines, d.path.lines(d.pane, d.Inner(), max(0, d.H-2-len(d.Fields)-len(lines)))...)
	}
	d.Draw(lines...)
}

// says what will happen.
func (d *repeatDialog) says() string {
	what, times := "the draft", "until stopped"
	n, _ := parseTimes(d.Fields[repeatTimes].Value())
	if n > 0 {
		times = plural(n, "time")
	}
	if d.path.Value() != "" {
		what = "each line of the file"
		if n == 1 {
			times = "once through"
		} else if n > 1 {
			times += " through"
		} else {
			times = "round and round until stopped"
		}
	}
	text := "Publishes " + what + " every " + d.Fields[repeatEvery].Value() + ", " + times + "."
	if !d.message.Fixed() {
		text += " Variables get new values each time."
	}
	return text
}
