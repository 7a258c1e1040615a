package retained

import (
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"

	"example.com/thingdeck/keymap"
	"example.com/thingdeck/ui/panetest"
	"example.com/thingdeck/ui/theme"
)

func dialog(n int) *Dialog {
	var topics []string
	for i := range n {
		topics = append(topics, fmt.Sprint("t/", i))
	}
	d := New(theme.Plain(), keymap.Default(), "t", topics, false)
	d.SetSize(78, 12)
	d.SetFocus(true)
	d.Refresh(panetest.Now)
	return d
}

func TestContract(t *testing.T) {
	panetest.Contract(t, func() panetest.Pane {
		return New(theme.Plain(), keymap.Default(), panetest.Hostile[0], panetest.Hostile, true)
	})
}

func TestClearsOneAfterTheOther(t *testing.T) {
	d := dialog(3)
	if got := panetest.Press(d, "enter", "n", "x"); len(got) != 0 {
		t.Errorf("without y: %v", got)
	}
	got, cmd := d.Update(panetest.Key("y"))
	for cmd != nil {
		var more []any
		more, cmd = d.Update(cmd())
		got = append(got, more...)
	}
	if diff := cmp.Diff([]any{Publish{"t/0"}, Publish{"t/1"}, Publish{"t/2"}, Close{}, Done{"3 retained messages cleared"}}, got); diff != "" {
		t.Error(diff)
	}
}

func TestIsStopped(t *testing.T) {
	d := dialog(3)
	_, cmd := d.Update(panetest.Key("y"))
	if diff := cmp.Diff([]any{Close{}, Done{"stopped: 1 retained message cleared, 2 left"}}, panetest.Press(d, "esc")); diff != "" {
		t.Error(diff)
	}
	if got, more := d.Update(cmd()); len(got) != 0 || more != nil {
		t.Errorf("goes on after the stop: %v", got)
	}
}
