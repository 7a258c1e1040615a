package shadows

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"example.com/thingdeck/shadow"
	"example.com/thingdeck/ui/panetest"
)

func TestReportedIsEditedWhenAskedFor(t *testing.T) {
	w := shown(t, `{"desired":{"on":true},"reported":{"on":false}}`)
	w.press("r", "e")
	w.wantText(w.dialog(), "Reported on")
	w.write("true")
	w.press("enter")
	w.wantRow("on", "≠ on true → true true")
	w.press("r", "x")
	w.wantText(w.view(), "2 edits")
	w.press("U", "ctrl+s", "enter")
	w.settle()
	if got := w.published("update"); len(got) != 1 || !strings.HasPrefix(got[0], `{"state":{"reported":{"on":true}},"version":1`) {
		t.Errorf("got %v published; want what is reported", got)
	}
}

func TestRename(t *testing.T) {
	w := shown(t, `{"desired":{"o":{"a":{"x":1},"b":2}}}`)
	w.press("enter", "down", "m")
	w.write("b")
	w.wantText(w.dialog(), "this key is there already")
	w.write("c")
	w.press("enter")
	if got, want := w.pane.want(shadow.Desired).String(), `{"o":{"b":2,"c":{"x":1}}}`; got != want {
		t.Errorf("got %s; want %s", got, want)
	}
	w.press("U")
	if w.pane.Unsent() != 0 {
		t.Errorf("got %d edits after one undo; want none", w.pane.Unsent())
	}
}

func TestTheSectionIsEditedAsJSON(t *testing.T) {
	w := shown(t, `{"desired":{"a":1,"o":{"x":1}}}`)
	w.press("E", "ctrl+end")
	w.press("backspace", "ctrl+s")
	w.wantText(w.dialog(), "line 6, column 1: unexpected end")
	w.press("ctrl+home", "end")
	w.key(panetest.Key("enter"))
	for _, r := range `"new": "é",` {
		w.key(panetest.Key(string(r)))
	}
	w.press("ctrl+end", "}")
	w.press("ctrl+s")
	if got, want := w.pane.want(shadow.Desired).String(), `{"a":1,"new":"é","o":{"x":1}}`; len(w.dialogs) != 0 || got != want {
		t.Fatalf("got %s; want %s\n%s", got, want, w.dialog())
	}
	w.device("update", `{"state":{"desired":{"o":{"y":1}}}}`) // others' keys stay
	w.settle()
	if got, want := w.pane.want(shadow.Desired).String(), `{"a":1,"new":"é","o":{"x":1,"y":1}}`; got != want {
		t.Errorf("got %s; want %s", got, want)
	}
}

func TestAChangedSectionIsNotDroppedByOneEsc(t *testing.T) {
	w := shown(t, `{"desired":{"a":1}}`)
	w.press("E", "esc")
	if len(w.dialogs) != 0 {
		t.Fatal("an unchanged text is asked about")
	}
	w.press("E", "ctrl+end", "backspace", "esc")
	w.wantText(w.dialog(), "the text was changed: esc again drops it")
	w.press("}", "esc") // as it was opened
	if len(w.dialogs) != 0 {
		t.Fatal("a text changed back is asked about")
	}
	w.press("E", "ctrl+end", "backspace", "esc", "esc")
	if len(w.dialogs) != 0 {
		t.Error("the second esc does not drop the text")
	}
}

func TestTheUsersEditor(t *testing.T) {
	t.Setenv("VISUAL", "")
	t.Setenv("EDITOR", "sed -i s/1/2/")
	w := shown(t, `{"desired":{"a":1}}`)
	w.press("ctrl+e")
	if w.exec == nil {
		t.Fatal("no program was asked for")
	}
	file := w.exec.Command.Args[len(w.exec.Command.Args)-1]
	if info, err := os.Stat(file); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("got %v, %v; want a file that only the user can read", info, err)
	}
	w.reply(w.exec.Done(w.exec.Command.Run()))
	w.wantText(w.dialog(), `"a": 2`)
	w.press("ctrl+s")
	w.wantRow("a", "+ a → 2 – 1")
	if _, err := os.Stat(file); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("got %v; want the file gone", err)
	}
	t.Setenv("EDITOR", "false")
	w.press("ctrl+e")
	w.reply(w.exec.Done(w.exec.Command.Run()))
	w.wantText(w.dialog(), "false: exit status 1; the text is as it was")
}

func TestExportAndImport(t *testing.T) {
	w := shown(t, `{"desired":{"a":1,"b":2},"reported":{"c":3}}`)
	file := filepath.Join(t.TempDir(), "lamp.json")
	w.press("w")
	w.wantText(w.dialog(), "lamp.json")
	w.write(file)
	w.press("enter")
	w.wantToast("v1 written to " + file)
	if info, err := os.Stat(file); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("got %v, %v; want mode 0600", info, err)
	}
	data, _ := os.ReadFile(file)
	if d, err := shadow.ParseDocument(data); err != nil || d.Desired.State.String() != `{"a":1,"b":2}` || d.Desired.Metadata.Newest() == 0 {
		t.Errorf("got %s, %v; want the document", data, err)
	}
	w.device("update", `{"state":{"desired":{"a":9,"n":1}}}`)
	w.settle()
	w.press("i")
	w.write(file)
	w.press("enter")
	w.wantText(w.dialog(), "Review update", `"a": 1`, "still at v2")
	w.press("enter")
	w.settle()
	if got := w.pane.doc.Desired.State.String(); got != `{"a":1,"b":2,"n":1}` {
		t.Errorf("got %s; want the file merged", got)
	}
	for content, want := range map[string]string{`{"a":`: "line 1, column 6", `[]`: "holds neither desired nor reported", `{"desired":1}`: "desired is no object"} {
		if err := os.WriteFile(file, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		w.press("i")
		w.write(file)
		w.press("enter")
		w.wantText(strings.ReplaceAll(w.dialog(), "\n", " "), want)
		w.press("esc")
	}
}
