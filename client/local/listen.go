package local

import (
	"context"
	"fmt"
	"net"

	"example.com/thingdeck/client/local/broker"
)

// listener is one address the server accepts connections on.
type listener struct {
	url    string
	ln     net.Listener
	accept func(ctx context.Context, s *Server, l *listener) // serves until ln closes
	ended  func()                                            // more to close than ln; nil for nothing
}

func (l *listener) serve(ctx context.Context, s *Server) { l.accept(ctx, s, l) }

func (l *listener) close() {
	_ = l.ln.Close()
	if l.ended != nil {
		l.ended()
	}
}

// open opens the listeners in the order of their URLs.
func (s *Server) open() error {
	return s.openMQTT("mqtt", "--listen", s.opt.Listen)
}

func (s *Server) openMQTT(scheme, flag, address string) error {
	ln, err := net.Listen("tcp", address)
	if err != nil {
		return fmt.Errorf("%s %s: %w", flag, address, err)
	}
	s.listeners = append(s.listeners, &listener{url: scheme + "://" + ln.Addr().String(), ln: ln, accept: acceptMQTT})
	return nil
}

// acceptMQTT hands each connection to the broker.
func acceptMQTT(_ context.Context, s *Server, l *listener) {
	for {
		nc, err := l.ln.Accept()
		if err != nil {
			return
		}
		s.running.Go(func() { s.broker.Attach(nc, broker.Peer{Listener: l.url}) })
	}
}
