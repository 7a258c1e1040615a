package ui_test

import (
	"fmt"
	"net"
	"os"
	"sync"
	"syscall"
	"testing"
	"time"

	mqtt "github.com/eclipse/paho.mqtt.golang"

	"example.com/thingdeck/ui/ptytest"
)

// TestAClientIDThatAnotherUses: another client takes the connection again and again; the program gives in, says so, and a key connects
// it with a client ID of its own.
func TestAClientIDThatAnotherUses(t *testing.T) {
	path := ptytest.Program(t)
	address, _ := serveBroker(t, path, "127.0.0.1:0")
	tm := ptytest.Start(t, path, ptytest.Options{W: 120, H: 36, Args: []string{"--broker", "mqtt://" + address, "--client-id", "lamp", "-t", "a/#"}})
	tm.Wait(`● connected`)
	other := mqtt.NewClient(mqtt.NewClientOptions().AddBroker("tcp://" + address).SetClientID("lamp").
		SetAutoReconnect(true).SetMaxReconnectInterval(100 * time.Millisecond))
	if token := other.Connect(); !token.WaitTimeout(5*time.Second) || token.Error() != nil {
		t.Fatalf("the other client: %v", token.Error())
	}
	defer other.Disconnect(0)
	tm.Wait(`another client uses the client ID lamp: f7 connects with a new one`)
	tm.Send("2")
	tm.Wait(`refused: another client uses the client ID lamp.*f7 new client ID.*f5 retry`)
	tm.Send("\x1b[18~") // f7
	tm.Wait(`● connected.* lamp-[0-9a-f]{4} `)
	tm.Send("pa/b\t\t\t1\x13")
	tm.Wait(`a/b +1`)
	tm.Send("\x1b2")
	tm.Gone(`f7 new client ID`)
	tm.Send("!")
	tm.Wait(`another program or window uses`)
	tm.Send("\x1bq")
	if status := tm.Exit(); status != 0 {
		t.Errorf("status %d; want 0", status)
	}
}

// TestAStoppedProgramIsBackAtOnce stops the program for twice its keep-alive, which the broker takes for its end, and lets it go on: it
// is connected again within 3 s. The local AWS IoT takes no keep-alive below 30 s, so that a relay hangs up in its place, but with
// THINGDECK_LONG_SLEEP set, where the program is stopped for a minute.
func TestAStoppedProgramIsBackAtOnce(t *testing.T) {
	const allowed = 3 * time.Second
	path := ptytest.Program(t)
	address, _ := serveBroker(t, path, "127.0.0.1:0")
	keepAlive := 30 * time.Second
	if os.Getenv("THINGDECK_LONG_SLEEP") == "" {
		keepAlive = 2 * time.Second
		address = relay(t, address, keepAlive*3/2)
	}
	tm := ptytest.Start(t, path, ptytest.Options{W: 120, H: 36, Args: []string{"--broker", "mqtt://" + address,
		"--keep-alive", fmt.Sprint(keepAlive.Seconds()), "--client-id", "sleeper", "-t", "a/#"}})
	tm.Wait(`● connected`)
	tm.Send("!")
	tm.Wait(`Events ─+ 2 ─`) // connected, subscribed
	tm.Signal(syscall.SIGSTOP)
	<-time.After(2 * keepAlive)
	tm.Signal(syscall.SIGCONT)
	took := tm.Wait(`Events ─+ 5 ─`) // not connected, connected, subscribed
	if took > allowed {
		t.Errorf("connected after %v; want %v at most", took, allowed)
	}
	t.Logf("connected %v after SIGCONT", took)
	tm.Send("Gkk")
	tm.Wait(`not connected: `)
	tm.Send("G")
	tm.Wait(`connected to .* as sleeper(.*\n)+.*subscribed to a/#`)
	tm.Send("\x1b")
	tm.Gone(`Events ─`)
	tm.Send("q")
	if status := tm.Exit(); status != 0 {
		t.Errorf("status %d; want 0", status)
	}
}

// relay carries connections to an address and hangs up on a client that is silent for a time.
func relay(t *testing.T, address string, silence time.Duration) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	var running sync.WaitGroup
	carry := func(from, to net.Conn, silence time.Duration) {
		defer from.Close()
		defer to.Close()
		buf := make([]byte, 4096)
		for {
			if silence > 0 {
				_ = from.SetReadDeadline(time.Now().Add(silence))
			}
			n, err := from.Read(buf)
			if _, e := to.Write(buf[:n]); err != nil || e != nil {
				return
			}
		}
	}
	running.Go(func() {
		for {
			in, err := l.Accept()
			if err != nil {
				return
			}
			out, err := net.Dial("tcp", address)
			if err != nil {
				in.Close()
				continue
			}
			running.Go(func() { carry(in, out, silence) })
			running.Go(func() { carry(out, in, 0) })
		}
	})
	t.Cleanup(func() {
		l.Close()
		running.Wait()
	})
	return l.Addr().String()
}

// TestWhoNeverConnectedIsToldWhy: the line that is left when the program has gone names the reason and what it may come from.
func TestWhoNeverConnectedIsToldWhy(t *testing.T) {
	tm := ptytest.Start(t, ptytest.Program(t), ptytest.Options{W: 120, H: 36, Args: []string{"--broker", "mqtt://127.0.0.1:1"}})
	tm.Wait(`reconnecting in \d s: connection refused.*f5 retry`)
	tm.Send("q")
	if status := tm.Exit(); status != 0 {
		t.Errorf("status %d; want 0", status)
	}
	tm.Wait(`connected 0:00:00 `)
	tm.Wait(`thingdeck: never connected to mqtt://127\.0\.0\.1:1: connection refused \(likely: no broker runs at 127\.0\.0\.1`)
}
