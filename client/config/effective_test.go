package config

import (
	"bytes"
	"fmt"
	"strings"
	"testing"

	"github.com/zalando/go-keyring"

	"example.com/thingdeck/client/transport"
)

// TestPrecedence puts a value of its own into every subset of the places and expects the first of them to count.
func TestPrecedence(t *testing.T) {
	origins := []string{"flag --keep", "environment THINGDECK_KEEP", "profile p (", "config.toml:1", "settings.toml:1", "default"}
	for set := range 1 << 5 {
		t.Run(fmt.Sprintf("%05b", set), func(t *testing.T) {
			f := testFolders(t)
			has := func(place int) bool { return set>>place&1 == 1 }
			flags, environ, pairs := []string{"profile", "p"}, []string(nil), []string(nil)
			if has(0) {
				flags = append(flags, "keep", "10")
			}
			if has(1) {
				environ = append(environ, "THINGDECK_KEEP=11")
			}
			if has(2) {
				pairs = append(pairs, "keep", "12")
			}
			if has(3) {
				put(t, f.File, "keep = 13\n")
			}
			if has(4) {
				if err := SaveSetting(f, "keep", "14"); err != nil {
					t.Fatal(err)
				}
			}
			save(t, f, profileOf(t, "p", pairs...))
			want, place := 1000000, 5
			for i := range 5 {
				if has(i) {
					want, place = 10+i, i
					break
				}
			}
			e := mustStart(t, mustLoad(t, f, flagValues(t, flags...), environ...))
			if e.Settings.Keep != want {
				t.Errorf("got keep %d; want %d", e.Settings.Keep, want)
			}
			if got := e.Origin("keep"); !strings.Contains(got, origins[place]) {
				t.Errorf("got origin %q; want %q", got, origins[place])
			}
			if got := e.Given("keep"); got != (place < 5) {
				t.Errorf("given: got %v", got)
			}
		})
	}
}

func TestProfileAtStart(t *testing.T) {
	tests := []struct {
		name           string
		flags          []string
		environ        []string
		config, marked string
		want           string
	}{
		{"none", nil, nil, "", "", ""},
		{"marked", nil, nil, "", "marked", "marked"},
		{"configuration before mark", nil, nil, "config", "marked", "config"},
		{"environment before configuration", nil, []string{"THINGDECK_PROFILE=env"}, "config", "marked", "env"},
		{"flag before environment", []string{"profile", "flag"}, []string{"THINGDECK_PROFILE=env"}, "config", "marked", "flag"},
		{"a broker hides the default", []string{"broker", "mqtt://h"}, nil, "config", "marked", ""},
		{"a broker hides the environment", []string{"broker", "mqtt://h"}, []string{"THINGDECK_PROFILE=env"}, "", "", ""},
		{"a broker in the environment hides the default", nil, []string{"THINGDECK_BROKER=mqtt://h"}, "config", "", ""},
		{"a broker beside a profile", []string{"broker", "mqtt://h", "profile", "flag"}, nil, "", "", "flag"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			f := testFolders(t)
			for _, name := range []string{"flag", "env", "config", "marked"} {
				save(t, f, profileOf(t, name))
			}
			if tt.config != "" {
				put(t, f.File, "profile = \""+tt.config+"\"\n")
			}
			if tt.marked != "" {
				if err := NewProfiles(f).SetDefault(tt.marked); err != nil {
					t.Fatal(err)
				}
			}
			e := mustStart(t, mustLoad(t, f, flagValues(t, tt.flags...), tt.environ...))
			if got := e.Settings.Profile; got != tt.want {
				t.Errorf("got profile %q; want %q", got, tt.want)
			}
		})
	}
}

func TestProfileThatIsGone(t *testing.T) {
	f := testFolders(t)
	_, err := mustLoad(t, f, flagValues(t, "profile", "x")).Start()
	wantError(t, err, `flag --profile: there is no profile "x"`)
	wantError(t, err, "; none is saved yet: c in thingdeck makes one")
	save(t, f, profileOf(t, "desk"))
	save(t, f, profileOf(t, "lab"))
	_, err = mustLoad(t, f, flagValues(t, "profile", "x")).Start()
	wantError(t, err, "; saved are: desk, lab")
	put(t, f.settings(), "profile = \"y\"\n")
	if e := mustStart(t, mustLoad(t, f, Values{})); e.Settings.Profile != "" || e.Notice == nil {
		t.Errorf("got profile %q, notice %v; want none and a notice", e.Settings.Profile, e.Notice)
	}
	put(t, f.File, "profile = \"z\"\n")
	_, err = mustLoad(t, f, Values{}).Start()
	wantError(t, err, f.File+`:1: there is no profile "z"`)
}

