package ui_test

import (
	"io"
	"net"
	"sync"
	"testing"
)

// A link carries the program's connection to the broker, and can hold back what comes from there.
type link struct {
	ln   net.Listener
	gate sync.Mutex
}

func newLink(t *testing.T, broker string) *link {
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	l := &link{ln: ln}
	t.Cleanup(func() { _ = ln.Close() })
	go func() {
		for {
			program, err := ln.Accept()
			if err != nil {
				return
			}
			server, err := net.Dial("tcp", broker)
			if err != nil {
				_ = program.Close()
				continue
			}
			go func() {
				_, _ = io.Copy(server, program)
				_ = server.Close()
			}()
			go l.carry(program, server)
		}
	}()
	return l
}

func (l *link) carry(program, server net.Conn) {
	defer func() { _ = program.Close() }()
	buf := make([]byte, 32<<10)
	for {
		n, err := server.Read(buf)
		if err != nil {
			return
		}
		l.gate.Lock()
		_, err = program.Write(buf[:n])
		l.gate.Unlock()
		if err != nil {
			return
		}
	}
}

// hold keeps back what comes from the broker until release.
func (l *link) hold() (release func()) {
	l.gate.Lock()
	return l.gate.Unlock
}
