package config

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestWrongConfig(t *testing.T) {
	tests := []struct {
		name, content string
		line, column  int
		want          string
	}{
		{"unknown key", "ascii = true\nkeeep = 5\n", 2, 1, `unknown key "keeep": is keep meant?`},
		{"unknown key far from any", "\n\n  elephants = 5\n", 3, 3, `unknown key "elephants"`},
		{"unknown key after a comment", "# a\n# b\nlistne = \"x\" # c\n", 3, 1, "is listen meant?"},
		{"unknown table", "keep = 5\n\n[colours]\nred = 1\n", 3, 2, "unknown table [colours]"},
		{"unknown key in a table", "theme.dark = true\n", 1, 1, `unknown key "theme.dark"`},
		{"array of tables", "[[keys]]\na = 1\n", 1, 3, "unknown table [keys]"},
		{"wrong type", "ascii = true\nkeep = \"many\"\n", 2, 1, "keep: a number without quotes is wanted"},
		{"wrong number", "keep = 0\n", 1, 1, "keep: a whole number, at least 1"},
		{"wrong size", "keep-bytes = \"much\"\n", 1, 1, "keep-bytes: a size such as 256MiB"},
		{"wrong list", "subscribe = [\"a\", 5]\n", 1, 1, "subscribe: item 2"},
		{"wrong filter", "subscribe = [\"a/#/b\"]\n", 1, 1, "# stands only at the end"},
		{"no TOML", "keep = 5\nascii = = true\n", 2, 9, ""},
		{"not closed", "theme = \"a\nkeep = 4", 1, 11, ""},
		{"key twice", "keep = 5\nkeep = 6\n", 2, 1, "keep"},
		{"setting of a profile", "broker = \"mqtt://a\"\n", 1, 1, "broker belongs in a profile"},
		{"flag only", "plain = true\n", 1, 1, "plain is a flag only: --plain"},
		{"flag's negative", "no-mouse = true\n", 1, 1, "write mouse = false"},
		{"secret", "password = \"hunter2\"\n", 1, 1, "password is never kept in a file: use the keyring or THINGDECK_PASSWORD"},
		{"key bindings of the wrong type", "[keys]\nmessages.pause = 5\n", 2, 1, "messages.pause: a list of texts in quotes is wanted"},
		{"keys is no table", "keys = 5\n", 1, 1, "keys is a table"},
		{"hostile key", "\"a\\u001b[2Jb\" = 1\n", 1, 1, `unknown key "a\x1b[2Jb"`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			f := testFolders(t)
			put(t, f.File, tt.content)
			_, err := Load(f, Values{}, nil)
			wantError(t, err, fmt.Sprintf("%s:%d:%d: ", f.File, tt.line, tt.column))
			wantError(t, err, tt.want)
			if strings.Contains(err.Error(), "hunter2") {
				t.Errorf("got error %q; want none with the secret", err)
			}
			var file *FileError
			if !errors.As(err, &file) {
				t.Errorf("got a %T; want a *FileError", err)
			}
		})
	}
}

func TestConfigIsRead(t *testing.T) {
	f := testFolders(t)
	put(t, f.File, "\xef\xbb\xbf"+`# mine
keep = 5_000
keep-bytes = "2 GiB"
theme = "dusk"
ascii = true
mouse = false
keep-alive = "20m"
subscribe = ["a/#", "b@1"]
log = "~/deck.log"
policy = "policy.json"

[keys]
messages.pause = ["p", "space"]
"global.quit" = "ctrl+q"
[keys.shadow]
edit = []
`)
	c := mustLoad(t, f, Values{})
	s := mustStart(t, c).Settings
	if s.Keep != 5000 || s.KeepBytes != 2<<30 || s.Theme != "dusk" || !s.ASCII || s.Mouse || s.KeepAlive != 20*time.Minute {
		t.Errorf("got %+v", s)
	}
	if len(s.Subscribe) != 2 || s.Subscribe[1].QoS != 1 {
		t.Errorf("got subscriptions %v; want a/# and b at QoS 1", s.Subscribe)
	}
	if got, want := s.Log, filepath.Join(f.Home, "deck.log"); got != want {
		t.Errorf("got log %q; want %q", got, want)
	}
	if got, want := s.Local.Policy, filepath.Join(f.Config, "policy.json"); got != want {
		t.Errorf("got policy %q; want %q", got, want)
	}
	want := map[string][]string{"messages.pause": {"p", "space"}, "global.quit": {"ctrl+q"}, "shadow.edit": {}}
	if diff := cmp.Diff(want, c.Keys); diff != "" {
		t.Errorf("keys (-want +got):\n%s", diff)
	}
	wantError(t, c.KeyError("global.quit", errors.New("no such action")), f.File+":14:1: no such action")
	wantError(t, c.KeyError("shadow.edit", errors.New("x")), f.File+":16:1: x")
}

