package transport_test

import (
	"bufio"
	"context"
	"crypto/tls"
	"encoding/base64"
	"fmt"
	"io"
	"net"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"example.com/thingdeck/client/transport"
)

// testProxy knows where broker.test is, and nothing else.
type testProxy struct {
	broker, user, password string

	mutex sync.Mutex
	asked []string
}

func (p *testProxy) reach(target string) (net.Conn, bool) {
	p.mutex.Lock()
	p.asked = append(p.asked, target)
	p.mutex.Unlock()
	if host, _, _ := net.SplitHostPort(target); host != "broker.test" {
		return nil, false
	}
	conn, err := net.Dial("tcp", p.broker)
	return conn, err == nil
}

func (p *testProxy) took() string {
	p.mutex.Lock()
	defer p.mutex.Unlock()
	defer func() { p.asked = nil }()
	return strings.Join(p.asked, " ")
}

func join(a io.ReadWriter, b net.Conn) {
	var back sync.WaitGroup
	back.Go(func() { io.Copy(a, b) })
	io.Copy(b, a)
	b.Close()
	back.Wait()
}

// http serves CONNECT.
func (p *testProxy) http(c net.Conn) {
	r := bufio.NewReader(c)
	request, err := http.ReadRequest(r)
	if err != nil {
		return
	}
	if p.user != "" && request.Header.Get("Proxy-Authorization") != "Basic "+base64.StdEncoding.EncodeToString([]byte(p.user+":"+p.password)) {
		io.WriteString(c, "HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n")
		return
	}
	there, ok := p.reach(request.RequestURI)
	if request.Method != http.MethodConnect || request.Host != request.RequestURI || !ok {
		io.WriteString(c, "HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n")
		return
	}
	io.WriteString(c, "HTTP/1.1 200 Connection established\r\nX-Proxy: yes\r\n\r\n")
	join(c, there)
}

// socks serves SOCKS5: RFC 1928 and 1929.
func (p *testProxy) socks(c net.Conn) {
	read := func(n byte) []byte {
		b := make([]byte, n)
		if _, err := io.ReadFull(c, b); err != nil {
			return make([]byte, max(n, 1))
		}
		return b
	}
	methods := read(read(2)[1])
	if p.user == "" {
		c.Write([]byte{5, 0})
	} else if !strings.Contains(string(methods), "\x02") {
		c.Write([]byte{5, 0xff})
		return
	} else {
		c.Write([]byte{5, 2})
		user := read(read(2)[1])
		password := read(read(1)[0])
		if string(user) != p.user || string(password) != p.password {
			c.Write([]byte{1, 1})
			return
		}
		c.Write([]byte{1, 0})
	}
	head := read(4)
	if head[3] != 3 {
		c.Write([]byte{5, 8, 0, 1, 0, 0, 0, 0, 0, 0})
		return
	}
	host := string(read(read(1)[0]))
	port := read(2)
	there, ok := p.reach(net.JoinHostPort(host, strconv.Itoa(int(port[0])<<8|int(port[1]))))
	if !ok {
		c.Write([]byte{5, 2, 0, 1, 0, 0, 0, 0, 0, 0})
		return
	}
	c.Write([]byte{5, 0, 0, 1, 0, 0, 0, 0, 0, 0})
	join(c, there)
}

func TestThroughProxies(t *testing.T) {
	ca := newAuthority(t, "ca")
	config := &tls.Config{Certificates: []tls.Certificate{ca.issue("server", nil).pair}}
	broker := startBroker(t)
	secure := serveTLS(t, config, func(c *tls.Conn) { splice(c, broker) })
	socket := strings.TrimPrefix(web(t, upgrading(t, broker, func(http.ResponseWriter, *http.Request) int { return 0 }), nil), "ws://")
	secureSocket := strings.TrimPrefix(web(t, upgrading(t, broker, func(http.ResponseWriter, *http.Request) int { return 0 }), config), "wss://")
	for _, tt := range []struct{ name, variable, proxy, scheme, behind string }{
		{"HTTP for TLS", "HTTPS_PROXY", "http", "mqtts", secure},
		{"HTTP for TLS, in lower case", "https_proxy", "http", "mqtts", secure},
		{"HTTP for secure WebSocket", "HTTPS_PROXY", "http", "wss", secureSocket},
		{"HTTP for WebSocket", "HTTP_PROXY", "http", "ws", socket},
		{"HTTP for all", "ALL_PROXY", "http", "mqtt", broker},
		{"SOCKS for all", "all_proxy", "socks5", "mqtt", broker},
		{"SOCKS for TLS", "ALL_PROXY", "socks5", "mqtts", secure},
		{"SOCKS for secure WebSocket", "ALL_PROXY", "socks5h", "wss", secureSocket},
	} {
		for _, user := range []string{"", "me"} {
			t.Run(tt.name+" "+user, func(t *testing.T) {
				p := &testProxy{broker: tt.behind, user: user, password: "p@ss:"}
				handle := p.http
				if tt.proxy != "http" {
					handle = p.socks
				}
				login := ""
				if user != "" {
					login = "me:p%40ss%3A@"
				}
				t.Setenv(tt.variable, tt.proxy+"://"+login+serve(t, handle))
				o := transport.Options{Scheme: tt.scheme, Host: "broker.test", Port: 4711}
				if strings.HasSuffix(tt.scheme, "ss") || tt.scheme == "mqtts" {
					o.TLS.CAFile = ca.file
				}
				exchange(t, dial(t, o), "", "")
				if got := p.took(); got != "broker.test:4711" {
					t.Errorf("the proxy was asked for %q; want broker.test:4711", got)
				}
			})
		}
	}
}

