package export

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io/fs"
	"iter"
	"slices"
	"strings"
	"testing"

	tea "github.com/charmbracelet/bubbletea"

	"example.com/thingdeck/client/history"
	"example.com/thingdeck/keymap"
	"example.com/thingdeck/ui/panetest"
	"example.com/thingdeck/ui/theme"
)

var update = flag.Bool("update", false, "write the golden files")

// wrote is what the dialog asked to be written.
type wrote struct {
	path, format string
	overwrite    bool
	n            int
}

func dialog(write Write) *Dialog {
	messages := slices.Values(make([]history.Message, 12345))
	d := New(theme.Plain(), keymap.Default(), []Choice{
		{Name: "shown messages", Count: 12345, Messages: messages}, {Name: "the chosen message", Count: 1, Messages: slices.Values(make([]history.Message, 1))},
	}, "thingdeck-1", write)
	d.SetSize(78, 8)
	d.SetFocus(true)
	d.Refresh(panetest.Now)
	return d
}

// writer notes what is asked for and answers with err.
func writer(got *wrote, err error) Write {
	return func(_ context.Context, path, format string, overwrite bool, messages iter.Seq[history.Message], progress func(int)) (int, error) {
		*got = wrote{path, format, overwrite, 0}
		for range messages {
			got.n++
		}
		progress(got.n)
		return got.n, err
	}
}

func TestContract(t *testing.T) {
	panetest.Contract(t, func() panetest.Pane { return dialog(writer(new(wrote), nil)) })
	panetest.Contract(t, func() panetest.Pane {
		d := NewRecord(theme.Plain(), keymap.Default(), "a.jsonl")
		d.Failed(errors.New(panetest.Hostile[0]))
		return d
	})
}

// enter presses enter and returns what the write made of it.
func enter(t *testing.T, d *Dialog) []any {
	t.Helper()
	_, cmd := d.Update(panetest.Key("enter"))
	if cmd == nil {
		t.Fatal("enter starts nothing")
	}
	batch, _ := cmd().(tea.BatchMsg)
	intents, _ := d.Update(batch[0]())
	return intents
}

func TestWrites(t *testing.T) {
	var got wrote
	d := dialog(writer(&got, nil))
	intents := enter(t, d)
	if want := (wrote{"thingdeck-1.jsonl", "jsonl", false, 12345}); got != want {
		t.Errorf("wrote %+v; want %+v", got, want)
	}
	if len(intents) != 2 || intents[1] != (Done{"12 345 messages written to thingdeck-1.jsonl"}) {
		t.Errorf("got %v", intents)
	}
}

func TestChoosesByKeyboard(t *testing.T) {
	var got wrote
	d := dialog(writer(&got, nil))
	panetest.Press(d, "up", "right", "up", "right", "down", "right", "tab")
	if v := d.file.Value(); v != "thingdeck-1" {
		t.Errorf("the name of a folder is %q", v)
	}
	panetest.Press(d, "shift+tab", "left", "tab")
	enter(t, d)
	if want := (wrote{"thingdeck-1.csv", "csv", false, 1}); got != want {
		t.Errorf("wrote %+v; want %+v", got, want)
	}
}

func TestReplacesOnlyWhenToldTwice(t *testing.T) {
	var got wrote
	d := dialog(writer(&got, fmt.Errorf("x: %w", fs.ErrExist)))
	enter(t, d)
	d.Refresh(panetest.Now)
	if !strings.Contains(d.View(), "enter again replaces it") || got.overwrite {
		t.Errorf("overwrite %v\n%s", got.overwrite, d.View())
	}
	panetest.Type(d, "x")
	enter(t, d)
	if got.overwrite {
		t.Error("another name is replaced without being told so")
	}
	d.write = writer(&got, nil)
	if enter(t, d); !got.overwrite {
		t.Error("enter again does not replace")
	}
}

func TestIsStopped(t *testing.T) {
	d := dialog(func(ctx context.Context, _, _ string, _ bool, _ iter.Seq[history.Message], progress func(int)) (int, error) {
		progress(6000)
		<-ctx.Done()
		return 0, ctx.Err()
	})
	_, cmd := d.Update(panetest.Key("enter"))
	ended := make(chan tea.Msg)
	go func() { ended <- cmd().(tea.BatchMsg)[0]() }()
	panetest.Press(d, "esc")
	d.Update(<-ended)
	d.Refresh(panetest.Now)
	if !strings.Contains(d.View(), "stopped: nothing was written") {
		t.Errorf("no word of it in\n%s", d.View())
	}
	if got := panetest.Press(d, "esc"); len(got) != 1 || got[0] != (Close{}) {
		t.Errorf("got %v; want Close", got)
	}
}

func TestRecordDialog(t *testing.T) {
	d := NewRecord(theme.Plain(), keymap.Default(), "a")
	d.SetFocus(true)
	panetest.Type(d, ".jsonl")
	if got := panetest.Press(d, "enter"); len(got) != 1 || got[0] != (Record{"a.jsonl"}) {
		t.Errorf("got %v", got)
	}
	if got := panetest.Press(d, "esc"); len(got) != 1 || got[0] != (Close{}) {
		t.Errorf("got %v", got)
	}
}

func TestGolden(t *testing.T) {
	d := dialog(writer(new(wrote), nil))
	d.job = &job{}
	d.job.n.Store(6000)
	d.Refresh(panetest.Now)
	busy := d.View()
	d = dialog(writer(new(wrote), nil))
	panetest.Golden(t, *update, "export", d.View()+"\n"+busy)
}

// TestWhatDoesNotFitALineGoesOn: a reason with a long path is read whole.
func TestWhatDoesNotFitALineGoesOn(t *testing.T) {
	d := dialog(writer(new(wrote), nil))
	for format := range Formats {
		d.format = format
		d.Refresh(panetest.Now)
		if view := d.View(); strings.Contains(view, "…") || !strings.Contains(view, "read it") {
			t.Errorf("cut:\n%s", view)
		}
	}
	d.failed = "open " + strings.Repeat("/folder", 12) + "/file.jsonl: permission denied"
	d.Refresh(panetest.Now)
	if view := d.View(); !strings.Contains(view, "permission denied") {
		t.Errorf("cut:\n%s", view)
	}
}
