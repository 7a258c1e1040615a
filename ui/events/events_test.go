package events

import (
	"strings"
	"testing"

	"example.com/thingdeck/keymap"
	"example.com/thingdeck/ui/panetest"
	"example.com/thingdeck/ui/theme"
)

func filled() *Log {
	var l Log
	for _, h := range panetest.Hostile {
		l.Add(panetest.Now, h, true)
	}
	l.Add(panetest.Now, "connected to mqtt://127.0.0.1:1883", false)
	return &l
}

func TestContract(t *testing.T) {
	panetest.Contract(t, func() panetest.Pane { return New(theme.Plain(), keymap.Default(), filled()) })
	panetest.Contract(t, func() panetest.Pane { return New(theme.Plain(), keymap.Default(), &Log{}) })
}

func TestStartsAtTheNewestAndFollows(t *testing.T) {
	log := filled()
	d := New(theme.Plain(), keymap.Default(), log)
	d.SetSize(80, 10)
	d.Refresh(panetest.Now)
	if !strings.Contains(d.View(), "▌12:04:01.203   connected to") {
		t.Errorf("the newest row is not chosen:\n%s", d.View())
	}
	log.Add(panetest.Now, "subscribed to a/b", false)
	d.Refresh(panetest.Now)
	if !strings.Contains(d.View(), "▌12:04:01.203   subscribed to a/b") {
		t.Errorf("the log does not follow:\n%s", d.View())
	}
}

func TestLogIsBounded(t *testing.T) {
	var l Log
	for range keep + 5 {
		l.Add(panetest.Now, "x", false)
	}
	if len(l.rows) != keep || l.lost != 5 {
		t.Errorf("%d rows and %d let go; want %d and 5", len(l.rows), l.lost, keep)
	}
}
