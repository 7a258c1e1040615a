package transport

import (
	"bufio"
	"context"
	"crypto/tls"
	"encoding/base64"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"os"
	"strings"
	"time"

	"golang.org/x/net/http/httpproxy"
	"golang.org/x/net/proxy"
)

// proxy is the one that the environment says for the broker, nil for none: HTTPS_PROXY for mqtts and wss, HTTP_PROXY for
// ws, else ALL_PROXY; each in lower case too. NO_PROXY lists exceptions; this machine is always one.
func (o Options) proxy() (*url.URL, error) {
	env := httpproxy.FromEnvironment()
	env.CGI = false // the program is no CGI script, whatever REQUEST_METHOD says
	scheme := map[string]string{"mqtts": "https", "wss": "https", "ws": "http"}[o.Scheme]
	if scheme == "http" && env.HTTPProxy == "" || scheme == "https" && env.HTTPSProxy == "" || scheme == "" {
		all := os.Getenv("ALL_PROXY")
		if all == "" {
			all = os.Getenv("all_proxy")
		}
		env.HTTPProxy, env.HTTPSProxy = all, all
	}
	if scheme == "" {
		scheme = "https"
	}
	found, err := env.ProxyFunc()(&url.URL{Scheme: scheme, Host: o.Address()})
	if err != nil || found != nil && strings.Trim(found.Path, "/") != "" { // what is no URL is taken for a host
		return nil, &Failure{Stage: Proxy, Kind: BadSettings, Text: "the proxy in the environment is not a URL: write http://host:port or socks5://host:port"}
	}
	return found, nil
}

// dialProxy connects to the broker through a proxy.
func (o Options) dialProxy(ctx context.Context, p *url.URL) (net.Conn, error) {
	switch p.Scheme {
	case "http", "https":
		return o.dialConnect(ctx, p)
	case "socks5", "socks5h":
		return o.dialSOCKS(ctx, p)
	}
	return nil, &Failure{Stage: Proxy, Kind: BadSettings, Text: fmt.Sprintf("proxies are http, https and socks5: not %q", p.Scheme)}
}

// proxyAddress has the port that the scheme implies.
func proxyAddress(p *url.URL) string {
	switch {
	case p.Port() != "":
		return p.Host
	case p.Scheme == "http":
		return net.JoinHostPort(p.Hostname(), "80")
	case p.Scheme == "https":
		return net.JoinHostPort(p.Hostname(), "443")
	}
	return net.JoinHostPort(p.Hostname(), "1080")
}

// toProxy opens the connection to the proxy itself.
func (o Options) toProxy(ctx context.Context, p *url.URL) (net.Conn, error) {
	conn, err := o.NetDial(ctx, "tcp", proxyAddress(p))
	if err == nil && p.Scheme == "https" {
		secure := tls.Client(conn, &tls.Config{ServerName: p.Hostname(), MinVersion: tls.VersionTLS12, Time: o.Now})
		if err = secure.HandshakeContext(ctx); err != nil {
			conn.Close()
		}
		conn = secure
	}
	if err != nil {
		return nil, proxyFailure(p, err)
	}
	return conn, nil
}

func proxyFailure(p *url.URL, err error) *Failure {
	why := Classify(at(Proxy, err))
	switch why.Kind {
	case Cancelled:
		return why
	case Timeout:
		why.Text = "proxy " + proxyAddress(p) + " does not answer"
		return why
	}
	return &Failure{Stage: Proxy, Kind: ProxyFailed, Text: fmt.Sprintf("proxy %s: %s", proxyAddress(p), printable(why.Text)), Err: err}
}

// dialConnect asks an HTTP proxy for a tunnel: RFC 9110, section 9.3.6.
func (o Options) dialConnect(ctx context.Context, p *url.URL) (net.Conn, error) {
	conn, err := o.toProxy(ctx, p)
	if err != nil {
		return nil, err
	}
	done := interruptible(ctx, conn)
	through, err := tunnel(conn, p, o.Address())
	if err := done(err); err != nil {
		conn.Close()
		if f := (*Failure)(nil); errors.As(err, &f) {
			return nil, f
		}
		return nil, proxyFailure(p, err)
	}
	conn.SetDeadline(time.Time{})
	return through, nil
}

func tunnel(conn net.Conn, p *url.URL, address string) (net.Conn, error) {
	request := &http.Request{Method: http.MethodConnect, URL: &url.URL{Opaque: address}, Host: address, Header: http.Header{}}
	if u := p.User; u != nil {
		password, _ := u.Password()
		request.Header.Set("Proxy-Authorization", "Basic "+base64.StdEncoding.EncodeToString([]byte(u.Username()+":"+password)))
	}
	if err := request.Write(conn); err != nil {
		return nil, err
	}
	limited := &limitedConn{Conn: conn, left: maxUpgrade}
	r := bufio.NewReader(limited)
	response, err := http.ReadResponse(r, request)
	if err != nil {
		return nil, err
	}
	if response.StatusCode/100 != 2 {
		return nil, &Failure{
			Stage: Proxy, Kind: ProxyRefused, Status: response.StatusCode,
			Text: strings.TrimSpace(fmt.Sprintf("proxy %s refuses %s with HTTP %d %s", proxyAddress(p), address, response.StatusCode, strings.ToLower(http.StatusText(response.StatusCode)))),
		}
	}
	limited.left = -1
	if r.Buffered() == 0 {
		return conn, nil
	}
	return &readAhead{Conn: conn, r: r}, nil
}

// readAhead is a connection of which something was read already.
type readAhead struct {
	net.Conn
	r *bufio.Reader
}

func (c *readAhead) Read(p []byte) (int, error) { return c.r.Read(p) }

// dialSOCKS lets a SOCKS5 proxy connect, and look up the name.
func (o Options) dialSOCKS(ctx context.Context, p *url.URL) (net.Conn, error) {
	var auth *proxy.Auth
	if u := p.User; u != nil {
		auth = &proxy.Auth{User: u.Username()}
		auth.Password, _ = u.Password()
	}
	reached := false
	forward := dialFunc(func(ctx context.Context, _, _ string) (net.Conn, error) {
		conn, err := o.toProxy(ctx, p)
		reached = err == nil
		return conn, err
	})
	dialer, err := proxy.SOCKS5("tcp", proxyAddress(p), auth, forward)
	if err != nil {
		return nil, proxyFailure(p, err)
	}
	conn, err := dialer.(proxy.ContextDialer).DialContext(ctx, "tcp", o.Address())
	if err == nil {
		return conn, nil
	}
	if f := (*Failure)(nil); errors.As(err, &f) {
		return nil, f
	}
	f := proxyFailure(p, err)
	if reached && f.Kind == ProxyFailed && Classify(err).Kind == Other {
		f.Kind, f.Text = ProxyRefused, fmt.Sprintf("proxy %s refuses %s: %s", proxyAddress(p), o.Address(), printable(strings.TrimPrefix(innermost(err), "unknown error ")))
	}
	return nil, f
}

// dialFunc is a dialer for package proxy.
type dialFunc func(ctx context.Context, network, address string) (net.Conn, error)

func (f dialFunc) Dial(network, address string) (net.Conn, error) {
	return f(context.Background(), network, address)
}

func (f dialFunc) DialContext(ctx context.Context, network, address string) (net.Conn, error) {
	return f(ctx, network, address)
}
