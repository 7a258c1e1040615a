package client_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"

	"example.com/thingdeck/client"
	"example.com/thingdeck/client/local"
	"example.com/thingdeck/client/transport"
	"example.com/thingdeck/client/transport/sigv4"
)

// startAllWays runs the local AWS IoT with all its listeners and returns their profiles by scheme, with certificates
// for those that need them.
func startAllWays(t *testing.T) (map[string]client.Profile, *local.Server) {
	t.Helper()
	dir := t.TempDir()
	server, err := local.Start(context.Background(), local.Options{
		Listen: "127.0.0.1:0", TLSListen: "127.0.0.1:0", WSListen: "127.0.0.1:0", WSSListen: "127.0.0.1:0", Certs: dir,
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(server.Close)
	profiles := make(map[string]client.Profile)
	for _, address := range server.Listeners() {
		b, err := client.ParseBroker(address)
		if err != nil {
			t.Fatal(err)
		}
		p := client.Profile{Broker: b, AWS: true}
		if b.Scheme == "mqtts" || b.Scheme == "wss" {
			p.Transport.TLS.CAFile = filepath.Join(dir, "ca.pem")
		}
		if b.Scheme == "mqtts" {
			p.Transport.TLS.CertFile, p.Transport.TLS.KeyFile = filepath.Join(dir, "client.pem"), filepath.Join(dir, "client.key")
		}
		profiles[b.Scheme] = p
	}
	return profiles, server
}

// One Session goes from way to way; its subscription comes along.
func TestEveryWayIn(t *testing.T) {
	o := newObserver(t, quick())
	profiles, _ := startAllWays(t)
	o.Subscribe(filter(t, "a"), 1)
	for i, scheme := range []string{"mqtt", "mqtts", "ws", "wss"} {
		p := profiles[scheme]
		if scheme == "mqtts" {
			p.Transport.TLS.ALPN = []string{transport.ALPNCertificate}
		}
		id := o.Connect(p)
		await(o, func(c client.Connected) bool { return c.ID == id && strings.HasPrefix(c.Endpoint, scheme+"://") })
		await(o, func(s client.Subscribed) bool { return s.Err == nil })
		o.Publish(client.Message{Topic: topic(t, "a"), Payload: []byte(scheme), QoS: 1})
		await(o, step(client.Acknowledged))
		o.awaitMessages(i + 1)
	}
}

func TestWhatAnotherAttemptWouldNotChangeIsRefused(t *testing.T) {
	profiles, _ := startAllWays(t)
	for _, c := range []struct {
		name, scheme string
		change       func(*client.Profile)
		text, cause  string
	}{
		{"no client certificate", "mqtts", func(p *client.Profile) { p.Transport.TLS.CertFile, p.Transport.TLS.KeyFile = "", "" },
			"the server wants a client certificate", "no client certificate is given"},
		{"an authority that is not trusted", "wss", func(p *client.Profile) { p.Transport.TLS.CAFile = "" }, "which is not trusted here", "--ca"},
		{"a file that is not there", "mqtts", func(p *client.Profile) { p.Transport.TLS.KeyFile = "nowhere.key" }, "nowhere.key: no such file or directory", ""},
		{"another path", "ws", func(p *client.Profile) { p.Broker.Path = "/other" }, "HTTP 404 not found", "/mqtt"},
		{"no AWS credentials", "wss", func(p *client.Profile) {
			p.Transport.SigV4 = &transport.SigV4{Region: "us-east-1", Credentials: sigv4.Static{}}
		}, "no access key", "--aws-profile"},
	} {
		t.Run(c.name, func(t *testing.T) {
			o := besideAnother(t, quick())
			p := profiles[c.scheme]
			c.change(&p)
			o.Connect(p)
			r, _ := await[client.Refused](o)
			if !strings.Contains(r.Why.Text, c.text) || !strings.Contains(strings.Join(r.Why.Causes, "\n"), c.cause) {
				t.Errorf("got %q, %q; want %q, %q", r.Why.Text, r.Why.Causes, c.text, c.cause)
			}
			o.Retry()
			await[client.Refused](o)
		})
	}
}

// A 403 ends the first attempts, but not those after a connection that stood: there it may pass.
func TestARefusedUpgradeIsTriedAgainOnlyAfterAConnectionStood(t *testing.T) {
	o := newObserver(t, quick())
	profiles, server := startAllWays(t)
	there, err := url.Parse("http://" + profiles["ws"].Broker.Address())
	if err != nil {
		t.Fatal(err)
	}
	var refuse atomic.Bool
	forward := httputil.NewSingleHostReverseProxy(there)
	front := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if refuse.Load() {
			w.WriteHeader(http.StatusForbidden)
			return
		}
		forward.ServeHTTP(w, r)
	}))
	t.Cleanup(front.Close)
	b, err := client.ParseBroker("ws" + strings.TrimPrefix(front.URL, "http") + "/mqtt")
	if err != nil {
		t.Fatal(err)
	}
	refuse.Store(true)
	o.Connect(client.Profile{Broker: b})
	if r, _ := await[client.Refused](o); r.Why.Text != "WebSocket refused with HTTP 403 forbidden" {
		t.Errorf("got %+v; want 403", r)
	}
	refuse.Store(false)
	o.Retry()
	await[client.Connected](o)
	refuse.Store(true)
	server.Close()
	await(o, func(r client.Reconnecting) bool { return r.Lost })
	r, _ := await(o, func(r client.Reconnecting) bool { return !r.Lost })
	if r.Why.Text != "WebSocket refused with HTTP 403 forbidden" {
		t.Errorf("got %+v; want 403", r)
	}
}
