package config

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode/utf8"
)

func TestNames(t *testing.T) {
	for _, name := range []string{"prod", "Prod EU 2", "a", "büro", "x.y-z_1@home+", "日本", strings.Repeat("a", 64)} {
		if err := CheckName(name); err != nil {
			t.Errorf("%q: got %v; want it allowed", name, err)
		}
	}
	hostile := []string{
		"", ".", "..", "../x", "a/b", `a\b`, "/etc/passwd", "a\x00b", "a\nb", "\x1b[2J", " a", "a ", "a.", ".hidden", "-rf", "~", "a:b", "a*", "a\"b", "a|b",
		"con", "NUL", "com1.x", "Lpt9 ", strings.Repeat("a", 65), strings.Repeat("é", 33), "a\xff", "\u202eevil", "a\u200bb", "x\u2028y",
	}
	for _, name := range hostile {
		if err := CheckName(name); err == nil {
			t.Errorf("%q: got no error", name)
		} else if strings.ContainsAny(err.Error(), "\n\x1b\x00") {
			t.Errorf("%q: got %q; want a printable line", name, err)
		}
		f := testFolders(t)
		p := NewProfiles(f)
		saved := profileOf(t, "x")
		saved.Name = name
		for what, err := range map[string]error{
			"save": p.Save(saved), "create": p.Create(saved), "delete": p.Delete(name), "rename": p.Rename("x", name), "default": orNil(p, name),
		} {
			if err == nil {
				t.Errorf("%s %q: got no error", what, name)
			}
		}
		if found, err := os.ReadDir(f.Home); err != nil || len(found) != 0 {
			t.Errorf("%q left %v, %v", name, found, err)
		}
	}
}

// orNil is SetDefault but for the empty name, which takes the mark away.
func orNil(p *Profiles, name string) error {
	if name == "" {
		return errors.New("")
	}
	return p.SetDefault(name)
}

func FuzzName(f *testing.F) {
	for _, s := range []string{"prod", "../x", "a\x00", "NUL.toml", "e\u0301"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, name string) {
		file := lockName(name)
		if file != filepath.Base(file) || len(file) > 80 || strings.ContainsAny(file, "\x00/\\") {
			t.Errorf("%q is locked as %q", name, file)
		}
		if CheckName(name) != nil {
			return
		}
		if name != filepath.Base(name) || !filepath.IsLocal(name) || len(name) > 64 || !utf8.ValidString(name) || oneLine(name) != name {
			t.Errorf("%q is allowed", name)
		}
	})
}

func TestProfileLife(t *testing.T) {
	f := testFolders(t)
	p := NewProfiles(f)
	names := func() string {
		t.Helper()
		entries, err := p.List()
		if err != nil {
			t.Fatal(err)
		}
		var all []string
		for _, e := range entries {
			if e.Err != nil {
				t.Errorf("%s: %v", e.Name, e.Err)
			}
			all = append(all, e.Name)
		}
		return strings.Join(all, ", ")
	}
	want := func(list string, err error) {
		t.Helper()
		if got := names(); got != list || err != nil {
			t.Fatalf("got %q, %v; want %q", got, err, list)
		}
	}
	want("", nil)
	want("prod", p.Create(profileOf(t, "prod", "thing", "lamp")))
	if err := p.Create(profileOf(t, "PROD")); !errors.Is(err, fs.ErrExist) {
		t.Errorf("a name that differs in case only: got %v; want fs.ErrExist", err)
	}
	copied, err := p.Duplicate("prod", p.FreeName("prod"))
	want("prod, prod 2", err)
	if copied.Name != "prod 2" || copied.Text("thing") != "lamp" || p.FreeName("prod") != "prod 3" {
		t.Errorf("got the copy %q, thing %q; then %q", copied.Name, copied.Text("thing"), p.FreeName("prod"))
	}
	if err := p.Rename("prod 2", "prod"); !errors.Is(err, fs.ErrExist) {
		t.Errorf("rename over another: got %v; want fs.ErrExist", err)
	}
	if err := p.SetDefault("nobody"); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("default of nobody: got %v; want fs.ErrNotExist", err)
	}
	want("prod, prod 2", p.SetDefault("prod 2"))
	want("Beta, prod", p.Rename("prod 2", "Beta"))
	want("beta, prod", p.Rename("Beta", "beta"))
	if got := p.Default(); got != "beta" {
		t.Errorf("got default %q; want it renamed too", got)
	}
	want("prod", p.Delete("beta"))
	if got := p.Default(); got != "" {
		t.Errorf("got default %q; want none", got)
	}
	for what, err := range map[string]error{"delete": p.Delete("beta"), "rename": p.Rename("beta", "gamma"), "load": loadError(p, "beta")} {
		if !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("%s what is gone: got %v; want fs.ErrNotExist", what, err)
		}
	}
}

