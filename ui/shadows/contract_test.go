package shadows

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"example.com/thingdeck/keymap"
	"example.com/thingdeck/shadow"
	"example.com/thingdeck/ui/panetest"
	"example.com/thingdeck/ui/theme"
)

// hostile is a document of what should not reach the terminal, as keys and as values of up to longest bytes.
func hostile(longest int) string {
	var members []string
	for i, text := range panetest.Hostile {
		if len(text) > longest {
			text = strings.ToValidUTF8(text[:longest], "")
		}
		s := shadow.String(text).String()
		members = append(members, s+":"+s, fmt.Sprintf(`"o%d":{%s:[%s,{%s:%s}]}`, i, s, s, s, s))
	}
	return "{" + strings.Join(members, ",") + "}"
}

// loaded is the payload of get/accepted for these sections.
func loaded(desired, reported string) []byte {
	return []byte(`{"state":{"desired":` + desired + `,"reported":` + reported + `},"version":42,"clientToken":"` +
		strings.ReplaceAll(shadow.String(panetest.Hostile[0]).String(), `"`, "") + `"}`)
}

// states are worlds in every state that the pane knows.
var states = map[string]func(t *testing.T) *world{
	"nothing": newWorld,
	"offline": func(t *testing.T) *world {
		w := newWorld(t)
		w.act(w.pane.Choose("lamp", ""))
		return w
	},
	"subscribing": func(t *testing.T) *world {
		w := newWorld(t)
		w.act(w.pane.Connected(false))
		w.act(w.pane.Choose("lamp", ""))
		w.grant(3, "")
		return w
	},
	"barred": func(t *testing.T) *world {
		w := newWorld(t)
		w.act(w.pane.Connected(false))
		w.act(w.pane.Choose("lamp", ""))
		w.grant(1, "not authorised "+panetest.Hostile[0])
		w.settle()
		return w
	},
	"asking": func(t *testing.T) *world {
		w := newWorld(t)
		w.mute = true
		w.act(w.pane.Connected(false))
		w.act(w.pane.Choose("lamp", ""))
		w.settle()
		return w
	},
	"silent": func(t *testing.T) *world {
		w := newWorld(t)
		w.mute = true
		w.act(w.pane.Connected(false))
		w.act(w.pane.Choose("lamp", ""))
		w.settle()
		w.pass(10 * time.Second)
		return w
	},
	"missing": func(t *testing.T) *world { return shown(t) },
	"refused": func(t *testing.T) *world {
		w := newWorld(t)
		w.mute = true
		w.act(w.pane.Connected(false))
		w.act(w.pane.Choose("lamp", ""))
		w.settle()
		w.answer("get/rejected", `{"code":403,"message":`+shadow.String("Forbidden "+panetest.Hostile[1]).String()+`,"clientToken":"own-1"}`)
		return w
	},
	"shown": func(t *testing.T) *world { return lamp(t) },
	"edited": func(t *testing.T) *world {
		w := lamp(t)
		w.press("g", "e")
		w.write("20")
		w.press("enter", "down", "down", "x")
		return w
	},
	"conflict": func(t *testing.T) *world {
		w := shown(t, `{"desired":{"on":true,"n":1}}`)
		w.press("down", "e")
		w.write("false")
		w.press("enter", "ctrl+s")
		w.device("update", `{"state":{"desired":{"n":2}}}`)
		w.press("enter")
		w.settle()
		return w
	},
	"deleted": func(t *testing.T) *world {
		w := shown(t, `{"desired":{"on":true,"n":1}}`)
		w.device("delete", "")
		w.settle()
		return w
	},
	"filtered": func(t *testing.T) *world {
		w := lamp(t)
		w.press("/")
		w.write("i state:reported")
		return w
	},
	"filter wrong": func(t *testing.T) *world {
		w := lamp(t)
		w.press("/")
		w.write("state:odd")
		return w
	},
	"unfolded": func(t *testing.T) *world {
		w := lamp(t)
		w.press("*", "*")
		return w
	},
	"reported": func(t *testing.T) *world {
		w := lamp(t)
		w.press("r", "g", "e")
		w.write("61")
		w.press("enter", "f")
		return w
	},
	"playing": func(t *testing.T) *world {
		w := lamp(t)
		w.press("o", "down", "down", "enter")
		return w
	},
	"polling": func(t *testing.T) *world { return onlyGet(t) },
	"all barred": func(t *testing.T) *world {
		w := newWorld(t)
		w.act(w.pane.Connected(false))
		w.act(w.pane.Choose("lamp", ""))
		w.grant(8, "not authorised")
		return w
	},
	"empty": func(t *testing.T) *world { return shown(t, `{}`) },
	"hostile": func(t *testing.T) *world {
		w := shown(t, `{}`)
		w.act(w.pane.Handle("$aws/things/lamp/shadow/get/accepted", loaded(hostile(1<<20), `{"o3":1}`), w.now))
		w.act(w.pane.Handle("$aws/things/"+panetest.Hostile[0]+"/shadow/get", nil, w.now))
		w.view()
		w.press("g", "right", "down", "right", "down", "right", "down")
		return w
	},
}

