package client_test

import (
	"bufio"
	"context"
	"crypto/tls"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/eclipse/paho.mqtt.golang/packets"

	"example.com/thingdeck/client"
)

// serveRaw lets a TCP server do what it likes with each connection and returns its address.
func serveRaw(t *testing.T, handle func(net.Conn)) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	var running sync.WaitGroup
	running.Go(func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			running.Go(func() {
				defer conn.Close()
				handle(conn)
				_ = conn.SetReadDeadline(time.Now().Add(patience)) // what is unread would make a reset of the close
				if c, ok := conn.(*net.TCPConn); ok {
					_ = c.CloseWrite()
				}
				_, _ = io.Copy(io.Discard, conn)
			})
		}
	})
	t.Cleanup(func() { l.Close(); running.Wait() })
	return l.Addr().String()
}

// answerFirst waits for the first bytes of a client and sends these.
func answerFirst(b ...byte) func(net.Conn) {
	return func(c net.Conn) {
		_, _ = c.Read(make([]byte, 4096))
		_, _ = c.Write(b)
	}
}

// endAfter answers as a broker and closes right after a packet of this kind.
func endAfter(kind string) func(*scriptedConn, packets.ControlPacket) bool {
	return func(c *scriptedConn, p packets.ControlPacket) bool {
		if !strings.HasPrefix(line(p), kind) {
			return false
		}
		c.Close()
		return true
	}
}

// A failure is one line of what may go wrong: how, and what is told of it.
type failure struct {
	name string
	// serve returns the address and what else the profile wants.
	serve func(t *testing.T, set *client.Settings, p *client.Profile) (url string)
	// do is what the user does once connected; nil for nothing.
	do func(o *observer)

	text       string // of the reason
	aws, other string // in the likeliest cause
	refused    bool   // no other attempt is made
}

func scriptOf(script func(*scriptedConn, packets.ControlPacket) bool) func(*testing.T, *client.Settings, *client.Profile) string {
	return func(t *testing.T, _ *client.Settings, _ *client.Profile) string {
		return "mqtt://" + startScripted(t, script).listener.Addr().String()
	}
}

func raw(scheme string, handle func(net.Conn)) func(*testing.T, *client.Settings, *client.Profile) string {
	return func(t *testing.T, _ *client.Settings, _ *client.Profile) string {
		return scheme + "://" + serveRaw(t, handle)
	}
}

func upgradeAnsweredBy(status int) func(*testing.T, *client.Settings, *client.Profile) string {
	return func(t *testing.T, _ *client.Settings, _ *client.Profile) string {
		s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(status) }))
		t.Cleanup(s.Close)
		return "ws" + strings.TrimPrefix(s.URL, "http")
	}
}

func dialFails(err error) func(*testing.T, *client.Settings, *client.Profile) string {
	return func(_ *testing.T, set *client.Settings, _ *client.Profile) string {
		set.Dial = func(context.Context, string, string) (net.Conn, error) {
			return nil, &net.OpError{Op: "dial", Err: err}
		}
		return "mqtt://nowhere.example:8883"
	}
}

func connack(code byte) func(*testing.T, *client.Settings, *client.Profile) string {
	return scriptOf(onConnect(0x20, 2, 0, code))
}

func tlsAlert(number byte) func(*testing.T, *client.Settings, *client.Profile) string {
	return raw("mqtts", answerFirst(21, 3, 3, 0, 2, 2, number))
}

