package control_test

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	mqtt "github.com/eclipse/paho.mqtt.golang"

	"example.com/thingdeck/client/local"
)

// patience bounds every wait of the tests.
const patience = 20 * time.Second

// cloud is a local AWS IoT with listeners for TLS and HTTP.
type cloud struct {
	t       testing.TB
	dir     string // of the certificates
	urls    map[string]string
	notices chan local.Notice
	server  *local.Server
}

func startCloud(t testing.TB, opt local.ServeOptions) *cloud {
	t.Helper()
	c := &cloud{t: t, dir: opt.Certs, urls: map[string]string{}, notices: make(chan local.Notice, 1000)}
	if c.dir == "" {
		c.dir = t.TempDir()
	}
	opt.Listen, opt.TLSListen, opt.HTTPListen, opt.Certs, opt.Strict = "127.0.0.1:0", "127.0.0.1:0", "127.0.0.1:0", c.dir, true
	opt.Notice = func(n local.Notice) { c.notices <- n }
	s, err := local.Open(context.Background(), opt)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Close)
	c.server = s
	for _, u := range s.Listeners() {
		scheme, _, _ := strings.Cut(u, ":")
		c.urls[scheme] = u
	}
	return c
}

// request makes one to the control plane and returns its status and body.
func (c *cloud) request(client *http.Client, request, body string, header ...string) (int, doc) {
	c.t.Helper()
	method, address, _ := strings.Cut(request, " ")
	if strings.HasPrefix(address, "/") {
		address = c.urls["http"] + address
	}
	req, err := http.NewRequest(method, address, strings.NewReader(body))
	if err != nil {
		c.t.Fatal(err)
	}
	for i := 0; i+1 < len(header); i += 2 {
		req.Header.Set(header[i], header[i+1])
	}
	resp, err := client.Do(req)
	if err != nil {
		c.t.Fatal(err)
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	if err != nil {
		c.t.Fatal(err)
	}
	var out doc
	if err := json.Unmarshal(b, &out); err != nil {
		c.t.Fatalf("%s: got %s and %q; want JSON", request, resp.Status, b)
	}
	return resp.StatusCode, out
}

func (c *cloud) does(request, body string, header ...string) doc {
	c.t.Helper()
	client := &http.Client{Timeout: patience, Transport: &http.Transport{DisableKeepAlives: true}}
	status, out := c.request(client, request, body, header...)
	if status != 200 {
		c.t.Fatalf("%s: got %d %v; want 200", request, status, out)
	}
	return out
}

// device is a certificate with its key.
type device struct {
	c       *cloud
	id, arn string
	pair    tls.Certificate
}

// newDevice makes an ACTIVE certificate to which a policy of its own is attached, unless the text is "".
func (c *cloud) newDevice(name, text string) *device {
	c.t.Helper()
	made := c.does("POST /keys-and-certificate?setAsActive=true", "")
	d := &device{c, made["certificateId"].(string), made["certificateArn"].(string), pair(c.t, made)}
	if text != "" {
		c.does("POST /policies/"+name, withDocument(text))
		c.does("PUT /target-policies/"+name, toTarget(d.arn))
	}
	return d
}

// stranger is a device with the certificate that comes with the folder and is not registered.
func (c *cloud) stranger() *device {
	c.t.Helper()
	p, err := tls.LoadX509KeyPair(filepath.Join(c.dir, "client.pem"), filepath.Join(c.dir, "client.key"))
	if err != nil {
		c.t.Fatal(err)
	}
	return &device{c: c, pair: p}
}

func (d *device) config(alpn ...string) *tls.Config {
	d.c.t.Helper()
	ca, err := os.ReadFile(filepath.Join(d.c.dir, "ca.pem"))
	if err != nil {
		d.c.t.Fatal(err)
	}
	pool := x509.NewCertPool()
	pool.AppendCertsFromPEM(ca)
	return &tls.Config{RootCAs: pool, Certificates: []tls.Certificate{d.pair}, NextProtos: alpn}
}

// link is an MQTT connection of a device.
type link struct {
	mqtt.Client
	t    testing.TB
	got  chan mqtt.Message
	lost chan struct{}
}

func (d *device) link(clientID string) *link {
	l := &link{t: d.c.t, got: make(chan mqtt.Message, 100), lost: make(chan struct{})}
	l.Client = mqtt.NewClient(mqtt.NewClientOptions().AddBroker(d.c.urls["mqtts"]).SetClientID(clientID).SetTLSConfig(d.config()).
		SetProtocolVersion(4).SetAutoReconnect(false).SetConnectTimeout(patience).SetWriteTimeout(patience).
		SetConnectionLostHandler(func(mqtt.Client, error) { close(l.lost) }).
		SetDefaultPublishHandler(func(_ mqtt.Client, m mqtt.Message) { l.got <- m }))
	return l
}

func (d *device) connect(clientID string) *link {
	d.c.t.Helper()
	l := d.link(clientID)
	l.done(l.Connect())
	d.c.t.Cleanup(func() { l.Disconnect(20) })
	return l
}

// shutOut tries to connect, which must be refused for this reason.
func (d *device) shutOut(clientID, why string) {
	d.c.t.Helper()
	l := d.link(clientID)
	if token := l.Connect(); !token.WaitTimeout(patience) || token.Error() == nil {
		l.Disconnect(0)
		d.c.t.Fatalf("%s was let in; want it refused: %s", clientID, why)
	}
	d.c.told("connect", why)
}

// told waits for a notice about a refused action.
func (c *cloud) told(action, why string) {
	c.t.Helper()
	for timeout := time.After(patience); ; {
		select {
		case n := <-c.notices:
			if n.Action == action && strings.Contains(n.Text, why) {
				return
			}
			c.t.Logf("notice: %v", n)
		case <-timeout:
			c.t.Fatalf("got no notice of %s: %s", action, why)
		}
	}
}

func (l *link) done(token mqtt.Token) {
	l.t.Helper()
	if !token.WaitTimeout(patience) {
		l.t.Fatal("no answer from the broker")
	}
	if err := token.Error(); err != nil {
		l.t.Fatal(err)
	}
}

// publishes sends a message that must be taken.
func (l *link) publishes(topic string) {
	l.t.Helper()
	l.done(l.Publish(topic, 1, false, "x"))
}

// barred sends a message that must end the connection, as AWS does with MQTT 3.1.1.
func (l *link) barred(topic string) {
	l.t.Helper()
	l.Publish(topic, 1, false, "x")
	select {
	case <-l.lost:
	case <-time.After(patience):
		l.t.Fatalf("a publish on %s did not end the connection", topic)
	}
}

// statement allows actions on resources, given without their common beginning.
func statement(action string, resources ...string) string {
	for i, r := range resources {
		resources[i] = "arn:aws:iot:us-east-1:123456789012:" + r
	}
	b, _ := json.Marshal(doc{"Effect": "Allow", "Action": action, "Resource": resources})
	return string(b)
}

func document(statements ...string) string {
	return `{"Version":"2012-10-17","Statement":[` + strings.Join(statements, ",") + `]}`
}

func TestPolicyOfTheCertificateDecides(t *testing.T) {
	c := startCloud(t, local.ServeOptions{})
	d := c.newDevice("lamp", document(statement("iot:Connect", "client/lamp"), statement("iot:Publish", "topic/lamp/*"),
		statement("iot:Subscribe", "topicfilter/lamp/*"), statement("iot:Receive", "topic/lamp/open")))
	d.shutOut("other", "no statement allows iot:Connect on client/other")
	l := d.connect("lamp")
	l.done(l.Subscribe("lamp/#", 1, nil))
	l.publishes("lamp/closed")
	l.publishes("lamp/open")
	if m := <-l.got; m.Topic() != "lamp/open" {
		t.Errorf("got %s; want only lamp/open, which iot:Receive allows", m.Topic())
	}
	l.barred("other/x")
	c.told("publish", "no statement allows iot:Publish on topic/other/x")
}

func TestCertificateThatMayNothing(t *testing.T) {
	c := startCloud(t, local.ServeOptions{})
	d := c.newDevice("all", allowAll)
	to := func(status string) { c.does("PUT /certificates/"+d.id+"?newStatus="+status, "") }
	to("INACTIVE")
	d.shutOut("d", "the certificate is INACTIVE")
	to("REVOKED")
	d.shutOut("d", "the certificate is REVOKED")
	to("ACTIVE")
	live := d.connect("d")
	live.publishes("a")
	to("INACTIVE")
	live.barred("a")
	c.told("publish", "the certificate is INACTIVE")
	c.does("DELETE /certificates/"+d.id+"?forceDelete=true", "")
	d.shutOut("d", "the certificate was deleted")
	c.newDevice("", "").shutOut("d", "no policy is attached to the certificate")
}

func TestChangesReachLiveConnections(t *testing.T) {
	c := startCloud(t, local.ServeOptions{})
	only := func(topic string) string {
		return document(statement("iot:Connect", "client/*"), statement("iot:Publish", "topic/"+topic))
	}
	for name, change := range map[string]func(d *device, policy string){
		"policy exchanged": func(d *device, policy string) {
			c.does("POST /policies/"+policy+"-2", withDocument(only("new")))
			c.does("PUT /target-policies/"+policy+"-2", toTarget(d.arn))
			c.does("POST /target-policies/"+policy, toTarget(d.arn))
		},
		"new version": func(_ *device, policy string) {
			c.does("POST /policies/"+policy+"/version?setAsDefault=true", withDocument(only("new")))
		},
		"other version": func(_ *device, policy string) {
			c.does("POST /policies/"+policy+"/version", withDocument(only("new")))
			c.does("PATCH /policies/"+policy+"/version/2", "")
		},
	} {
		t.Run(name, func(t *testing.T) {
			policy := strings.ReplaceAll(name, " ", "-")
			d := c.newDevice(policy, only("old"))
			l := d.connect(policy)
			l.publishes("old")
			change(d, policy)
			l.publishes("new")
			l.barred("old")
		})
	}
}

func TestThingBehindTheConnection(t *testing.T) {
	c := startCloud(t, local.ServeOptions{})
	d := c.newDevice("things", document(
		`{"Effect":"Allow","Action":"iot:Connect","Resource":"*","Condition":{"Bool":{"iot:Connection.Thing.IsAttached":"true"}}}`,
		statement("iot:Publish", "topic/${iot:Connection.Thing.ThingName}/x", "topic/${iot:Connection.Thing.Attributes[room]}/x", "topic/${iot:Connection.Thing.ThingTypeName}/x")))
	c.does("POST /things/lamp-1", `{"thingTypeName":"lamp","attributePayload":{"attributes":{"room":"hall"}}}`)
	d.shutOut("lamp-1", "no statement allows iot:Connect on client/lamp-1")
	c.does("PUT /things/lamp-1/principals", "", "x-amzn-principal", d.arn)
	d.shutOut("lamp-2", "no statement allows iot:Connect on client/lamp-2")
	l := d.connect("lamp-1")
	for _, topic := range []string{"lamp-1/x", "hall/x", "lamp/x"} {
		l.publishes(topic)
	}
	c.does("PATCH /things/lamp-1", `{"attributePayload":{"attributes":{"room":"attic"}}}`)
	l.publishes("attic/x")
	l.barred("hall/x")
	c.does("DELETE /things/lamp-1/principals", "", "x-amzn-principal", d.arn)
	c.does("PUT /things/lamp-1/principals?thingPrincipalType=EXCLUSIVE_THING", "", "x-amzn-principal", d.arn)
	d.connect("any-name").publishes("lamp-1/x")
}

func TestOthersGetThePolicyFile(t *testing.T) {
	file := filepath.Join(t.TempDir(), "policy.json")
	text := document(statement("iot:Connect", "client/*"), statement("iot:Publish", "topic/file"))
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	c := startCloud(t, local.ServeOptions{PolicyFile: file})
	registered := c.newDevice("own", document(statement("iot:Connect", "client/*"), statement("iot:Publish", "topic/own"))).connect("r")
	registered.publishes("own")
	registered.barred("file")
	other := c.stranger().connect("o")
	other.publishes("file")
	other.barred("own")
	plain := &link{t: t, lost: make(chan struct{})}
	plain.Client = mqtt.NewClient(mqtt.NewClientOptions().AddBroker(c.urls["mqtt"]).SetClientID("p").SetProtocolVersion(4).
		SetAutoReconnect(false).SetWriteTimeout(patience).SetConnectionLostHandler(func(mqtt.Client, error) { close(plain.lost) }))
	plain.done(plain.Connect())
	plain.publishes("file")
	plain.barred("own")

	free := startCloud(t, local.ServeOptions{})
	free.stranger().connect("o").publishes("anything")
}

// web is an HTTP client with the device's certificate, on the listener for devices.
func (d *device) web() *http.Client {
	return &http.Client{Timeout: patience, Transport: &http.Transport{
		DisableKeepAlives: true,
		DialTLSContext: func(ctx context.Context, network, addr string) (net.Conn, error) {
			config := d.config("x-amzn-http-ca")
			config.ServerName = "127.0.0.1"
			return (&tls.Dialer{Config: config}).DialContext(ctx, network, addr)
		},
	}}
}

func TestDeviceOverHTTP(t *testing.T) {
	c := startCloud(t, local.ServeOptions{})
	d := c.newDevice("own", document(statement("iot:Publish", "topic/own")))
	base := strings.Replace(c.urls["mqtts"], "mqtts:", "https:", 1)
	for _, tt := range []struct {
		request string
		want    int
	}{
		{"POST " + base + "/topics/own", 200},
		{"POST " + base + "/topics/other", 403},
		// Nothing of the control plane is there for devices.
		{"POST " + base + "/keys-and-certificate", 404},
		{"GET " + base + "/policies", 404},
		{"PUT " + base + "/target-policies/own", 404},
	} {
		if status, out := c.request(d.web(), tt.request, toTarget(d.arn)); status != tt.want {
			t.Errorf("%s: got %d %v; want %d", tt.request, status, out, tt.want)
		}
	}
	c.does("PUT /certificates/"+d.id+"?newStatus=INACTIVE", "")
	if status, out := c.request(d.web(), "POST "+base+"/topics/own", ""); status != 403 {
		t.Errorf("INACTIVE: got %d %v; want 403", status, out)
	}
}

func TestPagesFromElsewhereChangeNothing(t *testing.T) {
	c := startCloud(t, local.ServeOptions{})
	client := &http.Client{Timeout: patience, Transport: &http.Transport{DisableKeepAlives: true}}
	for origin, want := range map[string]int{"https://example.org": 404, "http://localhost:3000": 200, c.urls["http"]: 200} {
		if status, out := c.request(client, "POST /things/T", "{}", "Origin", origin); status != want {
			t.Errorf("%s: got %d %v; want %d", origin, status, out, want)
		}
	}
}

func TestRegisteredDeviceSurvivesARestart(t *testing.T) {
	opt := local.ServeOptions{StateFile: filepath.Join(t.TempDir(), "state")}
	opt.Certs = t.TempDir()
	c := startCloud(t, opt)
	d := c.newDevice("own", document(statement("iot:Connect", "client/*"), statement("iot:Publish", "topic/own")))
	gone := c.newDevice("", "")
	c.does("PUT /certificates/"+gone.id+"?newStatus=INACTIVE", "")
	c.does("DELETE /certificates/"+gone.id, "")
	c.server.Close()
	c = startCloud(t, opt)
	d.c, gone.c = c, c
	l := d.connect("d")
	l.publishes("own")
	l.barred("other")
	gone.shutOut("d", "the certificate was deleted")
	b, err := os.ReadFile(opt.StateFile)
	if err != nil {
		t.Fatal(err)
	}
	if text := string(b); strings.Contains(text, "PRIVATE KEY") || !strings.Contains(text, "BEGIN CERTIFICATE") {
		t.Error("want certificates and no private key in the state file")
	}
}

func TestEndpointIsTheHostOfTheListeners(t *testing.T) {
	c := startCloud(t, local.ServeOptions{})
	same(t, "endpoint", c.does("GET /endpoint?endpointType=iot:Data-ATS", ""), doc{"endpointAddress": "127.0.0.1"})
}
