package composer

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	tea "github.com/charmbracelet/bubbletea"

	"example.com/thingdeck/client"
	"example.com/thingdeck/client/template"
	"example.com/thingdeck/ui/widget"
)

// templatesDialog lists the named templates: to use, to keep the draft as one, and to put them in order.
type templatesDialog struct{ picker }

func newTemplates(p *Pane) *templatesDialog {
	d := &templatesDialog{newPicker(p, "Templates", "search")}
	d.scope, d.Right, d.empty = "templates", "enter uses it · esc closes", "no template yet: a keeps the draft as one"
	d.actions = []string{"templates.save", "templates.rename", "templates.delete", "templates.everywhere", "templates.export", "templates.import"}
	d.reload()
	return d
}

// SetFocus looks again what templates there are: a dialog over this one may have changed them.
func (d *templatesDialog) SetFocus(on bool) tea.Cmd {
	if on {
		d.reload()
	}
	return d.picker.SetFocus(on)
}

func (d *templatesDialog) reload() {
	at := d.scroll.Cursor
	d.rows = d.rows[:0]
	clear(d.lookup)
	for _, t := range d.pane.templates {
		row := pickerRow{left: cut(t.Name, 16), draft: t.Draft}
		if t.Global {
			row.right = " everywhere"
		}
		d.rows = append(d.rows, row)
	}
	d.find()
	d.scroll.Cursor = at
}

// Update searches, moves or acts.
func (d *templatesDialog) Update(msg tea.Msg) ([]any, tea.Cmd) {
	switch msg := msg.(type) {
	case tea.KeyMsg:
		action, cmd := d.action(msg)
		if action == "" {
			return nil, cmd
		}
		return d.Do(action)
	case tea.MouseMsg:
		d.mouse(msg)
	}
	return nil, nil
}

// Do does an action of the dialog.
func (d *templatesDialog) Do(action string) ([]any, tea.Cmd) {
	if done, cmd := d.move(action); done {
		return nil, cmd
	}
	p := d.pane
	switch action {
	case "global.back":
		if d.search {
			d.search = false
			return nil, d.field(false)
		}
		return []any{Close{}}, nil
	case "templates.save":
		return []any{Open{newName(p, -1)}}, nil
	case "templates.import":
		return []any{Open{newImport(p)}}, nil
	case "templates.export":
		if len(d.shown) > 0 {
			return []any{Open{newExport(p, d.shown)}}, nil
		}
	}
	i := d.chosen()
	if i < 0 {
		return nil, nil
	}
	switch action {
	case "list.open":
		p.use(p.templates[i].Draft)
		return []any{Close{}}, nil
	case "templates.rename":
		return []any{Open{newName(p, i)}}, nil
	case "templates.everywhere":
		t := p.templates[i]
		t.Global = !t.Global
		intents := p.keep(i, &t)
		d.reload()
		return intents, nil
	case "templates.delete":
		name, _ := widget.Sanitize(p.templates[i].Name, 40)
		return []any{Open{newConfirm(p, "Delete the template?", name, "delete", func() []any { return p.keep(i, nil) })}}, nil
	}
	return nil, nil
}

// keep replaces template i by t, or takes it away where t is nil; with i -1 it adds t. One of the same name and place is replaced.
func (p *Pane) keep(i int, t *client.Template) []any {
	all := slices.Clone(p.templates)
	touched := map[bool]bool{}
	if i >= 0 {
		touched[all[i].Global] = true
		all = slices.Delete(all, i, i+1)
	}
	if t != nil {
		touched[t.Global] = true
		all = slices.DeleteFunc(all, func(o client.Template) bool { return o.Name == t.Name && o.Global == t.Global })
		all = append(all, *t)
	}
	p.SetTemplates(sorted(all))
	var intents []any
	for _, global := range []bool{false, true} {
		if touched[global] {
			intents = append(intents, Keep{global, all})
		}
	}
	return intents
}

// sorted puts templates in order: those of the connection first, each kind by name.
func sorted(all []client.Template) []client.Template {
	slices.SortStableFunc(all, func(a, b client.Template) int {
		if a.Global != b.Global {
			if a.Global {
				return 1
			}
			return -1
		}
		return strings.Compare(a.Name, b.Name)
	})
	return all
}

// nameDialog asks for the name of a template.
type nameDialog struct {
	form
	of         int // the template to rename, or -1 for the draft
	everywhere bool
	tried      bool
}

func newName(p *Pane, of int) *nameDialog {
	d := &nameDialog{of: of, form: newForm(p, "Keep the draft as a template", "enter keeps it · esc cancels", "keep")}
	f := widget.NewField(p.theme, "name", func(name string) error {
		if strings.TrimSpace(name) == "" {
			return errors.New("a template has a name")
		}
		return nil
	})
	if of >= 0 {
		d.Title, d.everywhere = "Rename the template", p.templates[of].Global
		f.SetValue(p.templates[of].Name)
	}
	d.Fields = []*widget.Field{f}
	return d
}

// Want is a field and a few lines.
func (d *nameDialog) Want(maxW, maxH int) (w, h int) { return want(maxW, maxH, 64, 5) }

// Update types, keeps or closes.
func (d *nameDialog) Update(msg tea.Msg) ([]any, tea.Cmd) {
	return d.Take(msg, d.Do)
}