var failures = []failure{
	{name: "DNS knows no such host", serve: dialFails(&net.DNSError{Name: "nowhere.example", IsNotFound: true}),
		text: "no such host nowhere.example", aws: "the endpoint is mistyped", other: "no DNS here"},
	{name: "DNS does not answer", serve: dialFails(&net.DNSError{Name: "nowhere.example", Err: "server misbehaving", IsTemporary: true}),
		text: "cannot look up nowhere.example", aws: "DNS server does not answer", other: "DNS server does not answer"},
	{name: "nobody listens", serve: func(*testing.T, *client.Settings, *client.Profile) string { return "mqtt://127.0.0.1:1" },
		text: "connection refused", aws: "not one of AWS IoT", other: "no broker runs at 127.0.0.1"},
	{name: "TLS alert 116", serve: tlsAlert(116), text: "wants a client certificate", aws: "no client certificate is given", other: "--cert", refused: true},
	{name: "TLS alert 48", serve: tlsAlert(48), text: "unknown CA", aws: "not registered", other: "knows another CA", refused: true},
	{name: "TLS alert 46", serve: tlsAlert(46), text: "certificate unknown", aws: "not registered", other: "not meant for clients", refused: true},
	{name: "TLS alert 45", serve: tlsAlert(45), text: "has expired", aws: "has expired", other: "has expired", refused: true},
	{name: "TLS alert 44", serve: tlsAlert(44), text: "revoked", aws: "REVOKED", other: "revocation list", refused: true},
	{name: "TLS alert 120", serve: tlsAlert(120), text: "ALPN", aws: "no client certificate is given", other: "leave --alpn out", refused: true},
	{name: "no TLS there", serve: raw("mqtts", answerFirst([]byte("HTTP/1.1 400 Bad Request\r\n\r\n")...)),
		text: "TLS", aws: "no client certificate is given", other: "without TLS", refused: true},
	{name: "HTTP 403", serve: upgradeAnsweredBy(403), text: "HTTP 403", aws: "another region", other: "WebSocket wants", refused: true},
	{name: "HTTP 401", serve: upgradeAnsweredBy(401), text: "HTTP 401", aws: "custom authorizer", other: "as a header", refused: true},
	{name: "HTTP 404", serve: upgradeAnsweredBy(404), text: "HTTP 404", aws: "usually /mqtt", other: "usually /mqtt", refused: true},
	{name: "HTTP 503", serve: upgradeAnsweredBy(503), text: "HTTP 503", aws: "the service has a fault", other: "the web server is down"},
	{name: "CONNACK 1", serve: connack(1), text: "(CONNACK 1)", aws: "another version", other: "another version", refused: true},
	{name: "CONNACK 2", serve: connack(2), text: "(CONNACK 2)", aws: "128 bytes", other: "another client ID", refused: true},
	{name: "CONNACK 3", serve: connack(3), text: "(CONNACK 3)", aws: "tried again", other: "tried again"},
	{name: "CONNACK 4", serve: connack(4), text: "(CONNACK 4)", aws: "custom authorizer", other: "is wrong", refused: true},
	{name: "CONNACK 5", serve: connack(5), text: "(CONNACK 5)", aws: "iot:Connect for client/lamp", other: "wants a user name", refused: true},
	{name: "CONNACK 7", serve: connack(7), text: "CONNACK 7", aws: "iot:Connect for client/lamp", other: "wants a user name", refused: true},
	{name: "closed before CONNACK", serve: scriptOf(endAfter("CONNECT")),
		text: "closed by the broker before CONNACK", aws: "iot:Connect for client/lamp", other: "not MQTT's"},
	{name: "closed right after SUBSCRIBE", serve: scriptOf(endAfter("SUBSCRIBE")), do: func(o *observer) { o.Subscribe(filter(o.t, "a/#"), 1) },
		text: "closed by the broker right after subscribing to a/#", aws: "iot:Subscribe for topicfilter/a/#", other: "do not allow a/#"},
	{name: "closed right after PUBLISH", serve: scriptOf(endAfter("PUBLISH")),
		do:   func(o *observer) { o.Publish(client.Message{Topic: topic(o.t, "a/b"), QoS: 1}) },
		text: "closed by the broker right after publishing to a/b", aws: "iot:Publish for topic/a/b", other: "do not allow a/b"},
	{name: "closed after nothing", serve: scriptOf(func(c *scriptedConn, p packets.ControlPacket) bool { c.answer(p); c.Close(); return true }),
		text: "closed by the broker", aws: "does not allow", other: "stopped or restarted"},
	{name: "keep-alive timeout", serve: func(t *testing.T, set *client.Settings, p *client.Profile) string {
		set.PingTimeout, p.KeepAlive = 50*time.Millisecond, time.Second
		return scriptOf(func(_ *scriptedConn, p packets.ControlPacket) bool {
			_, ping := p.(*packets.PingreqPacket)
			return ping
		})(t, set, p)
	}, text: "the broker does not answer", aws: "the network is gone", other: "the network is gone"},
	{name: "session taken over, three times", serve: scriptOf(func(c *scriptedConn, p packets.ControlPacket) bool { c.answer(p); c.Close(); return true }),
		text: "another client uses the client ID lamp", aws: "another program or window", other: "another program or window", refused: true},
	{name: "not MQTT", serve: raw("mqtt", answerFirst([]byte("SSH-2.0-OpenSSH_9.6\r\n")...)),
		text: "does not speak MQTT", aws: "another service's", other: "another service's"},
}

