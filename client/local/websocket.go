package local

import (
	"errors"
	"io"
	"log"
	"net"
	"net/http"
	"net/url"
	"sync"
	"time"

	"github.com/gorilla/websocket"

	"example.com/thingdeck/client/local/broker"
)

// errNotBinary is a WebSocket message that cannot be MQTT.
var errNotBinary = errors.New("a WebSocket message that is not binary")

func discardLog() *log.Logger { return log.New(io.Discard, "", 0) }

// webSocket serves MQTT at /mqtt.
func (s *Server) webSocket(l *listener) http.Handler {
	upgrader := &websocket.Upgrader{
		HandshakeTimeout: handshakeIn, ReadBufferSize: 16 << 10, WriteBufferSize: 4 << 10, WriteBufferPool: &sync.Pool{},
		Subprotocols: []string{"mqtt", "mqttv3.1"}, CheckOrigin: localOrigin,
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/mqtt" {
			http.NotFound(w, r)
			return
		}
		c, err := upgrader.Upgrade(w, r, nil)
		if err != nil {
			s.opt.Log.Warn("WebSocket handshake", "remote", r.RemoteAddr, "error", err)
			return
		}
		s.broker.Attach(&wsConn{Conn: c.NetConn(), ws: c}, broker.Peer{Listener: l.url, Certificate: leaf(r.TLS), WebSocket: true})
	})
}

// localOrigin lets web pages of this machine in, but no page from elsewhere that happens to be open in a browser here.
func localOrigin(r *http.Request) bool {
	origin := r.Header.Get("Origin")
	if origin == "" {
		return true
	}
	u, err := url.Parse(origin)
	if err != nil {
		return false
	}
	ip := net.ParseIP(u.Hostname())
	return u.Host == r.Host || u.Hostname() == "localhost" || ip != nil && ip.IsLoopback()
}

// wsConn is a WebSocket as a stream of bytes. Deadlines and addresses are those of the connection below.
type wsConn struct {
	net.Conn
	ws *websocket.Conn
	r  io.Reader // rest of the message being read, nil between messages
}

// Read reads on in the messages; their borders mean nothing to MQTT.
func (c *wsConn) Read(p []byte) (int, error) {
	for {
		if c.r == nil {
			kind, r, err := c.ws.NextReader()
			if err != nil {
				return 0, leave(err)
			}
			if kind != websocket.BinaryMessage {
				return 0, errNotBinary
			}
			c.r = r
		}
		n, err := c.r.Read(p)
		if errors.Is(err, io.EOF) {
			c.r, err = nil, nil
		}
		if n > 0 || err != nil {
			return n, leave(err)
		}
	}
}

// leave tells a close frame from a lost connection.
func leave(err error) error {
	if closed := (*websocket.CloseError)(nil); errors.As(err, &closed) && closed.Code != websocket.CloseAbnormalClosure {
		return broker.ErrGoodbye
	}
	return err
}

// Write sends p as one message.
func (c *wsConn) Write(p []byte) (int, error) {
	if err := c.ws.WriteMessage(websocket.BinaryMessage, p); err != nil {
		return 0, err
	}
	return len(p), nil
}

// CloseWrite sends a close frame.
func (c *wsConn) CloseWrite() error {
	bye := websocket.FormatCloseMessage(websocket.CloseNormalClosure, "")
	return c.ws.WriteControl(websocket.CloseMessage, bye, time.Now().Add(time.Second))
}
