package ui

import (
	"context"
	"fmt"
	"iter"
	"strings"
	"time"

	tea "github.com/charmbracelet/bubbletea"

	"example.com/thingdeck/client"
	"example.com/thingdeck/client/history"
	"example.com/thingdeck/ui/export"
	"example.com/thingdeck/ui/widget"
)

// Files writes messages to files of the user's. Its methods may take a while and are called apart from Update.
type Files interface {
	// Record begins a record in a new file.
	Record(path string) (Recording, error)
	// Export is an export.Write.
	Export(ctx context.Context, path, format string, overwrite bool, messages iter.Seq[history.Message], progress func(n int)) (int, error)
}

// Recording is a record being written. All but Close return at once.
type Recording interface {
	// Name is the file.
	Name() string
	// Batch records what a Session had; find tells what was asked to be published.
	Batch(b client.Batch, find func(client.RequestID) (client.Message, bool))
	// Count is how many messages are written, and how many are not, with the reason if the file takes no more.
	Count() (written, lost uint64, err error)
	// Close writes what waits and ends the record.
	Close() error
}

type (
	recordingMsg struct {
		tab       *tab
		recording Recording
		err       error
	}
	recordedMsg struct{ recording Recording }
)

// record asks for the file of a record, or ends the one that runs.
func (m *Model) record() tea.Cmd {
	t := m.tab()
	if r := t.recording; r != nil {
		t.recording = nil
		return func() tea.Msg {
			_ = r.Close() // Count has the error
			return recordedMsg{r}
		}
	}
	if m.deps.Files == nil {
		return nil
	}
	return m.open(export.NewRecord(m.theme, m.keys, fileName(m.deps.Now())+".jsonl"))
}

// fileName is the name suggested for a file, without its ending.
func fileName(now time.Time) string { return "thingdeck-" + now.Format("20060102-150405") }

// export asks what of the messages to write where.
func (m *Model) export() tea.Cmd {
	if m.deps.Files == nil {
		return nil
	}
	p := m.tab().messages
	n, shown := p.Shown()
	choices := []export.Choice{{Name: "all that is shown", Count: n, Messages: shown}}
	if one, ok := p.Chosen(); ok {
		choices = append(choices, export.Choice{Name: "the chosen one", Count: 1, Messages: func(yield func(history.Message) bool) { yield(one) }})
	}
	return m.open(export.New(m.theme, m.keys, choices, fileName(m.deps.Now()), m.deps.Files.Export))
}

// beginRecord opens the file that the dialog asked for.
func (m *Model) beginRecord(path string) tea.Cmd {
	t, files := m.tab(), m.deps.Files
	return func() tea.Msg {
		r, err := files.Record(path)
		return recordingMsg{t, r, err}
	}
}

// recordingBegun takes the file that was opened. The dialog that asked may be gone, its tab too.
func (m *Model) recordingBegun(msg recordingMsg) tea.Cmd {
	if msg.err != nil {
		for _, d := range m.tab().dialogs {
			if asked, ok := d.(*export.RecordDialog); ok {
				asked.Failed(msg.err)
				return nil
			}
		}
		m.tell(0, msg.err.Error(), true)
		return nil
	}
	if msg.tab.recording != nil || !m.holds(msg.tab) {
		return func() tea.Msg { return recordedMsg{closed(msg.recording)} }
	}
	msg.tab.recording = msg.recording
	m.tell(0, "recording to "+safe(msg.recording.Name()), false)
	if n := len(m.tab().dialogs); n > 0 {
		if _, ok := m.tab().dialogs[n-1].(*export.RecordDialog); ok {
			return m.close()
		}
	}
	return nil
}

func closed(r Recording) Recording {
	_ = r.Close()
	return r
}

func (m *Model) holds(t *tab) bool {
	for _, o := range m.tabs {
		if o == t {
			return true
		}
	}
	return false
}

// recorded tells what a record holds that has ended.
func (m *Model) recorded(r Recording) {
	written, lost, err := r.Count()
	text := fmt.Sprintf("%s messages recorded to %s", widget.Count(written), safe(r.Name()))
	if lost > 0 {
		text += ", " + widget.Count(lost) + " lost"
	}
	if err != nil {
		text += ": " + safe(err.Error())
	}
	m.tell(0, text, lost > 0 || err != nil)
}

// endRecords ends every record when the program leaves; the error is the first of them that is not whole.
func (m *Model) endRecords() (err error) {
	for _, t := range m.tabs {
		if t.recording == nil {
			continue
		}
		_ = t.recording.Close()
		_, lost, wrong := t.recording.Count()
		if err == nil && (lost > 0 || wrong != nil) {
			err = fmt.Errorf("%s is not whole: %d messages are lost", t.recording.Name(), lost)
			if wrong != nil {
				err = fmt.Errorf("%w: %w", err, wrong)
			}
		}
		t.recording = nil
	}
	return err
}

// recording says in the status bar how far the record is.
func (t *tab) recordingText() string {
	written, lost, err := t.recording.Count()
	text := "recording " + widget.Count(written)
	if lost > 0 {
		text += ", " + widget.Count(lost) + " lost"
	}
	if err != nil {
		text += ": " + safe(strings.TrimPrefix(err.Error(), "record: "))
	}
	return text
}

// message is what was asked to be published and has not ended.
func (t *tab) message(id client.RequestID) (client.Message, bool) {
	s, ok := t.sent[id]
	return s.message, ok
}