// TestLaterProfile: what the command line and the environment said about the first connection must not reach another
// broker.
func TestLaterProfile(t *testing.T) {
	f := testFolders(t)
	flags := flagValues(t, "broker", "mqtts://first:8883", "username", "me", "keep", "77", "thing", "lamp")
	c := mustLoad(t, f, flags, "THINGDECK_PASSWORD=hunter2", "THINGDECK_CLIENT_ID=one")
	first := mustStart(t, c)
	if got, _, _ := first.Secret(t.Context(), nil, Password); got.Reveal() != "hunter2" {
		t.Errorf("the first connection has no password")
	}
	e, err := c.For(profileOf(t, "other", "username", "you"))
	if err != nil {
		t.Fatal(err)
	}
	s := e.Settings
	if s.Broker.Host != "127.0.0.1" || s.Username != "you" || s.ClientID != "" || s.Thing != "" {
		t.Errorf("got %+v; want nothing of the first connection", s)
	}
	if s.Keep != 77 {
		t.Errorf("got keep %d; want that of the flag", s.Keep)
	}
	if got, _, err := e.Secret(t.Context(), nil, Password); !got.Empty() || err != nil {
		t.Errorf("the password of the first connection reached another, %v", err)
	}
}

func TestGuesses(t *testing.T) {
	const aws = "abc-ats.iot.eu-west-1.amazonaws.com"
	tests := []struct {
		name   string
		flags  []string
		auth   Auth
		limits bool
		region string
	}{
		{"local", nil, AuthNone, true, ""},
		{"plain", []string{"broker", "mqtt://h"}, AuthNone, false, ""},
		{"user name", []string{"broker", "mqtts://h", "username", "me"}, AuthPassword, false, ""},
		{"certificate", []string{"broker", "mqtts://" + aws, "cert", "c", "key", "k"}, AuthX509, true, "eu-west-1"},
		{"PKCS#12", []string{"broker", "mqtts://" + aws, "cert", "c.p12"}, AuthX509, true, "eu-west-1"},
		{"credentials", []string{"broker", "wss://" + aws + "/mqtt"}, AuthSigV4, true, "eu-west-1"},
		{"authorizer", []string{"broker", "mqtts://" + aws + ":443", "authorizer", "a", "username", "me"}, AuthCustom, true, "eu-west-1"},
		{"said", []string{"broker", "mqtts://" + aws, "auth", "none", "region", "us-east-1"}, AuthNone, true, "us-east-1"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s := mustStart(t, mustLoad(t, testFolders(t), flagValues(t, tt.flags...))).Settings
			if s.Auth != tt.auth || s.AWSLimits != tt.limits || s.Region != tt.region {
				t.Errorf("got %s, limits %v, region %q; want %s, %v, %q", s.Auth, s.AWSLimits, s.Region, tt.auth, tt.limits, tt.region)
			}
		})
	}
}

func TestPrint(t *testing.T) {
	keyring.MockInit()
	f := testFolders(t)
	put(t, f.File, "theme = \"d\\u001busk\"\n[keys]\nglobal.quit = [\"q\", \"Q\"]\n")
	wrong := mustLoadError(t, f)
	wantError(t, wrong, f.File+":1:1: theme: no control characters")
	put(t, f.File, "theme = \"dusk\"\n[keys]\nglobal.quit = [\"q\", \"Q\"]\n")
	save(t, f, profileOf(t, "p", "username", "me"))
	s := testSecrets(t)
	if where, why := s.Set(t.Context(), "p", Token, transport.NewSecret("swordfish")); where != InKeyring {
		t.Fatal(why)
	}
	c := mustLoad(t, f, flagValues(t, "profile", "p", "keep", "9"), "THINGDECK_PASSWORD=hunter2")
	var out bytes.Buffer
	if err := Print(&out, mustStart(t, c).Items(t.Context(), s)); err != nil {
		t.Fatal(err)
	}
	got := out.String()
	for _, want := range []string{
		"profile           p                      flag --profile\n",
		"broker            mqtt://127.0.0.1:1883  profile p (" + f.Profiles + "/p.toml:2)\n",
		"keep              9                      flag --keep\n",
		"keep-bytes        256MiB                 default\n",
		"theme             dusk                   " + f.File + ":1\n",
		"auth              password               guessed from the rest\n",
		"password          ***                    environment THINGDECK_PASSWORD\n",
		"token             ***                    keyring\n",
		"keys.global.quit  q Q                    " + f.File + ":3\n",
	} {
		if !strings.Contains(got, want) {
			t.Errorf("got\n%s\nwant a line %q", got, want)
		}
	}
	if strings.Contains(got, "hunter2") || strings.Contains(got, "swordfish") {
		t.Errorf("a secret is printed:\n%s", got)
	}
}

func mustLoadError(t *testing.T, f Folders) error {
	t.Helper()
	_, err := Load(f, Values{}, nil)
	if err == nil {
		t.Fatal("got no error")
	}
	return err
}

func BenchmarkLoad(b *testing.B) {
	f := testFolders(b)
	put(b, f.File, "keep = 5000\ntheme = \"dusk\"\n[keys]\nmessages.pause = [\"p\"]\n")
	save(b, f, profileOf(b, "p"))
	flags := flagValues(b, "profile", "p")
	for b.Loop() {
		mustStart(b, mustLoad(b, f, flags))
	}
}
