package composer

import (
	"errors"
	"io"
	"os"
	"slices"
	"strings"

	tea "github.com/charmbracelet/bubbletea"

	"example.com/thingdeck/ui/widget"
)

// pathField is a field for the path of a file, with what is in the folder below it.
type pathField struct {
	*widget.Field
	dir   string   // the folder that names are of
	names []string // folders end in a slash
	err   error    // why the folder cannot be read
	hints []string
	at    int // the hint that was taken, from 1; 0 while the text is the user's own
	typed string
}

// listedMsg is what is in a folder.
type listedMsg struct {
	dir   string
	names []string
	err   error
}

// maxListed bounds the names of a folder that are offered.
const maxListed = 2000

// parted takes a path apart into the folder, as it was typed, and the beginning of a name.
func parted(text string) (dir, name string) {
	i := strings.LastIndexByte(text, '/')
	return text[:i+1], text[i+1:]
}

// list reads the folder of the text, once for each folder.
func (f *pathField) list() tea.Cmd {
	dir, _ := parted(f.Value())
	if dir == f.dir && (f.names != nil || f.err != nil) {
		return nil
	}
	f.dir, f.names, f.err = dir, nil, nil
	return func() tea.Msg { return listFolder(dir) }
}

func listFolder(dir string) listedMsg {
	at := widget.Expand(dir)
	if at == "" {
		at = "."
	}
	folder, err := os.Open(at)
	if err != nil {
		return listedMsg{dir: dir, err: err}
	}
	defer folder.Close()
	entries, err := folder.ReadDir(maxListed)
	if errors.Is(err, io.EOF) {
		err = nil
	}
	names := []string{}
	for _, e := range entries {
		name := e.Name()
		if safe, _ := widget.Sanitize(name, 0); safe != name {
			continue // the field cannot hold it
		}
		if e.IsDir() {
			name += "/"
		}
		names = append(names, name)
	}
	slices.Sort(names)
	return listedMsg{dir, names, err}
}

// listed takes what is in the folder.
func (f *pathField) listed(m listedMsg) {
	if m.dir == f.dir {
		f.names, f.err = m.names, m.err
		f.find()
	}
}

// find looks for names that begin with what was typed; hidden ones only when a dot was.
func (f *pathField) find() {
	f.typed, f.at, f.hints = f.Value(), 0, nil
	dir, begun := parted(f.typed)
	if dir != f.dir {
		return
	}
	for _, name := range f.names {
		if strings.HasPrefix(name, begun) && name != begun && (begun != "" || name[0] != '.') {
			f.hints = append(f.hints, dir+name)
		}
	}
}

// changed follows the text after a key.
func (f *pathField) changed() tea.Cmd {
	if f.Value() == f.typed {
		return nil
	}
	f.find()
	return f.list()
}

// cycle puts the next or previous name into the field, and after the last one what was typed.
func (f *pathField) cycle(by int) {
	n := len(f.hints) + 1
	f.at = (f.at + by + n) % n
	text := f.typed
	if f.at > 0 {
		text = f.hints[f.at-1]
	}
	typed := f.typed
	f.SetValue(text)
	f.typed = typed
}

// lines draws n hints around the one taken.
func (f *pathField) lines(p *Pane, inner, n int) []string {
	if f.err != nil {
		return wrapped(p.theme.Dim, f.err.Error(), inner, 1)
	}
	n = min(n, len(f.hints))
	if n <= 0 {
		return nil
	}
	first := max(0, min(f.at-n, len(f.hints)-n))
	var out []string
	for i, hint := range f.hints[first : first+n] {
		_, name := parted(strings.TrimSuffix(hint, "/"))
		if strings.HasSuffix(hint, "/") {
			name += "/"
		}
		text := widget.Fit(name, max(0, inner-4))
		if first+i+1 == f.at {
			out = append(out, p.theme.Accent.Render(" "+p.theme.Cursor+" "+text))
		} else {
			out = append(out, "   "+p.theme.Dim.Render(text))
		}
	}
	return out
}

// maxFile bounds a file that becomes a payload, in bytes.
const maxFile = 16 << 20
