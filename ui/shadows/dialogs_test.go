package shadows

import (
	"fmt"
	"strings"
	"testing"

	"example.com/thingdeck/shadow"
	"example.com/thingdeck/ui/panetest"
)

// dialogs are every dialog as its key opens it, by what the pane shows then.
var dialogs = map[string]func(t *testing.T) *world{
	"choose": func(t *testing.T) *world {
		w := states["edited"](t)
		for i := range 40 {
			w.act(w.pane.Handle(fmt.Sprintf("$aws/things/lamp-%d/shadow/name/$config/update", i), nil, w.now))
		}
		w.press("t")
		w.write(panetest.Hostile[0])
		return w
	},
	"choose first": func(t *testing.T) *world {
		w := newWorld(t)
		w.press("t")
		return w
	},
	"edit": func(t *testing.T) *world {
		w := states["shown"](t)
		w.press("g", "e")
		w.write("tru")
		return w
	},
	"edit hostile": func(t *testing.T) *world {
		w := states["hostile"](t)
		w.press("G", "e")
		return w
	},
	"add": func(t *testing.T) *world {
		w := states["hostile"](t)
		w.press("a")
		w.write(panetest.Hostile[3])
		w.press("tab")
		w.write(`"` + strings.Repeat("漢", 300) + `"`)
		return w
	},
	"review": func(t *testing.T) *world {
		w := states["edited"](t)
		w.press("ctrl+s")
		return w
	},
	"review hostile": func(t *testing.T) *world {
		w := states["hostile"](t)
		w.press("g", "x", "G", "a")
		w.write("a")
		w.press("tab")
		w.write(hostile(1 << 10))
		w.press("enter", "ctrl+s")
		return w
	},
	"conflict": func(t *testing.T) *world {
		w := states["conflict"](t)
		w.press("down")
		return w
	},
	"conflict hostile": func(t *testing.T) *world {
		w := states["hostile"](t)
		w.press("g", "a")
		w.write("a")
		w.press("tab")
		w.write(`1`)
		w.press("enter", "ctrl+s", "enter")
		w.answer("update/rejected", `{"code":409,"message":"Version conflict","clientToken":"own-2"}`)
		w.answer("get/accepted", strings.Replace(string(loaded(`{"a":2}`, hostile(1<<10))), `42`, `43`, 1))
		return w
	},
	"rename": func(t *testing.T) *world {
		w := states["shown"](t)
		w.press("g", "down", "m")
		w.write("on")
		return w
	},
	"document": func(t *testing.T) *world {
		w := states["shown"](t)
		w.press("E", "down", "end")
		w.press("backspace")
		return w
	},
	"document hostile": func(t *testing.T) *world {
		w := shown(t, `{}`)
		w.act(w.pane.Handle("$aws/things/lamp/shadow/get/accepted", loaded(hostile(8<<10), `{}`), w.now))
		w.view()
		w.press("E") // of AWS's limit: a megabyte takes its time
		return w
	},
	"view": func(t *testing.T) *world {
		w := states["shown"](t)
		w.press("v")
		return w
	},
	"view hostile": func(t *testing.T) *world {
		w := states["hostile"](t)
		w.press("v")
		return w
	},
	"timeline": func(t *testing.T) *world {
		w := states["shown"](t)
		w.device("update", `{"state":{"reported":{"on":true,"brightness":null}}}`)
		w.settle()
		w.press("H", "down")
		return w
	},
	"timeline first": func(t *testing.T) *world {
		w := shown(t, `{}`)
		w.press("H")
		return w
	},
	"timeline hostile": func(t *testing.T) *world {
		w := states["hostile"](t)
		w.answer("update/documents", `{"previous":null,"current":{"state":{"desired":`+hostile(1<<10)+`},"version":99},"clientToken":`+
			shadow.String(panetest.Hostile[0]).String()+`}`)
		w.press("H")
		return w
	},
	"play": func(t *testing.T) *world {
		w := states["shown"](t)
		w.press("o", "down", "down")
		return w
	},
	"ask": func(t *testing.T) *world {
		w := states["shown"](t)
		w.press("o", "down", "down", "down", "enter", "down", " ", "down", "e")
		w.write(`"17:00"`)
		w.press("enter")
		return w
	},
	"ask hostile": func(t *testing.T) *world {
		w := states["hostile"](t)
		w.press("o", "down", "down", "down", "enter")
		return w
	},
	"create": func(t *testing.T) *world {
		w := states["shown"](t)
		w.press("+")
		w.write("config")
		w.press("tab")
		w.write(`{"desired":{"on":}}`)
		return w
	},
	"answers": func(t *testing.T) *world {
		w := states["shown"](t)
		w.press("A", "down", " ")
		return w
	},
	"export": func(t *testing.T) *world {
		w := states["shown"](t)
		w.press("w")
		return w
	},
	"import": func(t *testing.T) *world {
		w := states["shown"](t)
		w.press("i")
		w.write("/nowhere/lamp.json")
		w.press("enter")
		return w
	},
	"list": func(t *testing.T) *world {
		w := states["shown"](t)
		for _, name := range []string{"config", "wifi"} {
			w.wire = append(w.wire, w.service.Handle("$aws/things/lamp/shadow/name/"+name+"/update", []byte(`{"state":{"desired":{"a":1},"reported":{"a":1}}}`), w.now)...)
		}
		w.press("L")
		w.settle()
		return w
	},
	"delete": func(t *testing.T) *world {
		w := states["shown"](t)
		w.press("D")
		w.write("lamp")
		return w
	},
}
