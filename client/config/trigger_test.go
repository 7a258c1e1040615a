package config

import (
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"
)

// configOf loads a config.toml that holds text.
func configOf(t *testing.T, text string) (*Configuration, error) {
	t.Helper()
	dir := t.TempDir()
	file := filepath.Join(dir, "config.toml")
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return Load(Folders{File: file, Home: dir, State: dir, Profiles: dir}, Values{}, nil)
}

func TestTriggers(t *testing.T) {
	c, err := configOf(t, `keep = 5
[[trigger]]
name = "hot"
filter = "sensors/+/temp"
qos = 1
where = '.temp > 30 and .unit == "C"'
highlight = true
bell = true
notify = true
command = ["/usr/bin/logger", "-t", "two words"]
timeout = "3s"
rate = 2
publish = { topic = "lamp/cmd", payload = '{"at":"{{now}}"}', qos = 1, retain = true }

[[trigger]]
name = "second"
filter = "#"
off = true
[trigger.publish]
topic = "answer"

[keys]
messages.pause = ["p"]
`)
	if err != nil {
		t.Fatal(err)
	}
	if len(c.Triggers) != 2 || len(c.Keys) != 1 {
		t.Fatalf("got %+v", c.Triggers)
	}
	a, b := c.Triggers[0], c.Triggers[1]
	if a.Name != "hot" || a.Filter.String() != "sensors/+/temp" || a.QoS != 1 || a.Where != `.temp > 30 and .unit == "C"` ||
		!a.Highlight || !a.Bell || !a.Notify || a.Timeout != 3*time.Second || a.Rate != 2 ||
		!reflect.DeepEqual(a.Command, []string{"/usr/bin/logger", "-t", "two words"}) ||
		a.Answer.Topic != "lamp/cmd" || string(a.Answer.Payload) != `{"at":"{{now}}"}` || a.Answer.QoS != 1 || !a.Answer.Retain {
		t.Errorf("got %+v", a)
	}
	if items := c.triggerItems(); len(items) != 2 || items[1].Name != "trigger.second" || items[1].Value != "#  publish" || !strings.HasSuffix(items[1].Origin, "config.toml:15") {
		t.Errorf("printed as %+v", items)
	}
	if b.Name != "second" || !b.Off || b.Answer.Topic != "answer" || a.Does() != "highlight, bell, notify, command, publish" {
		t.Errorf("got %+v", b)
	}
}

func TestTriggersTellWhatIsWrong(t *testing.T) {
	const head = "[[trigger]]\nname = \"n\"\nfilter = \"a\"\n"
	for text, want := range map[string]string{
		head:                                      `config.toml:1:3: trigger "n": it does nothing`,
		head + "bell = 1":                         "config.toml:4:1: trigger: bell: true or false is wanted",
		head + "bell = true\nwhere = \".x >\"":    `trigger "n": where: at `,
		head + "ring = true":                      "config.toml:4:1: trigger: ring: no trigger has such a key",
		head + "command = \"rm -rf x\"":           "a list of the program and its arguments is wanted",
		head + "qos = 3":                          "trigger: qos: 0, 1 or 2 is wanted",
		head + "publish = { topik = \"a\" }":      "publish has topic, payload, qos and retain",
		head + "bell = true\n" + head:             "config.toml:5:3: trigger \"n\": it does nothing",
		head + "bell=true\n" + head + "bell=true": "name: another trigger has it",
		"[trigger]\nname = \"n\"":                 "write [[trigger]]",
		"trigger = [{name = \"n\"}]":              "write [[trigger]]",
		"[[trigger]]\nfilter = \"a/#/b\"":         "trigger: filter: # stands only at the end",
		"[[other]]\nx = 1":                        "unknown table [other]",
	} {
		if _, err := configOf(t, text); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: got %v; want %q", text, err, want)
		}
	}
}

func TestProtobufTables(t *testing.T) {
	for name, c := range map[string]struct{ text, want string }{
		"no file":       {"[[protobuf]]\nfilter = \"a/#\"\ndescriptors = \"none.binpb\"\nmessage = \"a.B\"\n", "config.toml:1:3: protobuf: stat "},
		"no message":    {"[[protobuf]]\nfilter = \"a/#\"\ndescriptors = \"none.binpb\"\n", "config.toml:1:3: protobuf: no message"},
		"a bad filter":  {"[[protobuf]]\nfilter = \"a#\"\n", "config.toml:2:1: protobuf: filter: a wildcard stands alone"},
		"another key":   {"[[protobuf]]\nfile = \"a\"\n", "config.toml:2:1: protobuf: file: there are filter, descriptors and message"},
		"another table": {"[protobuf]\n", "config.toml:1:2: descriptions of Protobuf are tables of their own"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := configOf(t, c.text)
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got %v; want %s", err, c.want)
			}
		})
	}
}
