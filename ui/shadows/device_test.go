package shadows

import (
	"strings"
	"testing"
	"time"
)

func TestTheDeviceIsPlayedAtOnce(t *testing.T) {
	w := shown(t, `{"desired":{"on":true},"reported":{"on":false}}`)
	w.press("o", "down", "enter")
	w.settle()
	w.wantText(w.view(), "● playing the device", "v2 · no difference")
	w.wantToast("reported as the device, v2")
	w.device("update", `{"state":{"desired":{"on":false,"n":{"m":1}}}}`)
	w.settle()
	w.pass(0)
	w.settle()
	w.wantText(w.view(), "v4 · no difference")
	if got := w.published("update"); len(got) != 2 || !strings.HasPrefix(got[1], `{"state":{"reported":{"n":{"m":1},"on":false}}`) {
		t.Errorf("got %v published; want the whole difference once", got)
	}
	w.press("o", "up", "up", "up", "enter")
	w.device("update", `{"state":{"desired":{"on":true}}}`)
	w.settle()
	w.pass(time.Minute)
	w.wantText(w.view(), "v5 · 1 difference")
}

func TestTheDeviceIsPlayedAfterAWhile(t *testing.T) {
	w := shown(t, `{"desired":{"on":true},"reported":{"on":false}}`)
	w.press("o", "down", "down")
	w.write("5")
	w.press("enter")
	w.wantText(w.view(), "playing the device after 5 s", "1 difference: reported as the device in 5 s")
	w.pass(4 * time.Second)
	w.settle()
	if got := w.published("update"); len(got) != 0 {
		t.Fatalf("got %v published after 4 s; want nothing", got)
	}
	w.pass(time.Second)
	w.settle()
	w.wantText(w.view(), "v2 · no difference")
}

func TestTheDeviceAsks(t *testing.T) {
	w := shown(t, `{"desired":{"on":true,"n":1,"s":"a"},"reported":{"on":false}}`)
	w.press("o", "down", "down", "down", "enter")
	w.wantText(w.dialog(), "Answer as the device", "☑ n 1", "☑ on true", `☑ s "a"`)
	w.press(" ", "down", "down", "e")
	w.write("b")
	w.press("enter")
	w.wantText(w.dialog(), "☐ n 1", `☑ s "a" → "b"`)
	w.press("enter")
	w.settle()
	w.pass(0)
	if got := w.published("update"); len(got) != 1 || !strings.HasPrefix(got[0], `{"state":{"reported":{"on":true,"s":"b"}}`) {
		t.Errorf("got %v published; want what was chosen", got)
	}
	w.wantText(w.view(), "v2 · 2 differences")
	if len(w.dialogs) != 0 {
		t.Errorf("asked again about what was answered:\n%s", w.dialog())
	}
	w.device("update", `{"state":{"desired":{"n":2}}}`)
	w.settle()
	w.pass(0)
	w.wantText(w.dialog(), "☑ n 2")
	w.press("esc")
	w.wantText(w.view(), "1 difference to answer as the device: o answers")
	w.press("o")
	w.wantText(w.dialog(), "☑ n 2")
}