func loadError(p *Profiles, name string) error {
	_, err := p.Load(name)
	return err
}

func TestProfileIsKept(t *testing.T) {
	f := testFolders(t)
	p := Preset(KindX509)
	p.Name = "all"
	fields := map[string]string{
		"broker": "mqtts://abc-ats.iot.eu-west-1.amazonaws.com:8883", "client-id": "dev \"1\"", "ca": "~/ca.pem", "cert": "/c.pem", "key": "/k.pem",
		"keep-alive": "1200", "persistent": "true", "mqtt": "5", "thing": "lamp", "shadow": "cfg", "keep": "5", "keep-bytes": "1MiB", "insecure": "true", "username": "ü 日",
	}
	for name, value := range fields {
		if err := p.Set(name, value); err != nil {
			t.Fatal(err)
		}
	}
	if err := p.Set("subscribe", "a/#", "b, 'c'\\@1"); err != nil {
		t.Fatal(err)
	}
	save(t, f, p)
	got, err := NewProfiles(f).Load("all")
	if err != nil {
		t.Fatal(err)
	}
	fields["ca"] = filepath.Join(f.Home, "ca.pem")
	for name, want := range fields {
		if got.Text(name) != want {
			t.Errorf("%s: got %q; want %q", name, got.Text(name), want)
		}
	}
	if subs := got.Texts("subscribe"); len(subs) != 2 || subs[1] != "b, 'c'\\@1" {
		t.Errorf("got subscriptions %q", subs)
	}
	if got.Kind() != KindX509 || got.Text("auth") != "x509" || got.Text("limits") != "aws" {
		t.Errorf("got %s, %s, %s", got.Kind(), got.Text("auth"), got.Text("limits"))
	}
	e, err := mustLoad(t, f, Values{}).For(got)
	if err != nil {
		t.Fatal(err)
	}
	if s := e.Settings; s.MQTT != "5" || !s.Persistent || s.Cert != "/c.pem" || s.Region != "eu-west-1" || s.Profile != "all" {
		t.Errorf("got %+v", s)
	}
}

func TestWrongProfileFiles(t *testing.T) {
	const ok = "kind = \"Other broker\"\nbroker = \"mqtt://h\"\n"
	tests := []struct{ name, content, want string }{
		{"unknown key", ok + "brokr = \"x\"\n", ":3:1: unknown key \"brokr\": is broker meant?"},
		{"table", ok + "[keys]\n", ":3:2: unknown table [keys]"},
		{"secret", ok + "token = \"x\"\n", ":3:1: token is never kept in a file"},
		{"setting of the configuration", ok + "profile = \"x\"\n", ":3:1: profile does not belong in a profile"},
		{"no broker", "kind = \"Other broker\"\n", ":1:1: broker: write mqtt://"},
		{"fields that do not fit", ok + "alpn = \"mqtt\"\n", ":3:1: alpn: works with mqtts:// and wss:// only"},
		{"empty", "", ":1:1: broker:"},
		{"binary", "\x00\x01", ":1:1: "},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			f := testFolders(t)
			file := filepath.Join(f.Profiles, "p.toml")
			put(t, file, tt.content)
			put(t, filepath.Join(f.Profiles, "evil\x1b.toml"), ok)
			put(t, filepath.Join(f.Profiles, tempPrefix+"1.toml"), ok)
			put(t, filepath.Join(f.Profiles, "notes.txt"), ok)
			_, err := NewProfiles(f).Load("p")
			wantError(t, err, file+tt.want)
			entries, err := NewProfiles(f).List()
			if err != nil || len(entries) != 2 {
				t.Fatalf("got %v, %v; want both profiles in the list", entries, err)
			}
			for _, e := range entries {
				if e.Err == nil || strings.Contains(e.Name+e.Err.Error(), "\x1b") {
					t.Errorf("%s: got %v; want a printable error", e.Name, e.Err)
				}
			}
		})
	}
}

