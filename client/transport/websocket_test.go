package transport_test

import (
	"bytes"
	"errors"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/gorilla/websocket"

	"example.com/thingdeck/client/transport"
)

// socket runs talk on the server's side of a WebSocket and returns the options to dial it; the channel closes when talk
// is over.
func socket(t *testing.T, talk func(*websocket.Conn, *http.Request)) (transport.Options, <-chan struct{}) {
	t.Helper()
	over := make(chan struct{})
	t.Cleanup(func() {
		select {
		case <-over:
		case <-time.After(patience):
			t.Error("the server's side goes on")
		}
	})
	return options(t, web(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		defer close(over)
		up := websocket.Upgrader{Subprotocols: []string{"mqtt"}}
		ws, err := up.Upgrade(w, r, nil)
		if err != nil {
			t.Errorf("upgrade: %v", err)
			return
		}
		defer ws.Close()
		ws.SetReadDeadline(time.Now().Add(patience))
		talk(ws, r)
	}), nil)), over
}

func TestFramingIsHidden(t *testing.T) {
	big := bytes.Repeat([]byte("0123456789"), 20000)
	o, _ := socket(t, func(ws *websocket.Conn, _ *http.Request) {
		for _, want := range []string{"one", "two", string(big)} {
			kind, got, err := ws.ReadMessage()
			if err != nil || kind != websocket.BinaryMessage || string(got) != want {
				t.Errorf("got message of kind %d, %d bytes, %v; want %d bytes in one", kind, len(got), err, len(want))
			}
		}
		ws.WriteMessage(websocket.BinaryMessage, []byte("ab"))
		ws.WriteMessage(websocket.BinaryMessage, nil)
		ws.WriteControl(websocket.PingMessage, []byte("x"), time.Now().Add(patience))
		w, _ := ws.NextWriter(websocket.BinaryMessage) // one message in many frames
		for i := range big {
			if i%50000 == 0 {
				w.Write(big[i:min(i+50000, len(big))])
			}
		}
		w.Close()
		if _, _, err := ws.ReadMessage(); !websocket.IsCloseError(err, websocket.CloseNormalClosure) {
			t.Errorf("got %v; want a close frame 1000", err)
		}
	})
	conn := dial(t, o)
	for _, text := range [][]byte{[]byte("one"), []byte("two"), big} {
		if n, err := conn.Write(text); n != len(text) || err != nil {
			t.Fatalf("Write: got %d, %v; want %d", n, err, len(text))
		}
	}
	got := make([]byte, 2+len(big))
	if _, err := io.ReadFull(conn, got); err != nil || string(got) != "ab"+string(big) {
		t.Errorf("got %d bytes, %v; want the messages joined", len(got), err)
	}
	if err := conn.Close(); err != nil {
		t.Errorf("Close: got %v", err)
	}
	if _, err := conn.Read(got); err == nil {
		t.Error("Read after Close: got no error")
	}
}

func TestWebSocketEnds(t *testing.T) {
	closeWith := func(code int, reason string) func(*websocket.Conn, *http.Request) {
		return func(ws *websocket.Conn, _ *http.Request) {
			ws.WriteControl(websocket.CloseMessage, websocket.FormatCloseMessage(code, reason), time.Now().Add(patience))
			ws.ReadMessage()
		}
	}
	for _, tt := range []struct {
		name string
		talk func(*websocket.Conn, *http.Request)
		kind transport.Kind
		code int
		text string
		eof  bool
	}{
		{"normally", closeWith(1000, ""), transport.WebSocketClosed, 1000, "WebSocket closed by the broker", true},
		{"going away", closeWith(1001, ""), transport.WebSocketClosed, 1001, "with code 1001", true},
		{"by policy", closeWith(1008, "no\x1b[2J"), transport.WebSocketClosed, 1008, "with code 1008: no?[2J", true},
		{"without a code", closeWith(websocket.CloseNoStatusReceived, ""), transport.WebSocketClosed, 1005, "WebSocket closed by the broker", true},
		{"without a frame", func(*websocket.Conn, *http.Request) {}, transport.Closed, 0, "closed by the broker", false},
		{"with text", func(ws *websocket.Conn, _ *http.Request) {
			ws.WriteMessage(websocket.TextMessage, []byte("hi"))
			ws.ReadMessage()
		}, transport.NotWebSocket, 0, "sends text", false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			o, _ := socket(t, tt.talk)
			conn := dial(t, o)
			defer conn.Close()
			_, err := conn.Read(make([]byte, 10))
			f := transport.Classify(err)
			if f == nil || f.Kind != tt.kind || f.Status != tt.code || !strings.Contains(f.Text, tt.text) || errors.Is(err, io.EOF) != tt.eof {
				t.Errorf("got %v, %+v; want %s %d: %s", err, f, tt.kind, tt.code, tt.text)
			}
		})
	}
}