func TestConfigThatIsNoFile(t *testing.T) {
	t.Run("absent", func(t *testing.T) {
		mustLoad(t, testFolders(t), Values{})
	})
	t.Run("absent though named", func(t *testing.T) {
		f, err := FindFolders([]string{"HOME=/nowhere"}, "/nowhere/x.toml")
		if err != nil {
			t.Fatal(err)
		}
		_, err = Load(f, Values{}, nil)
		wantError(t, err, "--config /nowhere/x.toml: there is no such file")
	})
	t.Run("a folder", func(t *testing.T) {
		f := testFolders(t)
		if err := os.MkdirAll(f.File, 0o700); err != nil {
			t.Fatal(err)
		}
		_, err := Load(f, Values{}, nil)
		wantError(t, err, "not a regular file")
	})
	t.Run("too large", func(t *testing.T) {
		f := testFolders(t)
		put(t, f.File, strings.Repeat("#", maxFile+1))
		_, err := Load(f, Values{}, nil)
		wantError(t, err, "larger than 1 MiB")
	})
}

func TestFolders(t *testing.T) {
	tests := []struct {
		name                string
		environ             []string
		config, state, fail string
	}{
		{"home", []string{"HOME=/h"}, "/h/.config/thingdeck", "/h/.local/state/thingdeck", ""},
		{"xdg", []string{"HOME=/h", "XDG_CONFIG_HOME=/c", "XDG_STATE_HOME=/s"}, "/c/thingdeck", "/s/thingdeck", ""},
		{"xdg without a home", []string{"XDG_CONFIG_HOME=/c", "XDG_STATE_HOME=/s"}, "/c/thingdeck", "/s/thingdeck", ""},
		{"xdg that is relative", []string{"HOME=/h", "XDG_CONFIG_HOME=c"}, "/h/.config/thingdeck", "/h/.local/state/thingdeck", ""},
		{"nothing", nil, "", "", "set HOME"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			f, err := FindFolders(tt.environ, "")
			if tt.fail != "" {
				wantError(t, err, tt.fail)
				return
			}
			if err != nil || f.Config != tt.config || f.State != tt.state {
				t.Errorf("got %q, %q, %v; want %q, %q", f.Config, f.State, err, tt.config, tt.state)
			}
		})
	}
}

func TestWrongFlagsAndEnvironment(t *testing.T) {
	var v Values
	_, err := v.SetFlag("keep", "none")
	wantError(t, err, "--keep: a whole number")
	_, err = v.SetFlag("subscribe", "a", "b/#/c")
	wantError(t, err, `--subscribe: "b/#/c"`)
	if known, err := v.SetFlag("version", "true"); known || err != nil {
		t.Errorf("--version: known %v, %v; want it left alone", known, err)
	}
	_, err = Load(testFolders(t), Values{}, []string{"THINGDECK_MQTT=4"})
	wantError(t, err, `THINGDECK_MQTT: 3.1.1 or 5: not "4"`)
	_, err = Load(testFolders(t), Values{}, []string{"THINGDECK_BROKER=mqtt://me:hunter2@host"})
	wantError(t, err, "THINGDECK_BROKER: ")
	if strings.Contains(err.Error(), "hunter2") {
		t.Errorf("got %q; want it without the password", err)
	}
}