// Do keeps the template, chooses where, or closes.
func (d *nameDialog) Do(action string) ([]any, tea.Cmd) {
	switch action {
	case "global.back":
		return []any{Close{}}, nil
	case "global.next", "global.previous", "list.up", "list.down":
		d.everywhere = !d.everywhere
	case "list.open", "publish.send":
		if d.tried = true; d.Fields[0].Err() != nil {
			return nil, nil
		}
		return d.save(), nil
	}
	return nil, nil
}

func (d *nameDialog) save() []any {
	t := client.Template{Name: strings.TrimSpace(d.Fields[0].Value()), Global: d.everywhere, Draft: d.pane.Draft()}
	if d.of >= 0 {
		t.Draft = d.pane.templates[d.of].Draft
	}
	return append([]any{Close{}}, d.pane.keep(d.of, &t)...)
}

// Refresh draws the dialog.
func (d *nameDialog) Refresh(time.Time) {
	t, name := d.pane.theme, strings.TrimSpace(d.Fields[0].Value())
	box := t.BoxOff
	if d.everywhere {
		box = t.BoxOn
	}
	lines := []string{" " + box + " on every connection" + t.Dim.Render("  tab changes it"), ""}
	same := slices.IndexFunc(d.pane.templates, func(o client.Template) bool { return o.Name == name && o.Global == d.everywhere })
	switch {
	case d.tried && d.Fields[0].Err() != nil:
		lines = append(lines, d.say(d.Fields[0].Err().Error(), t.Error, 1)...)
	case same >= 0 && same != d.of:
		lines = append(lines, d.say("there is one of that name: it is replaced", t.Warn, 1)...)
	case d.of < 0 && d.pane.plainBraces():
		lines = append(lines, d.say("variables are off: {{ }} stays as it is", t.Dim, 1)...)
	}
	d.Draw(lines...)
}

// templatesFile is what is exported and imported.
type templatesFile struct {
	Templates []client.Template `json:"templates"`
}

// newExport writes templates to a file.
func newExport(p *Pane, which []int) *fileDialog {
	var out templatesFile
	for _, i := range which {
		out.Templates = append(out.Templates, p.templates[i])
	}
	d := newFile(p, "Export templates", "write", "templates.json", plural(len(which), "template")+" as JSON. A file of that name is replaced.")
	d.work = func(path string) fileMsg {
		data, err := json.MarshalIndent(out, "", "  ")
		if err == nil {
			err = widget.WriteFile(path, append(data, '\n'))
		}
		return fileMsg{path: path, err: err}
	}
	d.done = func(m fileMsg) ([]any, error) {
		return []any{Close{}, Tell{Text: plural(len(which), "template") + " written to " + m.path}}, nil
	}
	return d
}

const (
	maxImport   = 8 << 20 // bytes of a file of templates
	maxImported = 1000    // templates
)

// newImport reads templates from a file.
func newImport(p *Pane) *fileDialog {
	d := newFile(p, "Import templates", "read", "", "Adds the templates of a file that was exported. One of a name that is taken gets another.")
	d.work = func(path string) fileMsg {
		data, err := widget.ReadFile(path, maxImport)
		return fileMsg{path, data, err}
	}
	d.done = func(m fileMsg) ([]any, error) {
		read, err := parseTemplates(m.data)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", m.path, err)
		}
		intents := []any{Close{}}
		added := 0
		for _, t := range read {
			if t.Name = p.freeName(t); t.Name == "" {
				continue // it is there already
			}
			added++
			intents = append(intents, p.keep(-1, &t)...)
		}
		if len(intents) > 2 {
			intents = []any{Close{}, intents[len(intents)-1]}
		}
		return append(intents, Tell{Text: plural(added, "template") + " added from " + m.path}), nil
	}
	return d
}

// parseTemplates reads a file of templates. Each must be one that can be used; the error names the first that cannot.
func parseTemplates(data []byte) ([]client.Template, error) {
	var file templatesFile
	if err := json.Unmarshal(data, &file); err != nil {
		if !json.Valid(data) {
			return nil, errors.New("not JSON: " + jsonFault(data))
		}
		return nil, errors.New(`no templates: it is written {"templates": [{"name": …}]}`)
	}
	if n := len(file.Templates); n == 0 || n > maxImported {
		return nil, fmt.Errorf("it holds %s: 1 to %d can be read", plural(n, "template"), maxImported)
	}
	for i, t := range file.Templates {
		if strings.TrimSpace(t.Name) == "" {
			return nil, fmt.Errorf("template %d has no name", i+1)
		}
		if _, err := template.OfDraft(t.Draft); err != nil {
			return nil, fmt.Errorf("template %s: %w", t.Name, err)
		}
	}
	return file.Templates, nil
}

// freeName is a name for a template of this connection, "" when the same one is there.
func (p *Pane) freeName(t client.Template) string {
	name := t.Name
	for n := 2; ; n++ {
		i := slices.IndexFunc(p.templates, func(o client.Template) bool { return o.Name == name && !o.Global })
		if i < 0 {
			return name
		}
		if same(p.templates[i].Draft, t.Draft) {
			return ""
		}
		name = fmt.Sprintf("%s %d", t.Name, n)
	}
}

func same(a, b Draft) bool {
	return a.Topic == b.Topic && a.QoS == b.QoS && a.Retain == b.Retain && a.Variables == b.Variables && bytes.Equal(a.Payload, b.Payload)
}

// plural is a number of things: 1 template, 2 templates.
func plural(n int, thing string) string {
	if n == 1 {
		return "1 " + thing
	}
	return widget.Count(uint64(n)) + " " + thing + "s"
}