func TestUpgradeRequest(t *testing.T) {
	o, _ := socket(t, func(_ *websocket.Conn, r *http.Request) {
		if r.URL.Path != "/a b/c" || r.URL.RawQuery != "q=1+2" || r.Header.Get("X-Token") != "t" || r.Header.Get("Sec-WebSocket-Protocol") != "mqttv3.1, mqtt" {
			t.Errorf("got %s with %v; want path, query, headers and subprotocols", r.URL, r.Header)
		}
	})
	o.Path, o.WebSocket.Query = "/a%20b/c", url.Values{"q": {"1 2"}}
	o.WebSocket.Header, o.WebSocket.Subprotocols = http.Header{"X-Token": {"t"}}, []string{"mqttv3.1", "mqtt"}
	dial(t, o).Close()
}

func TestSettingsThatContradict(t *testing.T) {
	for _, tt := range []struct {
		name string
		o    transport.Options
		want string
	}{
		{"no scheme", transport.Options{Host: "h"}, "unknown scheme"},
		{"no host", transport.Options{Scheme: "ws"}, "no host"},
		{"a port too high", transport.Options{Scheme: "ws", Host: "h", Port: 70000}, "1 to 65535"},
		{"IAM over MQTT", transport.Options{Scheme: "mqtts", Host: "h", SigV4: &transport.SigV4{}}, "over WebSocket only"},
		{"a certificate without TLS", transport.Options{Scheme: "mqtt", Host: "h", TLS: transport.TLS{CertFile: "c"}}, "write mqtts"},
		{"ALPN without TLS", transport.Options{Scheme: "ws", Host: "h", TLS: transport.TLS{ALPN: []string{"mqtt"}}}, "write wss"},
		{"an empty ALPN name", transport.Options{Scheme: "mqtts", Host: "h", TLS: transport.TLS{ALPN: []string{""}}}, "ALPN name"},
		{"a header of its own", transport.Options{Scheme: "ws", Host: "h", WebSocket: transport.WebSocket{Header: http.Header{"Sec-WebSocket-Key": {"x"}}}}, "set by the connection"},
		{"a header that breaks out", transport.Options{Scheme: "ws", Host: "h", WebSocket: transport.WebSocket{Header: http.Header{"A": {"x\r\nB: y"}}}}, "control character"},
		{"a header without a name", transport.Options{Scheme: "ws", Host: "h", WebSocket: transport.WebSocket{Header: http.Header{"A B": {"x"}}}}, "name of an HTTP header"},
		{"a subprotocol that breaks out", transport.Options{Scheme: "ws", Host: "h", WebSocket: transport.WebSocket{Subprotocols: []string{"a, b"}}}, "subprotocol"},
		{"a path that is not escaped", transport.Options{Scheme: "ws", Host: "h", Path: "/a b"}, "make a URL"},
		{"a path with a query", transport.Options{Scheme: "ws", Host: "h", Path: "/a?b"}, "make a URL"},
		{"a host that breaks out", transport.Options{Scheme: "ws", Host: "h/x?"}, "make a URL"},
		{"an authorizer's headers over MQTT", transport.Options{Scheme: "mqtts", Host: "h", Authorizer: transport.Authorizer{Name: "a", Carrier: transport.Headers}}, "user name over mqtts"},
		{"half a token", transport.Options{Scheme: "wss", Host: "h", Authorizer: transport.Authorizer{TokenKey: "k", Token: transport.NewSecret("t")}}, "missing signature"},
		{"a signature alone", transport.Options{Scheme: "wss", Host: "h", Authorizer: transport.Authorizer{Signature: transport.NewSecret("s")}}, "missing token key and token"},
		{"a token key of AWS's", transport.Options{Scheme: "wss", Host: "h", Authorizer: transport.Authorizer{TokenKey: "X-Amz-Date", Token: transport.NewSecret("t"), Signature: transport.NewSecret("s")}}, "AWS's own names"},
		{"a token key that is no header", transport.Options{Scheme: "wss", Host: "h", Authorizer: transport.Authorizer{TokenKey: "a b", Token: transport.NewSecret("t"), Signature: transport.NewSecret("s")}}, "name of an HTTP header"},
		{"a token that breaks out", transport.Options{Scheme: "wss", Host: "h", Authorizer: transport.Authorizer{TokenKey: "k", Token: transport.NewSecret("hush\r\n"), Signature: transport.NewSecret("s")}}, "token cannot be"},
		{"no such carrier", transport.Options{Scheme: "wss", Host: "h", Authorizer: transport.Authorizer{Name: "a", Carrier: "pigeon"}}, "pigeon"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			f := failure(t, tt.o)
			if f.Kind != transport.BadSettings || !strings.Contains(f.Text, tt.want) || strings.Contains(f.Text, "hush") {
				t.Errorf("got %+v; want %s", f, tt.want)
			}
			if _, err := transport.Check(tt.o); transport.Classify(err) == nil || err.Error() != f.Text {
				t.Errorf("Check: got %v; want %s", err, f.Text)
			}
		})
	}
}

