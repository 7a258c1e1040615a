package transport_test

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"crypto/tls"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"example.com/thingdeck/client/transport"
	"example.com/thingdeck/client/transport/sigv4"
)

// gateway checks signatures as AWS's page on Signature Version 4 says, from what came over the wire. It shares no code
// with the signer.
type gateway struct {
	region, key, secret, token string
	now                        func() time.Time

	mutex      sync.Mutex
	refused    string // why the last was
	signatures []string
}

func (g *gateway) check(w http.ResponseWriter, r *http.Request) int {
	g.mutex.Lock()
	defer g.mutex.Unlock()
	w.Header().Set("X-Amzn-ErrorType", "ForbiddenException")
	w.Header().Set("Date", g.now().UTC().Format(http.TimeFormat))
	if g.refused = g.judge(r); g.refused != "" {
		return http.StatusForbidden
	}
	return 0
}

func (g *gateway) judge(r *http.Request) string {
	path, query, _ := strings.Cut(r.RequestURI, "?")
	var signed []string
	given := map[string]string{}
	for i, pair := range strings.Split(query, "&") {
		name, value, ok := strings.Cut(pair, "=")
		if !ok || strings.ContainsAny(value, "/+ :") {
			return "a parameter that is not escaped: " + pair
		}
		plain, err := url.PathUnescape(value)
		if err != nil || given[name] != "" {
			return "a parameter that cannot be read: " + pair
		}
		given[name] = plain
		switch name {
		case "X-Amz-Signature", "X-Amz-Security-Token":
			if i < 4 {
				return name + " stands before what is signed"
			}
		default:
			signed = append(signed, pair)
		}
	}
	if !slices.IsSorted(signed) {
		return "not in the order that is signed"
	}
	at, err := time.Parse("20060102T150405Z", given["X-Amz-Date"])
	if err != nil || g.now().Sub(at).Abs() > 5*time.Minute {
		return "signed at another time: " + given["X-Amz-Date"]
	}
	scope := at.Format("20060102") + "/" + g.region + "/iotdevicegateway/aws4_request"
	switch {
	case path != "/mqtt" || r.Method != "GET":
		return "not GET /mqtt"
	case given["X-Amz-Algorithm"] != "AWS4-HMAC-SHA256" || given["X-Amz-SignedHeaders"] != "host":
		return "algorithm or headers"
	case given["X-Amz-Credential"] != g.key+"/"+scope:
		return "credential " + given["X-Amz-Credential"]
	case given["X-Amz-Security-Token"] != g.token:
		return "security token"
	case r.Header.Get("Sec-WebSocket-Protocol") != "mqtt":
		return "subprotocol"
	}
	if want := g.signature(at, scope, strings.Join(signed, "&"), r.Host); given["X-Amz-Signature"] != want {
		return "signature"
	}
	g.signatures = append(g.signatures, given["X-Amz-Signature"])
	return ""
}

func (g *gateway) signature(at time.Time, scope, query, host string) string {
	empty := fmt.Sprintf("%x", sha256.Sum256(nil))
	request := "GET\n/mqtt\n" + query + "\nhost:" + strings.ToLower(host) + "\n\nhost\n" + empty
	text := fmt.Sprintf("AWS4-HMAC-SHA256\n%s\n%s\n%x", at.Format("20060102T150405Z"), scope, sha256.Sum256([]byte(request)))
	key := "AWS4" + g.secret
	for _, part := range append(strings.Split(scope, "/"), text) {
		h := hmac.New(sha256.New, []byte(key))
		h.Write([]byte(part))
		key = string(h.Sum(nil))
	}
	return fmt.Sprintf("%x", key)
}

func (g *gateway) why() string {
	g.mutex.Lock()
	defer g.mutex.Unlock()
	return g.refused
}

// rotating gives other credentials each time.
type rotating struct {
	all  []sigv4.Credentials
	next int
}

func (r *rotating) Retrieve(context.Context) (sigv4.Credentials, error) {
	c := r.all[r.next%len(r.all)]
	r.next++
	return c, nil
}

const endpoint = "abc123-ats.iot.eu-west-1.amazonaws.com"

// startGateway runs a gateway that stands for endpoint, with MQTT behind it.
func startGateway(t *testing.T, g *gateway) transport.Options {
	t.Helper()
	if g.now == nil {
		g.now = time.Now
	}
	ca := newAuthority(t, "ca")
	url := web(t, upgrading(t, startBroker(t), g.check), &tls.Config{Certificates: []tls.Certificate{ca.issue("server", nil).pair}})
	o := options(t, url)
	o.TLS.CAFile, o.TLS.ServerName = ca.file, "localhost"
	o.SigV4 = &transport.SigV4{Credentials: sigv4.Static{AccessKey: g.key, SecretKey: g.secret, SessionToken: g.token}}
	return o
}

// as makes the options speak to a host that is somewhere else.
func as(o transport.Options, host string, port int) transport.Options {
	address := o.Address()
	o.Host, o.Port = host, port
	o.NetDial = redirect(address)
	return o
}