func TestProxyThatSpeaksTLS(t *testing.T) {
	ca := newAuthority(t, "ca")
	address := serveTLS(t, &tls.Config{Certificates: []tls.Certificate{ca.issue("proxy", nil).pair}}, func(c *tls.Conn) { mute(c) })
	t.Setenv("HTTPS_PROXY", "https://"+address)
	f := failure(t, transport.Options{Scheme: "mqtts", Host: "broker.test"})
	if f.Kind != transport.ProxyFailed || !strings.Contains(f.Text, "signed by ca") {
		t.Errorf("got %+v; want its certificate refused", f)
	}
}

func TestNoProxy(t *testing.T) {
	p := &testProxy{}
	proxy := serve(t, p.http)
	reached := fmt.Errorf("dialled itself")
	for _, tt := range []struct {
		name, no, host, scheme, variable string
		direct                           bool
	}{
		{"listed", "other.test,broker.test", "broker.test", "mqtts", "HTTPS_PROXY", true},
		{"below a listed domain", ".test", "broker.test", "mqtts", "HTTPS_PROXY", true},
		{"all", "*", "broker.test", "mqtt", "ALL_PROXY", true},
		{"this machine", "", "127.0.0.1", "mqtts", "HTTPS_PROXY", true},
		{"a proxy for the web only", "", "broker.test", "mqtt", "HTTP_PROXY", true},
		{"another is listed", "other.test", "broker.test", "mqtts", "HTTPS_PROXY", false},
		{"listed with another port", "broker.test:1", "broker.test", "mqtts", "HTTPS_PROXY", false},
		{"WebSocket listed", "broker.test", "broker.test", "wss", "HTTPS_PROXY", true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Setenv(tt.variable, "http://"+proxy)
			t.Setenv("NO_PROXY", tt.no)
			var asked string
			_, err := transport.Dial(within(t), transport.Options{Scheme: tt.scheme, Host: tt.host,
				NetDial: func(_ context.Context, _, address string) (net.Conn, error) { asked = address; return nil, reached }})
			if err == nil {
				t.Fatal("got a connection")
			}
			if direct := strings.HasPrefix(asked, tt.host+":"); direct != tt.direct {
				t.Errorf("dialled %s; want direct %v", asked, tt.direct)
			}
		})
	}
}

func TestProxyFails(t *testing.T) {
	p := &testProxy{user: "me", password: "right"}
	closed, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	closed.Close()
	for _, tt := range []struct {
		name, url string
		kind      transport.Kind
		status    int
		text      string
	}{
		{"HTTP, no password", "http://" + serve(t, p.http), transport.ProxyRefused, 407, "HTTP 407 proxy authentication required"},
		{"HTTP, refused", "http://me:right@" + serve(t, p.http), transport.ProxyRefused, 403, "refuses elsewhere.test:8883 with HTTP 403"},
		{"HTTP, no proxy", "http://" + serve(t, func(c net.Conn) { io.WriteString(c, "hello\n") }), transport.ProxyFailed, 0, "malformed HTTP"},
		{"HTTP, closed", "http://" + serve(t, func(c net.Conn) { bufio.NewReader(c).ReadString('\n') }), transport.ProxyFailed, 0, ""},
		{"HTTP, mute", "http://" + serve(t, mute), transport.Timeout, 0, "does not answer"},
		{"SOCKS, no password", "socks5://" + serve(t, p.socks), transport.ProxyRefused, 0, "no acceptable authentication"},
		{"SOCKS, wrong password", "socks5://me:wrong@" + serve(t, p.socks), transport.ProxyRefused, 0, "authentication failed"},
		{"SOCKS, refused", "socks5://me:right@" + serve(t, p.socks), transport.ProxyRefused, 0, "refuses elsewhere.test:8883: connection not allowed"},
		{"SOCKS, mute", "socks5://" + serve(t, mute), transport.Timeout, 0, "does not answer"},
		{"not there", "http://" + closed.Addr().String(), transport.ProxyFailed, 0, "connection refused"},
		{"SOCKS not there", "socks5://" + closed.Addr().String(), transport.ProxyFailed, 0, "connection refused"},
		{"no URL", "http://[::1:80", transport.BadSettings, 0, "not a URL"},
		{"an unknown scheme", "socks4://h:1", transport.BadSettings, 0, "proxies are"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Setenv("ALL_PROXY", tt.url)
			limit := patience
			if tt.kind == transport.Timeout {
				limit = 300 * time.Millisecond
			}
			ctx, cancel := context.WithTimeout(context.Background(), limit)
			defer cancel()
			o := transport.Options{Scheme: "mqtt", Host: "elsewhere.test", Port: 8883}
			_, err := transport.Dial(ctx, o)
			f := transport.Classify(err)
			if f == nil || f.Kind != tt.kind || f.Status != tt.status || !strings.Contains(f.Text, tt.text) || f.Stage != transport.Proxy {
				t.Fatalf("got %+v; want %s %d: %s", f, tt.kind, tt.status, tt.text)
			}
			if strings.Contains(f.Text, "right") || strings.Contains(f.Text, "wrong") {
				t.Errorf("got %s; want no password in it", f.Text)
			}
		})
	}
}
