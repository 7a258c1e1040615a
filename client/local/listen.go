package local

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"net"
	"net/http"
	"sync"
	"time"

	"example.com/thingdeck/client/local/broker"
	"example.com/thingdeck/client/local/certs"
)

// handshakeIn bounds TLS handshakes and HTTP headers.
const handshakeIn = 10 * time.Second

// listener is one address the server accepts connections on.
type listener struct {
	url   string
	ln    net.Listener
	serve func(*listener) // accepts until ln closes, and waits for what it started
	web   *http.Server    // nil for plain MQTT
}

func (l *listener) close() {
	_ = l.ln.Close()
	if l.web != nil {
		_ = l.web.Close()
	}
}

// open opens the listeners in the order in which their URLs are told.
func (s *Server) open() error {
	if err := s.listen("mqtt", "", "--listen", s.opt.Listen, s.acceptMQTT); err != nil {
		return err
	}
	var set *certs.Set
	if s.opt.TLSListen != "" || s.opt.WSSListen != "" {
		if s.opt.Certs == "" {
			return fmt.Errorf("--tls-listen and --wss-listen need --certs DIR")
		}
		var err error
		if set, err = certs.Open(s.opt.Certs, time.Now()); err != nil {
			return fmt.Errorf("--certs: %w", err)
		}
	}
	data := s.dataPlane()
	for _, want := range []struct {
		scheme, path, flag, address string
		serve                       func(*listener)
	}{
		{"mqtts", "", "--tls-listen", s.opt.TLSListen, func(l *listener) { s.acceptTLS(l, set.MQTT(), data) }},
		{"ws", "/mqtt", "--ws-listen", s.opt.WSListen, func(l *listener) { s.serveHTTP(l, s.webSocket(l), nil) }},
		{"wss", "/mqtt", "--wss-listen", s.opt.WSSListen, func(l *listener) { s.serveHTTP(l, s.webSocket(l), set.Web()) }},
		{"http", "", "--http-listen", s.opt.HTTPListen, func(l *listener) { s.serveHTTP(l, data, nil) }},
	} {
		if want.address == "" {
			continue
		}
		if err := s.listen(want.scheme, want.path, want.flag, want.address, want.serve); err != nil {
			return err
		}
	}
	return nil
}

func (s *Server) listen(scheme, path, flag, address string, serve func(*listener)) error {
	ln, err := net.Listen("tcp", address)
	if err != nil {
		return fmt.Errorf("%s %s: %w", flag, address, err)
	}
	l := &listener{url: scheme + "://" + ln.Addr().String() + path, ln: ln, serve: serve}
	if scheme != "mqtt" {
		l.web = &http.Server{ReadHeaderTimeout: handshakeIn, ErrorLog: discardLog()}
	}
	s.listeners = append(s.listeners, l)
	return nil
}

// accept gives each connection of a listener to handle, in a goroutine that Close waits for.
func (s *Server) accept(l *listener, handle func(net.Conn)) {
	for {
		nc, err := l.ln.Accept()
		if err != nil {
			return
		}
		s.running.Go(func() { handle(nc) })
	}
}

func (s *Server) acceptMQTT(l *listener) {
	s.accept(l, func(nc net.Conn) { s.broker.Attach(nc, broker.Peer{Listener: l.url}) })
}

// acceptTLS serves devices, which all show a certificate: MQTT, or HTTP when they ask for it by ALPN.
func (s *Server) acceptTLS(l *listener, config *tls.Config, data http.Handler) {
	queue := newConnQueue(l.ln.Addr())
	l.web.Handler = data
	l.web.ConnContext = func(ctx context.Context, nc net.Conn) context.Context {
		state := nc.(device).ConnectionState()
		return context.WithValue(ctx, certificateKey{}, leaf(&state))
	}
	s.running.Go(func() { _ = l.web.Serve(queue) })
	defer queue.Close()
	s.accept(l, func(nc net.Conn) {
		conn := tls.Server(nc, config)
		ctx, cancel := context.WithTimeout(s.ctx, handshakeIn)
		defer cancel()
		if err := conn.HandshakeContext(ctx); err != nil {
			s.opt.Log.Warn("TLS handshake", "remote", nc.RemoteAddr().String(), "error", err)
			_ = conn.Close()
			return
		}
		state := conn.ConnectionState()
		if p := state.NegotiatedProtocol; p == "x-amzn-http-ca" || p == "http/1.1" {
			queue.put(device{conn})
			return
		}
		s.broker.Attach(conn, broker.Peer{Listener: l.url, Certificate: leaf(&state)})
	})
}

// device hides from package http that a connection is one of TLS: it would drop those with an ALPN name of AWS's.
type device struct{ *tls.Conn }

// certificateKey finds a device's certificate in the context of its requests.
type certificateKey struct{}

// certificate is the one that the client of a request has shown, nil without one.
func certificate(r *http.Request) *x509.Certificate {
	cert, _ := r.Context().Value(certificateKey{}).(*x509.Certificate)
	return cert
}

func leaf(state *tls.ConnectionState) *x509.Certificate {
	if state == nil || len(state.PeerCertificates) == 0 {
		return nil
	}
	return state.PeerCertificates[0]
}

// serveHTTP serves an HTTP listener, over TLS when there is a configuration.
func (s *Server) serveHTTP(l *listener, h http.Handler, config *tls.Config) {
	l.web.Handler = h
	ln := l.ln
	if config != nil {
		ln = tls.NewListener(ln, config)
	}
	_ = l.web.Serve(ln) // ends with http.ErrServerClosed
}

// connQueue is a listener for connections that another one has accepted.
type connQueue struct {
	addr   net.Addr
	conns  chan net.Conn
	closed chan struct{}
	once   sync.Once
}

func newConnQueue(addr net.Addr) *connQueue {
	return &connQueue{addr: addr, conns: make(chan net.Conn), closed: make(chan struct{})}
}

func (q *connQueue) put(nc net.Conn) {
	select {
	case q.conns <- nc:
	case <-q.closed:
		_ = nc.Close()
	}
}

// Accept returns the next connection.
func (q *connQueue) Accept() (net.Conn, error) {
	select {
	case nc := <-q.conns:
		return nc, nil
	case <-q.closed:
		return nil, net.ErrClosed
	}
}

// Close ends Accept; only the first call counts. The server closes it, and so does its Serve when it ends.
func (q *connQueue) Close() error {
	q.once.Do(func() { close(q.closed) })
	return nil
}

// Addr is the address of the listener that accepts.
func (q *connQueue) Addr() net.Addr { return q.addr }