func TestCheck(t *testing.T) {
	const aws = "abc-ats.iot.eu-west-1.amazonaws.com"
	tests := []struct {
		name   string
		kind   Kind
		fields []string
		field  string // with the problem; "" is none
		want   string
	}{
		{"new X.509", KindX509, nil, "broker", "names no host"},
		{"X.509", KindX509, []string{"broker", "mqtts://" + aws, "cert", "c", "key", "k"}, "", ""},
		{"X.509 without certificate", KindX509, []string{"broker", "mqtts://" + aws}, "cert", "client certificate"},
		{"X.509 without key", KindX509, []string{"broker", "mqtts://" + aws, "cert", "c"}, "key", "private key"},
		{"X.509 in PKCS#12", KindX509, []string{"broker", "mqtts://" + aws, "cert", "c.P12"}, "", ""},
		{"key without certificate", KindOther, []string{"broker", "mqtts://h", "key", "k"}, "cert", "needs its certificate"},
		{"IAM", KindIAM, []string{"broker", "wss://" + aws}, "", ""},
		{"IAM on a host of one's own", KindIAM, []string{"broker", "wss://iot.example.com"}, "region", "does not tell the AWS region"},
		{"IAM over MQTT", KindIAM, []string{"broker", "mqtts://" + aws}, "auth", "wss:// only"},
		{"authorizer", KindCustom, []string{"broker", "mqtts://" + aws + ":443", "authorizer", "a", "token-key", "t"}, "", ""},
		{"wrong authorizer", KindCustom, []string{"broker", "mqtts://" + aws + ":443", "authorizer", "a b"}, "authorizer", "not ' '"},
		{"token in the user name", KindCustom, []string{"broker", "mqtts://" + aws, "username", "a?x-amz-customauthorizer-signature=s"}, "username", "kept apart"},
		{"password without user", KindOther, []string{"broker", "mqtt://h", "auth", "password"}, "username", "user name"},
		{"other", KindOther, []string{"broker", "ws://h/x"}, "", ""},
		{"user in the broker", KindOther, []string{"broker", "mqtt://u@h"}, "broker", "user name"},
		{"insecure without TLS", KindOther, []string{"broker", "mqtt://h", "insecure", "true"}, "insecure", "anyway"},
		{"local", KindLocal, []string{"listen", "127.0.0.1:0"}, "", ""},
		{"local with a broker", KindLocal, []string{"broker", "mqtt://h"}, "broker", "none"},
		{"local on a wrong address", KindLocal, []string{"listen", "1883"}, "listen", "127.0.0.1:1883"},
		{"client ID too long for AWS", KindX509, []string{"broker", "mqtts://" + aws, "cert", "c", "key", "k", "client-id", strings.Repeat("x", 129)}, "client-id", "128"},
		{"client ID with $ for AWS", KindX509, []string{"broker", "mqtts://" + aws, "cert", "c", "key", "k", "client-id", "$x"}, "client-id", "$"},
		{"long client ID elsewhere", KindOther, []string{"broker", "mqtt://h", "client-id", strings.Repeat("x", 129)}, "", ""},
		{"QoS 2 on AWS", KindIAM, []string{"broker", "wss://" + aws, "subscribe", "a@2"}, "subscribe", "QoS 2"},
		{"QoS 2 elsewhere", KindOther, []string{"broker", "mqtt://h", "subscribe", "a@2"}, "", ""},
		{"keep alive", KindOther, []string{"broker", "mqtt://h", "keep-alive", "0"}, "keep-alive", "1 to 65535"},
		{"MQTT", KindOther, []string{"broker", "mqtt://h", "mqtt", "3.1"}, "mqtt", "3.1.1 or 5"},
		{"thing", KindOther, []string{"broker", "mqtt://h", "thing", "a/b"}, "thing", "not '/'"},
		{"shadow alone", KindOther, []string{"broker", "mqtt://h", "shadow", "a"}, "shadow", "thing"},
		{"not a kind", KindOther, []string{"broker", "mqtt://h", "kind", "Mainframe"}, "kind", "Local"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			p := Preset(tt.kind)
			p.Name = "p"
			for i := 0; i < len(tt.fields); i += 2 {
				if err := p.Set(tt.fields[i], tt.fields[i+1]); err != nil {
					t.Fatal(err)
				}
			}
			got := p.Check()
			if tt.field == "" {
				if len(got) != 0 {
					t.Errorf("got %v; want no problem", got)
				}
				return
			}
			if err := got[tt.field]; err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("got %v; want %s: %q", got, tt.field, tt.want)
			}
			if len(got) != 1 {
				t.Errorf("got %v; want one problem", got)
			}
		})
	}
}

