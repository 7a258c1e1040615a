package connect

import (
	"flag"
	"testing"

	tea "github.com/charmbracelet/bubbletea"
	"github.com/zalando/go-keyring"

	"example.com/thingdeck/client/config"
	"example.com/thingdeck/keymap"
	"example.com/thingdeck/ui/panetest"
	"example.com/thingdeck/ui/theme"
)

var update = flag.Bool("update", false, "write the golden files")

// shelf is the real profiles, in folders of the test.
type shelf struct{ *config.Book }

func newShelf(t *testing.T, environ ...string) shelf {
	t.Helper()
	keyring.MockInit()
	dir := t.TempDir()
	t.Setenv("DBUS_SESSION_BUS_ADDRESS", "unix:path=/nowhere") // the library's stand-in answers
	environ = append(environ, "HOME="+dir)
	folders, err := config.FindFolders(environ, "")
	if err != nil {
		t.Fatal(err)
	}
	c, err := config.Load(folders, config.Values{}, environ)
	if err != nil {
		t.Fatal(err)
	}
	start, err := c.Start()
	if err != nil {
		t.Fatal(err)
	}
	s := shelf{config.NewBook(c, start, config.NewSecrets())}
	t.Cleanup(s.Close)
	return s
}

// put saves a profile of a kind, with fields as name, value.
func (s shelf) put(t *testing.T, kind, name string, fields ...string) {
	t.Helper()
	d := s.New(kind)
	d.SetName(name)
	for i := 0; i < len(fields); i += 2 {
		d.Set(fields[i], fields[i+1])
	}
	if _, err := d.Save(t.Context()); err != nil {
		t.Fatal(err)
	}
}

func (s shelf) List() (all []Entry, err error) {
	found, err := s.Book.List()
	for _, e := range found {
		entry := Entry{Name: e.Name, Kind: string(e.Profile.Kind()), Default: s.Default() == e.Name}
		if e.Err != nil {
			entry.Wrong = e.Err.Error()
		} else {
			entry.Endpoint, entry.Auth = s.Describe(e.Profile)
		}
		all = append(all, entry)
	}
	return all, err
}

func (s shelf) New(kind string) Draft { return s.Book.New(config.Kind(kind)) }
func (s shelf) Unsaved() (Entry, Draft) {
	if d := s.Book.Unsaved(); d != nil {
		return Entry{Unsaved: true, Kind: d.Kind(), Endpoint: d.Text("broker"), Auth: "password"}, d
	}
	return Entry{}, nil
}

func (s shelf) Edit(name string) (Draft, error)       { return s.Book.Edit(name) }
func (s shelf) CheckName(name string) error           { return config.CheckName(name) }
func (s shelf) Complete(path string) (paths []string) { return config.Complete(path) }

func (s shelf) Fields() (all []Field) {
	for _, f := range config.Fields() {
		all = append(all, Field(f))
	}
	return all
}

// stage is the root for a stack of dialogs: it does what they ask of it, and runs their Cmds at once.
type stage struct {
	t      *testing.T
	stack  []Dialog
	opened []Open
	told   []Tell
	said   []any // answers to prompts
}

func newStage(t *testing.T, d Dialog) *stage {
	s := &stage{t: t}
	s.push(d)
	return s
}

func (s *stage) push(d Dialog) {
	d.SetSize(s.size(d))
	s.stack = append(s.stack, d)
	s.run(d, d.SetFocus(true))
}

// size is that of a dialog on a terminal of 80 by 24.
func (s *stage) size(d Dialog) (w, h int) { return d.Want(78, 22) }

func (s *stage) top() Dialog { return s.stack[len(s.stack)-1] }

// run does a Cmd and hands its outcome to who asked.
func (s *stage) run(d Dialog, cmd tea.Cmd) {
	if cmd == nil {
		return
	}
	switch msg := cmd().(type) {
	case nil:
	case tea.BatchMsg:
		for _, c := range msg {
			s.run(d, c)
		}
	default:
		s.send(d, msg)
	}
}

func (s *stage) send(d Dialog, msg tea.Msg) {
	intents, cmd := d.Update(msg)
	for _, i := range intents {
		switch i := i.(type) {
		case Close:
			s.stack = s.stack[:len(s.stack)-1]
			if len(s.stack) > 0 {
				s.run(s.top(), s.top().SetFocus(true))
			}
		case Show:
			if len(s.stack) > 0 {
				s.top().SetFocus(false)
			}
			s.push(i.Dialog)
		case Open:
			s.opened = append(s.opened, i)
		case Tell:
			s.told = append(s.told, i)
		default:
			s.said = append(s.said, i)
		}
	}
	s.run(d, cmd)
}

func (s *stage) keys(names ...string) {
	for _, name := range names {
		s.send(s.top(), panetest.Key(name))
	}
}

func (s *stage) typed(text string) {
	for _, c := range text {
		s.send(s.top(), panetest.Key(string(c)))
	}
}

// view draws the uppermost dialog.
func (s *stage) view() string {
	d := s.top()
	d.SetSize(s.size(d))
	d.Refresh(panetest.Now)
	return d.View()
}

func list(p Profiles, tabs ...Tab) *List {
	return NewList(theme.Plain(), keymap.Default(), p, func() []Tab { return tabs })
}
