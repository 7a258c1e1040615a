package transport_test

import (
	"context"
	"crypto/tls"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"github.com/gorilla/websocket"

	"example.com/thingdeck/client/local"
)

// serve runs handle for each connection to a free port, until the test ends. It returns host:port.
func serve(t testing.TB, handle func(net.Conn)) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	var running sync.WaitGroup
	var mutex sync.Mutex
	var open []net.Conn
	running.Go(func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			mutex.Lock()
			open = append(open, conn)
			mutex.Unlock()
			running.Go(func() { defer conn.Close(); handle(conn) })
		}
	})
	t.Cleanup(func() {
		l.Close()
		mutex.Lock()
		for _, c := range open {
			c.Close()
		}
		mutex.Unlock()
		running.Wait()
	})
	return l.Addr().String()
}

// serveTLS is serve after a handshake; what fails in it is closed.
func serveTLS(t testing.TB, config *tls.Config, handle func(*tls.Conn)) string {
	t.Helper()
	return serve(t, func(raw net.Conn) {
		conn := tls.Server(raw, config)
		if err := conn.Handshake(); err != nil {
			io.Copy(io.Discard, raw) // so that the alert is read before a reset
			return
		}
		handle(conn)
	})
}

// startBroker runs the local AWS IoT on TCP alone and returns host:port.
func startBroker(t testing.TB) string {
	t.Helper()
	s := startLocal(t, local.Options{})
	return s.Addr().String()
}

func startLocal(t testing.TB, o local.Options) *local.Server {
	t.Helper()
	o.Listen, o.Strict = "127.0.0.1:0", true
	s, err := local.Start(context.Background(), o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Close)
	return s
}

// listener is the URL of a server's listener with a scheme.
func listener(t testing.TB, s *local.Server, scheme string) string {
	t.Helper()
	for _, url := range s.Listeners() {
		if strings.HasPrefix(url, scheme+"://") {
			return url
		}
	}
	t.Fatalf("no %s in %v", scheme, s.Listeners())
	return ""
}

// splice carries bytes between a stream and an address until either ends.
func splice(conn io.ReadWriter, address string) {
	there, err := net.Dial("tcp", address)
	if err != nil {
		return
	}
	var back sync.WaitGroup
	back.Go(func() { io.Copy(conn, there) })
	io.Copy(there, conn)
	there.Close()
	back.Wait()
}

// upgrading is a web server that answers with check's status, or upgrades where it is 0 and carries the WebSocket's
// bytes to broker.
func upgrading(t testing.TB, broker string, check func(http.ResponseWriter, *http.Request) int) http.Handler {
	upgrader := websocket.Upgrader{Subprotocols: []string{"mqtt"}}
	var running sync.WaitGroup
	t.Cleanup(running.Wait)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if status := check(w, r); status != 0 {
			w.WriteHeader(status)
			io.WriteString(w, `{"message":"Forbidden"}`)
			return
		}
		ws, err := upgrader.Upgrade(w, r, nil)
		if err != nil {
			return
		}
		running.Add(1)
		defer running.Done()
		defer ws.Close()
		splice(&serverStream{ws: ws}, broker)
	})
}

// serverStream is the server's side of a WebSocket, one frame a Write.
type serverStream struct {
	ws *websocket.Conn
	r  io.Reader
}

func (s *serverStream) Read(p []byte) (int, error) {
	for {
		if s.r == nil {
			_, r, err := s.ws.NextReader()
			if err != nil {
				return 0, err
			}
			s.r = r
		}
		n, err := s.r.Read(p)
		if err == io.EOF {
			s.r, err = nil, nil
		}
		if n > 0 || err != nil {
			return n, err
		}
	}
}

func (s *serverStream) Write(p []byte) (int, error) {
	return len(p), s.ws.WriteMessage(websocket.BinaryMessage, p)
}

// web starts a web server, with TLS when there is a configuration, and returns ws://host:port or wss://host:port.
func web(t testing.TB, h http.Handler, config *tls.Config) string {
	t.Helper()
	s := httptest.NewUnstartedServer(h)
	s.Config.ErrorLog = log.New(io.Discard, "", 0)
	if config == nil {
		s.Start()
	} else {
		s.TLS = config
		s.StartTLS()
	}
	t.Cleanup(s.Close)
	return "ws" + strings.TrimPrefix(s.URL, "http")
}
