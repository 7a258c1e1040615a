package transport_test

import (
	"bytes"
	"crypto/tls"
	"io"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"example.com/thingdeck/client"
	"example.com/thingdeck/client/transport"
	"example.com/thingdeck/client/transport/sigv4"
)

// session is a whole Session over a transport: it connects, subscribes, publishes, and gets what it published; twice, for each
// connection of a transport is made anew.
func session(t *testing.T, broker string, o transport.Options, user string) {
	t.Helper()
	b, err := client.ParseBroker(broker)
	if err != nil {
		t.Fatal(err)
	}
	topic, _ := client.ParseTopic("way/in")
	filter, _ := client.ParseFilter("way/#")
	s := client.NewSession(nil, client.Settings{})
	defer s.Close(within(t))
	s.Subscribe(filter, 1)
	for range 2 {
		s.Connect(client.Profile{Broker: b, Username: user, Transport: o, AWS: true, Limits: client.AWSLimits()})
		var up, subscribed, got, sent bool
		for !got || !sent {
			batch, err := s.Next(within(t))
			if err != nil {
				t.Fatalf("connected %v, subscribed %v, received %v, acknowledged %v: %v", up, subscribed, got, sent, err)
			}
			for _, e := range batch.Events {
				switch e := e.Event.(type) {
				case client.Connected:
					up = true
				case client.Refused, client.Reconnecting:
					t.Fatalf("%+v", e)
				case client.Subscribed:
					if e.Err != nil {
						t.Fatal(e.Err)
					}
					subscribed = true
					s.Publish(client.Message{Topic: topic, Payload: []byte("through"), QoS: 1})
				case client.Published:
					if e.Err != nil {
						t.Fatal(e.Err)
					}
					sent = sent || e.Step == client.Acknowledged
				}
			}
			for m := range batch.Messages.All() {
				got = got || m.Topic == "way/in" && string(m.Payload) == "through"
			}
		}
	}
}

func TestSessionOverSigV4(t *testing.T) {
	began := time.Now()
	var clock atomic.Int64 // seconds since, one more each time
	now := func() time.Time { return began.Add(time.Duration(clock.Load()) * time.Second) }
	g := &gateway{region: "eu-west-1", key: "AKIDEXAMPLE", secret: "wJalr/+secret", token: "FwoGZXIvYXdzEBYaD/+==", now: now}
	o := as(startGateway(t, g), endpoint, 443)
	o.SigV4.Credentials = sigv4.Static{AccessKey: g.key, SecretKey: g.secret, SessionToken: g.token}
	o.Now = func() time.Time { clock.Add(1); return now() }
	session(t, "wss://"+endpoint+"/mqtt", o, "")
	if n := len(g.signatures); n != 2 || g.signatures[0] == g.signatures[1] {
		t.Errorf("signatures %q; want one for each connection", g.signatures)
	}
}

func TestSessionWithACustomAuthorizerOverMQTT(t *testing.T) {
	ca := newAuthority(t, "ca")
	broker := startBroker(t)
	var mu sync.Mutex
	var seen []string
	address := serveTLS(t, &tls.Config{
		Certificates: []tls.Certificate{ca.issue("server", nil).pair}, NextProtos: []string{"x-amzn-mqtt-ca", "mqtt"},
	}, func(c *tls.Conn) {
		first := make([]byte, 512)
		n, _ := c.Read(first)
		mu.Lock()
		seen = append(seen, c.ConnectionState().NegotiatedProtocol+" "+string(first[:n]))
		mu.Unlock()
		splice(struct {
			io.Reader
			io.Writer
		}{io.MultiReader(bytes.NewReader(first[:n]), c), c}, broker)
	})
	o := transport.Options{TLS: transport.TLS{CAFile: ca.file, ALPN: []string{transport.ALPNCustom}}}
	o.Authorizer = transport.Authorizer{Name: "auth", TokenKey: "tok", Token: transport.NewSecret("t"), Signature: transport.NewSecret("a+b/c==")}
	session(t, "mqtts://"+strings.Replace(address, "127.0.0.1", "localhost", 1), o, "me")
	mu.Lock()
	defer mu.Unlock()
	want := "me?x-amz-customauthorizer-name=auth&x-amz-customauthorizer-signature=a%2Bb%2Fc%3D%3D&tok=t"
	if len(seen) != 2 || !strings.HasPrefix(seen[0], "mqtt ") || !strings.Contains(seen[1], want) {
		t.Errorf("seen %q; want the protocol mqtt and the user name %s twice", seen, want)
	}
}

func TestSessionWithACustomAuthorizerOverWebSocket(t *testing.T) {
	ca := newAuthority(t, "ca")
	url := web(t, upgrading(t, startBroker(t), func(_ http.ResponseWriter, r *http.Request) int {
		h := r.Header
		if h.Get("x-amz-customauthorizer-name") != "auth" || h.Get("x-amz-customauthorizer-signature") != "a+b/c==" || h.Get("tok") != "t&t" {
			return http.StatusForbidden
		}
		return 0
	}), &tls.Config{Certificates: []tls.Certificate{ca.issue("server", nil).pair}, NextProtos: []string{"http/1.1"}})
	o := transport.Options{TLS: transport.TLS{CAFile: ca.file}}
	o.Authorizer = transport.Authorizer{Name: "auth", TokenKey: "tok", Token: transport.NewSecret("t&t"), Signature: transport.NewSecret("a+b/c==")}
	session(t, url, o, "me")
}
