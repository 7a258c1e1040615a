package client_test

import (
	"strings"
	"testing"
	"time"

	"example.com/thingdeck/client"
	"example.com/thingdeck/client/transport"
)

func TestParseBroker(t *testing.T) {
	for _, c := range []struct{ in, want string }{
		{"mqtt://localhost", "mqtt://localhost:1883"},
		{"mqtt://localhost:1884/", "mqtt://localhost:1884"},
		{"MQTT://Host", "mqtt://Host:1883"},
		{"mqtt://[::1]", "mqtt://[::1]:1883"},
		{"mqtt://[fe80::1]:1", "mqtt://[fe80::1]:1"},
		{"mqtts://x.iot.eu-west-1.amazonaws.com", "mqtts://x.iot.eu-west-1.amazonaws.com:8883"},
		{"ws://host", "ws://host:80/mqtt"},
		{"wss://host/other", "wss://host:443/other"},
	} {
		got, err := client.ParseBroker(c.in)
		if err != nil || got.String() != c.want {
			t.Errorf("%s: got %v, %v; want %s", c.in, got, err, c.want)
		}
		if again, err := client.ParseBroker(got.String()); err != nil || again != got {
			t.Errorf("%s: got %v, %v when parsed again; want the same", c.want, again, err)
		}
	}
}

func TestParseBrokerSaysWhatIsWrong(t *testing.T) {
	for _, c := range []struct{ in, want string }{
		{"nonsense://x", `broker "nonsense://x": unknown scheme "nonsense": write mqtt://, mqtts://, ws:// or wss://`},
		{"", `broker "": begins with no scheme: write mqtt://host[:1883]`},
		{"localhost:1883", `broker "localhost:1883": begins with no scheme: write mqtt://host[:1883]`},
		{"mqtt://", `broker "mqtt://": names no host: write mqtt://host[:1883]`},
		{"mqtt://:1883", `broker "mqtt://:1883": names no host: write mqtt://host[:1883]`},
		{"mqtt://h:0", `broker "mqtt://h:0": a port is 1 to 65535: not 0`},
		{"mqtt://h:70000", `broker "mqtt://h:70000": a port is 1 to 65535: not 70000`},
		{"mqtt://h:x", `broker "mqtt://h:x": invalid port ":x" after host`},
		{"mqtt://h/mqtt", `broker "mqtt://h/mqtt": mqtt has no path: leave out /mqtt`},
		{"mqtt://h?x=1", `broker "mqtt://h?x=1": has something after the path: leave it out`},
		{"mqtt://[::1", `broker "mqtt://[::1": missing ']' in host`},
		{"mqtt://h\x1b]", `broker "mqtt://h\x1b]": net/url: invalid control character in URL`},
	} {
		_, err := client.ParseBroker(c.in)
		if got := errText(err); got != c.want {
			t.Errorf("%q: got %q; want %q", c.in, got, c.want)
		}
	}
}

func TestParseBrokerKeepsAPasswordOutOfItsError(t *testing.T) {
	for _, in := range []string{"mqtt://user:secret@host", "nonsense://user:secret@host", "user:secret@host:1"} {
		_, err := client.ParseBroker(in)
		if got := errText(err); got == "" || strings.Contains(got, "secret") {
			t.Errorf("got %q; want an error without the password", got)
		}
	}
}

func TestProfileCheck(t *testing.T) {
	good := client.Profile{Broker: client.Broker{Scheme: "mqtt", Host: "h", Port: 1883}}
	for _, c := range []struct {
		name   string
		change func(*client.Profile)
		want   string
	}{
		{"good", func(*client.Profile) {}, ""},
		{"no broker", func(p *client.Profile) { p.Broker = client.Broker{} }, "no broker: write mqtt://host[:1883]"},
		{"TLS", func(p *client.Profile) { p.Broker.Scheme = "mqtts" }, ""},
		{"WebSocket", func(p *client.Profile) { p.Broker.Scheme, p.Broker.Path = "wss", "/mqtt" }, ""},
		{"a certificate without TLS", func(p *client.Profile) { p.Transport.TLS.CertFile = "c" }, "broker mqtt://h:1883: mqtt has no TLS: write mqtts for a client certificate or ALPN"},
		{"half a custom authorizer", func(p *client.Profile) {
			p.Broker.Scheme = "mqtts"
			p.Transport.Authorizer = transport.Authorizer{Name: "a", Token: transport.NewSecret("t")}
		}, "broker mqtts://h:1883: a custom authorizer takes token key, token and signature together or none of them: missing token key and signature"},
		{"client ID", func(p *client.Profile) { p.ClientID = "a\x00" }, "a client ID has no null character: one at 2"},
		{"user name", func(p *client.Profile) { p.Username = "\xff" }, "a user name is UTF-8: byte 0xff at 1"},
		{"password alone", func(p *client.Profile) { p.Password = "x" }, "a password needs a user name"},
		{"keep alive negative", func(p *client.Profile) { p.KeepAlive = -1 }, "keep alive is 1 to 65535 whole seconds: not -1ns"},
		{"keep alive with a fraction", func(p *client.Profile) { p.KeepAlive = 1500 * time.Millisecond }, "keep alive is 1 to 65535 whole seconds: not 1.5s"},
		{"keep alive too long", func(p *client.Profile) { p.KeepAlive = 19 * time.Hour }, "keep alive is 1 to 65535 whole seconds: not 19h0m0s"},
	} {
		t.Run(c.name, func(t *testing.T) {
			p := good
			c.change(&p)
			if got := errText(p.Check()); got != c.want {
				t.Errorf("got %q; want %q", got, c.want)
			}
		})
	}
}