func TestPresets(t *testing.T) {
	tests := []struct {
		kind                       Kind
		broker, auth, alpn, limits string
	}{
		{KindX509, "mqtts://host:8883", "x509", "", "aws"},
		{KindIAM, "wss://host:443/mqtt", "sigv4", "", "aws"},
		{KindCustom, "mqtts://host:443", "custom", "mqtt", "aws"},
		{KindOther, "mqtt://host:1883", "", "", "none"},
		{KindLocal, "", "", "", "aws"},
	}
	for _, from := range tests {
		for _, to := range tests {
			p := Preset(from.kind)
			_ = p.Set("broker", "mqtts://host:1234")
			_ = p.Set("thing", "lamp")
			p.Apply(to.kind)
			if p.Text("broker") != to.broker || p.Text("auth") != to.auth || p.Text("alpn") != to.alpn || p.Text("limits") != to.limits || p.Text("thing") != "lamp" || p.Kind() != to.kind {
				t.Errorf("%s to %s: got %s, %s, %s, %s; want %+v", from.kind, to.kind, p.Text("broker"), p.Text("auth"), p.Text("alpn"), p.Text("limits"), to)
			}
		}
	}
}

func TestAdvice(t *testing.T) {
	const aws = "abc-ats.iot.eu-west-1.amazonaws.com"
	tests := []struct {
		name   string
		kind   Kind
		fields []string
		field  string
	}{
		{"X.509", KindX509, []string{"broker", "mqtts://" + aws}, ""},
		{"X.509 on 443", KindX509, []string{"broker", "mqtts://" + aws + ":443"}, "alpn"},
		{"X.509 on 443 with ALPN", KindX509, []string{"broker", "mqtts://" + aws + ":443", "alpn", "x-amzn-mqtt-ca"}, ""},
		{"authorizer on 8883", KindCustom, []string{"broker", "mqtts://" + aws}, "alpn"},
		{"no TLS", KindOther, []string{"broker", "mqtt://" + aws}, "broker"},
		{"keep alive", KindX509, []string{"broker", "mqtts://" + aws, "keep-alive", "10"}, "keep-alive"},
		{"another broker", KindOther, []string{"broker", "mqtts://h:443", "keep-alive", "10"}, ""},
		{"insecure", KindOther, []string{"broker", "mqtts://h", "insecure", "true"}, "insecure"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			p := Preset(tt.kind)
			for i := 0; i < len(tt.fields); i += 2 {
				_ = p.Set(tt.fields[i], tt.fields[i+1])
			}
			got := p.Advice()
			if tt.field == "" && len(got) != 0 || tt.field != "" && got[tt.field] == "" {
				t.Errorf("got %v; want advice on %q", got, tt.field)
			}
		})
	}
}

func TestFields(t *testing.T) {
	names := map[string]Field{}
	for _, f := range Fields() {
		names[f.Name] = f
	}
	for _, want := range strings.Fields("kind broker client-id auth username ca cert key alpn insecure aws-profile region authorizer token-key mqtt keep-alive persistent subscribe thing shadow keep") {
		if _, ok := names[want]; !ok {
			t.Errorf("no field %s", want)
		}
	}
	if !names["subscribe"].Many || !names["cert"].File || len(names["persistent"].Choices) != 2 || names["mqtt"].Default != "3.1.1" {
		t.Errorf("got %+v", names)
	}
	var p Profile
	for _, wrong := range []string{"password", "profile", "plain", "fly"} {
		if err := p.Set(wrong, "x"); err == nil {
			t.Errorf("%s: got no error", wrong)
		}
	}
}

func TestCloneSharesNothing(t *testing.T) {
	a := profileOf(t, "a", "thing", "lamp")
	b := a.Clone()
	_ = b.Set("thing", "heater")
	if a.Text("thing") != "lamp" {
		t.Errorf("got %q; want the original as it was", a.Text("thing"))
	}
}