// onlyGet is a world in which a policy lets nothing be heard but get/accepted.
func onlyGet(t *testing.T) *world {
	w := newWorld(t)
	w.device("update", `{"state":{"desired":{"on":true}}}`)
	w.wire = nil
	w.act(w.pane.Connected(false))
	w.act(w.pane.Choose("lamp", ""))
	w.grant(1, "")
	w.grant(7, "not authorised")
	w.settle()
	return w
}

// answer delivers an answer for lamp's classic shadow that the service here would not give.
func (w *world) answer(topic, payload string) {
	w.act(w.pane.Handle("$aws/things/lamp/shadow/"+topic, []byte(payload), w.now))
	w.pane.Refresh(w.now)
}

// lamp is a shadow with something of everything.
func lamp(t *testing.T) *world {
	w := shown(t, `{"reported":{"on":false,"brightness":60,"color":"warm","wifi":{"ssid":"workshop","rssi":-58,"channel":6},"scenes":["day","night"]}}`)
	w.pass(49 * time.Hour)
	w.device("update", `{"state":{"desired":{"on":true,"color":"warm","schedule":{"from":"18:00","to":"23:30"}}},"clientToken":"app-17"}`)
	w.settle()
	w.pass(3 * time.Second)
	w.press("G", "enter")
	return w
}

func TestContract(t *testing.T) {
	for name, state := range states {
		t.Run(name, func(t *testing.T) {
			panetest.Contract(t, func() panetest.Pane { return state(t).pane })
		})
	}
}

func TestContractInASCII(t *testing.T) {
	panetest.Contract(t, func() panetest.Pane {
		p := states["edited"](t).pane
		p.theme = theme.New(theme.Options{ASCII: true})
		return p
	})
}

func TestDialogContract(t *testing.T) {
	for name, open := range dialogs {
		t.Run(name, func(t *testing.T) {
			panetest.Contract(t, func() panetest.Pane {
				w := open(t)
				if len(w.dialogs) != 1 {
					t.Fatalf("got %d dialogs; want 1\n%s", len(w.dialogs), w.view())
				}
				return w.dialogs[0]
			})
		})
	}
}

// sizes are those of the pane on terminals of 80×24, 120×36 and 200×60.
var sizes = [][2]int{{50, 23}, {86, 15}, {66, 59}}

func TestFrames(t *testing.T) {
	for name, state := range states {
		if name == "hostile" {
			continue
		}
		w := state(t)
		for _, size := range append(sizes, [2]int{30, 8}) {
			w.pane.SetSize(size[0], size[1])
			golden(t, fmt.Sprintf("%s-%dx%d", strings.ReplaceAll(name, " ", "-"), size[0], size[1]), w.view())
		}
	}
}

func TestDialogFrames(t *testing.T) {
	for name, open := range dialogs {
		if strings.Contains(name, "hostile") {
			continue
		}
		d := open(t).dialogs[0]
		for _, size := range [][2]int{{76, 21}, {36, 10}} {
			d.SetSize(d.Want(size[0], size[1]))
			d.Refresh(panetest.Now)
			golden(t, fmt.Sprintf("dialog-%s-%dx%d", strings.ReplaceAll(name, " ", "-"), size[0], size[1]), d.View())
		}
	}
}

func TestActionsKnowWhyTheyAreOff(t *testing.T) {
	tests := []struct{ state, action, want string }{
		{"nothing", "shadow.get", "no thing is chosen"},
		{"nothing", "shadow.choose", ""},
		{"nothing", "shadow.add", "no thing is chosen"},
		{"offline", "shadow.get", "not connected"},
		{"offline", "shadow.add", "the shadow is not known yet"},
		{"subscribing", "shadow.get", "the answers are not subscribed yet"},
		{"barred", "shadow.get", "the subscription to the answers was refused"},
		{"missing", "shadow.add", ""},
		{"missing", "shadow.edit", "no row is chosen"},
		{"missing", "shadow.delete", "no shadow exists"},
		{"shown", "shadow.edit", ""},
		{"shown", "shadow.send", "there are no edits"},
		{"shown", "shadow.undo", "there are no edits"},
		{"edited", "shadow.send", ""},
		{"edited", "shadow.undo", ""},
	}
	for _, tt := range tests {
		t.Run(tt.state+" "+tt.action, func(t *testing.T) {
			for _, a := range states[tt.state](t).pane.Actions() {
				if a.Name == tt.action && a.Off != tt.want {
					t.Errorf("got off %q; want %q", a.Off, tt.want)
				}
			}
		})
	}
}

func TestGroupNamesTheShadow(t *testing.T) {
	p := New(theme.Plain(), keymap.Default(), func() time.Time { return panetest.Now })
	if got := p.Group(); got != "" {
		t.Errorf("got group %q without a thing; want none", got)
	}
	p.Choose("lamp", "config")
	if got, want := p.Group(), "shadow lamp · config"; got != want {
		t.Errorf("got group %q; want %q", got, want)
	}
}