func TestSignatureIsTakenByAVerifyingServer(t *testing.T) {
	for _, token := range []string{"", "FwoGZXIvYXdzEBYaD/+=="} {
		for _, port := range []int{443, 8443} {
			t.Run(fmt.Sprintf("port %d token %q", port, token), func(t *testing.T) {
				g := &gateway{region: "eu-west-1", key: "AKIDEXAMPLE", secret: "wJalr/+secret", token: token}
				o := as(startGateway(t, g), endpoint, port)
				conn, err := transport.Dial(within(t), o)
				if err != nil {
					t.Fatalf("%v; the server says: %s", err, g.why())
				}
				defer conn.Close()
				exchange(t, conn, "", "")
			})
		}
	}
}

func TestSignatureCoversFurtherParameters(t *testing.T) {
	g := &gateway{region: "us-east-2", key: "AK", secret: "s"}
	o := startGateway(t, g)
	o.SigV4.Region = "us-east-2"
	o.WebSocket.Query = url.Values{"zone": {"a b"}, "A": {"/+"}}
	if err := attempt(within(t), o); err != nil {
		t.Errorf("got %v; the server says: %s", err, g.why())
	}
}

func TestEachDialIsSignedAnew(t *testing.T) {
	now := time.Now()
	g := &gateway{region: "eu-west-1", key: "AK", secret: "s", now: func() time.Time { return now }}
	o := as(startGateway(t, g), endpoint, 443)
	o.Now = func() time.Time { return now }
	second := sigv4.Credentials{AccessKey: "AK2", SecretKey: "s2", SessionToken: "t2"}
	o.SigV4.Credentials = &rotating{all: []sigv4.Credentials{{AccessKey: "AK", SecretKey: "s"}, {AccessKey: "AK", SecretKey: "s"}, second}}
	for i := range 3 {
		if i == 2 {
			g.mutex.Lock()
			g.key, g.secret, g.token = second.AccessKey, second.SecretKey, second.SessionToken
			g.mutex.Unlock()
		}
		if err := attempt(within(t), o); err != nil {
			t.Fatalf("dial %d: got %v; the server says: %s", i, err, g.why())
		}
		g.mutex.Lock()
		now = now.Add(10 * time.Minute)
		g.mutex.Unlock()
	}
	slices.Sort(g.signatures)
	if got := len(slices.Compact(g.signatures)); got != 3 {
		t.Errorf("got %d signatures; want 3", got)
	}
}

func TestSignatureIsRefused(t *testing.T) {
	for _, tt := range []struct {
		name   string
		change func(*transport.Options, *gateway)
		text   string
		cause  string
	}{
		{"another region", func(o *transport.Options, _ *gateway) { o.SigV4.Region = "us-east-1" }, "403", "another region"},
		{"another secret", func(o *transport.Options, _ *gateway) {
			o.SigV4.Credentials = sigv4.Static{AccessKey: "AK", SecretKey: "hush"}
		}, "403 forbidden: ForbiddenException: Forbidden", "not allowed iot:Connect"},
		{"a clock that is behind", func(o *transport.Options, _ *gateway) {
			o.Now = func() time.Time { return time.Now().Add(-20 * time.Minute) }
		}, "20m behind", "clock"},
		{"a clock that is ahead", func(o *transport.Options, _ *gateway) {
			o.Now = func() time.Time { return time.Now().Add(time.Hour) }
		}, "1h0m ahead", "clock"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			g := &gateway{region: "eu-west-1", key: "AK", secret: "s", now: time.Now}
			o := as(startGateway(t, g), endpoint, 443)
			tt.change(&o, g)
			f := failure(t, o)
			if f.Kind != transport.HTTPStatus || f.Status != 403 || !strings.Contains(f.Text, tt.text) {
				t.Errorf("got %+v; want 403 with %q", f, tt.text)
			}
			if strings.Contains(fmt.Sprintf("%v %+v", f, f), "X-Amz-") {
				t.Errorf("got %+v; want nothing of the URL in it", f)
			}
			short, causes := transport.Explain(transport.Observe(f, o), true)
			if short != f.Text || !strings.Contains(strings.Join(causes, "\n"), tt.cause) {
				t.Errorf("got %q, %q; want %q among the causes", short, causes, tt.cause)
			}
		})
	}
}

func TestCredentialsFail(t *testing.T) {
	for _, tt := range []struct {
		name  string
		sigv4 transport.SigV4
		kind  transport.Kind
		text  string
	}{
		{"none", transport.SigV4{Credentials: failing{sigv4.ErrNoCredentials}}, transport.BadCredentials, "no AWS credentials found"},
		{"too slow", transport.SigV4{Credentials: failing{fmt.Errorf("find: %w", context.DeadlineExceeded)}}, transport.Timeout, "credentials"},
		{"no region", transport.SigV4{Credentials: sigv4.Static{AccessKey: "a", SecretKey: "b"}}, transport.BadCredentials, "--region"},
		{"no region that AWS has", transport.SigV4{Region: "here", Credentials: sigv4.Static{AccessKey: "a", SecretKey: "b"}}, transport.BadCredentials, `"here"`},
		{"no provider", transport.SigV4{}, transport.BadSettings, "no AWS credentials"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			o := transport.Options{Scheme: "wss", Host: "iot.example.com", SigV4: &tt.sigv4, NetDial: refuse(errors.New("not reached"))}
			if f := failure(t, o); f.Kind != tt.kind || !strings.Contains(f.Text, tt.text) {
				t.Errorf("got %+v; want %s: %s", f, tt.kind, tt.text)
			}
		})
	}
}

type failing struct{ error }

func (f failing) Retrieve(context.Context) (sigv4.Credentials, error) {
	return sigv4.Credentials{}, f.error
}