// Every failure has words of its own, and the likeliest cause on AWS and elsewhere.
func TestEveryFailureHasItsWords(t *testing.T) {
	texts := map[string]string{}
	var mu sync.Mutex
	for _, f := range failures {
		t.Run(f.name, func(t *testing.T) {
			for _, aws := range []bool{true, false} {
				set := quick()
				p := client.Profile{ClientID: "lamp"}
				url := f.serve(t, &set, &p)
				b, err := client.ParseBroker(url)
				if err != nil {
					t.Fatal(err)
				}
				p.Broker, p.AWS = b, aws
				o := besideAnother(t, set)
				o.Connect(p)
				if f.do != nil {
					await[client.Connected](o)
					f.do(o)
				}
				why := reasonOf(o, f.refused)
				want := f.other
				if aws {
					want = f.aws
				}
				if !strings.Contains(why.Text, f.text) || strings.ContainsAny(why.Text, "\n") {
					t.Errorf("AWS %v: got %q; want %q", aws, why.Text, f.text)
				}
				if len(why.Causes) == 0 || !strings.Contains(why.Causes[0], want) {
					t.Errorf("AWS %v: got causes %q; want the first to speak of %q", aws, why.Causes, want)
				}
				mu.Lock()
				if other, used := texts[why.Text]; used && other != f.name {
					t.Errorf("the words of %q are those of %q: %q", f.name, other, why.Text)
				}
				texts[why.Text] = f.name
				mu.Unlock()
			}
		})
	}
}

// reasonOf waits for what ends the attempts, or else for the first attempt or connection that failed.
func reasonOf(o *observer, refused bool) client.Reason {
	o.t.Helper()
	if refused {
		r, _ := await[client.Refused](o)
		return r.Why
	}
	r, _ := await[client.Reconnecting](o)
	return r.Why
}

// SUBACK 0x80 refuses a filter and lets the connection stand.
func TestARefusedFilterSaysWhatItMayComeFrom(t *testing.T) {
	for aws, want := range map[bool]string{true: "iot:Subscribe for topicfilter/a/#", false: "do not allow a/#"} {
		s := startScripted(t, func(c *scriptedConn, p packets.ControlPacket) bool {
			sub, ok := p.(*packets.SubscribePacket)
			if ok {
				c.suback(sub.MessageID, 0x80)
			}
			return ok
		})
		o := besideAnother(t, quick())
		p := s.profile()
		p.AWS = aws
		o.Connect(p)
		o.Subscribe(filter(t, "a/#"), 1)
		sub, _ := await[client.Subscribed](o)
		causes := client.Causes(sub.Err)
		if errText(sub.Err) != "refused by the broker (SUBACK 0x80)" || len(causes) == 0 || !strings.Contains(causes[0], want) {
			t.Errorf("AWS %v: got %v, %q; want %q", aws, sub.Err, causes, want)
		}
	}
}

// The server's own certificate is at fault: each way has its words.
func TestAServerThatIsNotTrusted(t *testing.T) {
	s := httptest.NewUnstartedServer(nil)
	s.StartTLS()
	defer s.Close()
	certificate := s.TLS.Certificates[0]
	address := serveRaw(t, func(c net.Conn) {
		conn := tls.Server(c, &tls.Config{Certificates: []tls.Certificate{certificate}})
		_, _ = bufio.NewReader(conn).ReadByte()
	})
	b, err := client.ParseBroker("mqtts://" + address)
	if err != nil {
		t.Fatal(err)
	}
	o := besideAnother(t, quick())
	o.Connect(client.Profile{Broker: b})
	if r, _ := await[client.Refused](o); !strings.Contains(r.Why.Text, "not trusted here") || !strings.Contains(r.Why.Full(), "--ca") {
		t.Errorf("got %q; want that the authority is not known", r.Why.Full())
	}
}
