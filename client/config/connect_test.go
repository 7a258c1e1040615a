package config

import (
	"context"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/spf13/pflag"

	"example.com/thingdeck/client"
)

// begin is what the program begins with, for the files and the environment of a test.
func begin(t *testing.T, config string, args []string, environ ...string) (*Effective, error) {
	t.Helper()
	dir := t.TempDir()
	fl := pflag.NewFlagSet("", pflag.ContinueOnError)
	AddFlags(fl)
	file := dir + "/c.toml"
	if err := writeFile(file, []byte(config), false); err != nil {
		t.Fatal(err)
	}
	if err := fl.Parse(append([]string{"--config", file}, args...)); err != nil {
		t.Fatal(err)
	}
	c, err := Read(fl, append(environ, "HOME="+dir))
	if err != nil {
		return nil, err
	}
	return c.Start()
}

func TestFlagsAgreeWithTheTable(t *testing.T) {
	fl := pflag.NewFlagSet("", pflag.ContinueOnError)
	AddFlags(fl)
	fl.VisitAll(func(f *pflag.Flag) {
		s, ok := findSetting(f.Name)
		switch {
		case f.Name == "config", f.Name == "no-mouse": // the setting is mouse
		case !ok || s.in&inFlag == 0:
			t.Errorf("--%s is no setting", f.Name)
		case f.DefValue != s.def && s.kind != list:
			t.Errorf("--%s has default %q; want %q", f.Name, f.DefValue, s.def)
		}
	})
}

func TestConnect(t *testing.T) {
	e, err := begin(t, "keep-alive = 40\n", []string{"--broker", "mqtt://h", "--username", "ann", "--persistent"}, "THINGDECK_PASSWORD=hush")
	if err != nil {
		t.Fatal(err)
	}
	got, notices, err := e.Connect(context.Background(), nil)
	want := client.Profile{
		Broker:   client.Broker{Scheme: "mqtt", Host: "h", Port: 1883},
		Username: "ann", Password: "hush", KeepAlive: 40 * time.Second, Persistent: true,
	}
	if err != nil || notices != nil || got.Broker != want.Broker || got.Username != want.Username || got.Password != want.Password ||
		got.KeepAlive != want.KeepAlive || got.Persistent != want.Persistent {
		t.Errorf("got %+v, %v, %v; want %+v", got, notices, err, want)
	}
}

func TestConnectOverTLS(t *testing.T) {
	tests := []struct {
		name string
		args []string
		env  string
		ok   func(client.Profile) bool
	}{
		{"ALPN", []string{"--broker", "mqtts://h", "--alpn", "mqtt", "--insecure"}, "",
			func(p client.Profile) bool {
				return p.Transport.TLS.ALPN[0] == "mqtt" && p.Transport.TLS.Insecure && !p.AWS
			}},
		{"sigv4", []string{"--broker", "wss://x-ats.iot.eu-west-1.amazonaws.com", "--aws-profile", "dev"}, "",
			func(p client.Profile) bool { return p.Transport.SigV4.Region == "eu-west-1" && p.AWS }},
		{"custom authorizer", []string{"--broker", "mqtts://h", "--authorizer", "A", "--username", "ann"}, "THINGDECK_PASSWORD=hush",
			func(p client.Profile) bool {
				return p.Transport.Authorizer.Name == "A" && p.Username == "ann" && p.Password == "hush"
			}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			e, err := begin(t, "", tt.args, tt.env)
			if err != nil {
				t.Fatal(err)
			}
			if p, _, err := e.Connect(context.Background(), nil); err != nil || !tt.ok(p) {
				t.Errorf("got %+v, %v", p, err)
			}
		})
	}
}

func TestConnectNamesTheFileAtFault(t *testing.T) {
	for _, flag := range []string{"ca", "cert"} {
		e, err := begin(t, "", []string{"--broker", "mqtts://h", "--" + flag, "/nowhere/x.p12"})
		if err != nil {
			t.Fatal(err)
		}
		_, _, err = e.Connect(context.Background(), nil)
		if err == nil || !strings.HasPrefix(err.Error(), "flag --"+flag+": /nowhere") || !strings.Contains(err.Error(), "/nowhere/x.p12") {
			t.Errorf("error %v; want one that names --%s and the file", err, flag)
		}
	}
}

func TestConnectTellsWhatTheLocalOneDoesNotUse(t *testing.T) {
	e, err := begin(t, "", []string{"--ca", "ca.pem"})
	if err != nil {
		t.Fatal(err)
	}
	if _, notices, err := e.Connect(context.Background(), nil); err != nil || len(notices) != 1 || !strings.HasPrefix(notices[0], "flag --ca: ca is not used") {
		t.Errorf("notices %q, %v; want one about --ca", notices, err)
	}
}

func TestConnectSendsNoPasswordUnasked(t *testing.T) {
	for name, args := range map[string][]string{
		"no user name": {"--broker", "mqtt://h"},
		"local":        {"--username", "ann"},
	} {
		e, err := begin(t, "", args, "THINGDECK_PASSWORD=hush")
		if err != nil {
			t.Fatal(err)
		}
		if got, _, err := e.Connect(context.Background(), nil); err != nil || got.Password != "" {
			t.Errorf("%s: got password %q, %v; want none", name, got.Password, err)
		}
	}
}

func TestUnsupported(t *testing.T) {
	tests := []struct {
		name, config, env string
		notices           int
		err               string
	}{
		{"nothing set", "", "", 0, ""},
		{"defaults said again", "mouse = true\nmqtt = \"3.1.1\"\n", "", 0, ""},
		{"comfort", "newest-first = true\ntheme = \"night\"\n", "", 1, ""},
		{"another protocol", "mqtt = \"5\"\n", "", 0, "c.toml:1: MQTT 5 is not there yet: connections are of 3.1.1"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			e, err := begin(t, tt.config, nil, tt.env)
			if err != nil {
				t.Fatal(err)
			}
			notices, err := e.Unsupported()
			if len(notices) != tt.notices {
				t.Errorf("notices %q; want %d", notices, tt.notices)
			}
			if (err != nil) != (tt.err != "") || err != nil && !strings.HasSuffix(err.Error(), tt.err) {
				t.Errorf("error %v; want %q", err, tt.err)
			}
		})
	}
}

func TestConnectTellsOfAKeepAliveThatAWSDoesNotTake(t *testing.T) {
	e, err := begin(t, "", []string{"--broker", "wss://x-ats.iot.eu-west-1.amazonaws.com", "--auth", "sigv4", "--keep-alive", "5"})
	if err != nil {
		t.Fatal(err)
	}
	_, notices, err := e.Connect(context.Background(), nil)
	if want := "keep-alive 5 s: AWS IoT Core takes 30 to 1200 s and works with 30"; err != nil || !slices.Contains(notices, want) {
		t.Errorf("got %q, %v; want %q", notices, err, want)
	}
}