func TestAuthorizerUsername(t *testing.T) {
	signed := transport.Authorizer{TokenKey: "k y", Token: transport.NewSecret("a=b&c"), Signature: transport.NewSecret("x+/=")}
	for _, tt := range []struct {
		name, user string
		a          transport.Authorizer
		want       string
	}{
		{"none", "me", transport.Authorizer{}, "me"},
		{"a name alone", "", transport.Authorizer{Name: "a/b"}, "?x-amz-customauthorizer-name=a%2Fb"},
		{"the default authorizer", "me", signed, "me?x-amz-customauthorizer-signature=x%2B%2F%3D&k%20y=a%3Db%26c"},
		{"a query already", "me?x=1", transport.Authorizer{Name: "n"}, "me?x=1&x-amz-customauthorizer-name=n"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := tt.a.Username(tt.user); got != tt.want {
				t.Errorf("got %s; want %s", got, tt.want)
			}
		})
	}
}

// FuzzAuthorizerUsername holds that what goes in comes out of the query, whatever it is.
func FuzzAuthorizerUsername(f *testing.F) {
	f.Add("me", "name", "key", "token", "sig==")
	f.Add("", "a&b", "k=?", "%", "%2B")
	f.Fuzz(func(t *testing.T, user, name, key, token, signature string) {
		if strings.ContainsAny(user, "?#&") || strings.Contains(signature, "%") || strings.HasPrefix(strings.ToLower(key), "x-amz-") {
			t.Skip()
		}
		a := transport.Authorizer{Name: name, TokenKey: key, Token: transport.NewSecret(token), Signature: transport.NewSecret(signature)}
		got := a.Username(user)
		before, query, _ := strings.Cut(got, "?")
		values, err := url.ParseQuery(query)
		if err != nil || before != user {
			t.Fatalf("got %q: %v", got, err)
		}
		if name != "" && values.Get("x-amz-customauthorizer-name") != name || key != "" && values.Get(key) != token {
			t.Errorf("got %v from %q; want %q and %q=%q", values, got, name, key, token)
		}
	})
}
