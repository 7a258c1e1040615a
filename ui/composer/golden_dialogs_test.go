package composer

import (
	"fmt"
	"testing"
	"time"

	"github.com/charmbracelet/x/ansi"

	"example.com/thingdeck/client"
	"example.com/thingdeck/ui/panetest"
)

// TestGoldenDialogs draws each dialog in terminals of 80×24, 120×36 and 200×60.
func TestGoldenDialogs(t *testing.T) {
	draft := Draft{Topic: `rooms/{{ask "Room" "hall"}}/set`, Payload: []byte("{\n  \"n\": {{seq}},\n  \"at\": \"{{now}}\",\n  \"level\": {{rand 20.0 20.0}}\n}"), QoS: 1, Retain: true, Variables: true}
	fill := func() *Pane {
		r := plain(t)
		r.SetTemplates([]client.Template{{Name: "room level", Draft: draft}, {Name: "reboot", Global: true, Draft: Draft{Topic: "lamp/cmd", Payload: []byte(`{"reboot":true}`)}}})
		for i := range 4 {
			at := panetest.Now.Add(time.Duration(i-30) * time.Hour)
			r.Pane.published = append(r.Pane.published, client.Publication{Time: at, Draft: Draft{Topic: fmt.Sprint("lamp/", i), Payload: []byte(`{"on":true}`)}})
		}
		r.SetDraft(draft)
		return r.Pane
	}
	for name, open := range map[string]func(*Pane) Dialog{
		"published": func(p *Pane) Dialog { return newPublished(p) },
		"templates": func(p *Pane) Dialog { return newTemplates(p) },
		"name":      func(p *Pane) Dialog { return newName(p, -1) },
		"load":      func(p *Pane) Dialog { return newLoad(p) },
		"preview": func(p *Pane) Dialog {
			m, _, _, err := p.ready()
			if err != nil {
				t.Fatal(err)
			}
			return newPreview(p, m)
		},
		"repeat": func(p *Pane) Dialog {
			m, _, _, err := p.ready()
			if err != nil {
				t.Fatal(err)
			}
			return newRepeat(p, p.Draft(), m)
		},
	} {
		for _, size := range [][2]int{{80, 24}, {120, 36}, {200, 60}} {
			t.Run(fmt.Sprintf("%s-%dx%d", name, size[0], size[1]), func(t *testing.T) {
				d := open(fill())
				w, h := d.Want(size[0]-2, size[1]-2)
				d.SetSize(w, h)
				d.SetFocus(true)
				d.Refresh(panetest.Now)
				panetest.Exact(t, d.View(), w, h)
				golden(t, fmt.Sprintf("dialog-%s-%dx%d", name, size[0], size[1]), ansi.Strip(d.View()))
			})
		}
	}
}