func TestWrongTogether(t *testing.T) {
	tests := []struct {
		name    string
		flags   []string
		profile []string
		want    string
	}{
		{"certificate without TLS", []string{"broker", "mqtt://h", "cert", "c", "key", "k"}, nil, "flag --cert: works with mqtts:// and wss:// only"},
		{"certificate without key", []string{"broker", "mqtts://h", "cert", "c.pem"}, nil, "--key: the certificate needs its private key"},
		{"sigv4 over MQTT", []string{"broker", "mqtts://h", "auth", "sigv4"}, nil, "flag --auth: sigv4 works with wss:// only"},
		{"shadow without thing", []string{"broker", "mqtt://h", "shadow", "s"}, nil, "flag --shadow: needs a thing"},
		{"flag against profile", []string{"profile", "p", "broker", "mqtt://h"}, []string{"broker", "mqtts://h", "ca", "/ca.pem"}, "profile p ("},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			f := testFolders(t)
			if tt.profile != nil {
				save(t, f, profileOf(t, "p", tt.profile...))
			}
			_, err := mustLoad(t, f, flagValues(t, tt.flags...)).Start()
			wantError(t, err, tt.want)
		})
	}
}

func TestShadowOfTheLocalThing(t *testing.T) {
	e := mustStart(t, mustLoad(t, testFolders(t), flagValues(t, "shadow", "s")))
	if e.Settings.Shadow != "s" || e.Settings.Broker.Host != "" {
		t.Errorf("got %+v; want the shadow on the local AWS IoT", e.Settings)
	}
}

func FuzzParse(f *testing.F) {
	for _, s := range []string{
		"", "keep = 5\n[keys]\na.b=['x']", "[[keys]]", "keys={a={b=['c']}}", "a=[[[[1]]]]", "\xff", "theme=\"\"\"\nx\"\"\"", "broker='mqtt://u:pw@h'",
		"kind = 'AWS X.509'\nbroker = 'mqtts://h'\nkeep-alive = '20m'\npersistent = true\nsubscribe = ['a/#', 'b@1']\nkeep-bytes = '1 MB'\ncert = '~/c.p12'\n",
	} {
		f.Add([]byte(s))
	}
	folders := Folders{Config: "/c", Profiles: "/c/profiles", State: "/s", File: "/c/config.toml", Home: "/h"}
	f.Fuzz(func(t *testing.T, data []byte) {
		entries, err := parseEntries(folders.File, data)
		if err != nil {
			if bytes.ContainsAny([]byte(err.Error()), "\n\x1b") {
				t.Errorf("got error %q; want one printable line", err)
			}
			return
		}
		c := &Configuration{Folders: folders, Keys: map[string][]string{}, keysAt: map[string]FileError{}}
		var p Profile
		for _, e := range entries {
			if e.at.Line < 1 || e.at.Line > 1+bytes.Count(data, []byte("\n"))+bytes.Count(data, []byte("\r")) || e.at.Column < 1 {
				t.Errorf("%q is at %d:%d of %q", e.key, e.at.Line, e.at.Column, data)
			}
			for _, err := range []error{c.takeConfig(e), p.values.take(e, inProfile, "/h")} {
				if err != nil && strings.ContainsAny(err.Error(), "\n\x1b") {
					t.Errorf("got error %q; want one printable line", err)
				}
			}
		}
		// What was taken can be used, and a profile can be saved and read again as it was.
		if e, err := c.effective(nil, "", Values{}, Values{}); err == nil {
			_ = e.Items(t.Context(), nil)
		}
		roundTrip(t, p)
	})
}

func roundTrip(t *testing.T, p Profile) {
	data, err := NewProfiles(Folders{Home: "/h"}).encode(p)
	if err != nil {
		t.Fatal(err)
	}
	entries, err := parseEntries("/p.toml", data)
	if err != nil {
		t.Fatalf("%v in %q", err, data)
	}
	var again Values
	for _, e := range entries {
		if err := again.take(e, inProfile, "/h"); err != nil {
			t.Fatalf("%v in %q", err, data)
		}
	}
	for _, s := range settings() {
		if got, want := again.Texts(s.name), p.values.Texts(s.name); !cmp.Equal(got, want) && s.kind != path {
			t.Errorf("%s: got %q; want %q", s.name, got, want)
		}
	}
}
