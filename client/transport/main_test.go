package transport_test

import (
	"context"
	"io"
	"net"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/eclipse/paho.mqtt.golang/packets"
	"go.uber.org/goleak"

	"example.com/thingdeck/client/transport"
)

// TestMain runs the tests without the proxies of the machine, and sees that no goroutine is left.
func TestMain(m *testing.M) {
	for _, e := range os.Environ() {
		if name, _, _ := strings.Cut(e, "="); strings.HasSuffix(strings.ToLower(name), "_proxy") {
			os.Unsetenv(name)
		}
	}
	goleak.VerifyTestMain(m)
}

// patience bounds every wait; nothing is ever expected to take that long.
const patience = 15 * time.Second

func within(t testing.TB) context.Context {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	t.Cleanup(cancel)
	return ctx
}

// options are those of a URL without a path: scheme://host:port.
func options(t testing.TB, url string) transport.Options {
	t.Helper()
	scheme, rest, _ := strings.Cut(url, "://")
	rest, path, ok := strings.Cut(rest, "/")
	if ok {
		path = "/" + path
	}
	host, port, err := net.SplitHostPort(rest)
	if err != nil {
		t.Fatal(err)
	}
	o := transport.Options{Scheme: scheme, Host: host, Path: path}
	for _, d := range port {
		o.Port = o.Port*10 + int(d-'0')
	}
	return o
}

func dial(t testing.TB, o transport.Options) net.Conn {
	t.Helper()
	conn, err := transport.Dial(within(t), o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	if err := conn.SetDeadline(time.Now().Add(patience)); err != nil {
		t.Fatal(err)
	}
	return conn
}

// failure dials and speaks MQTT until something fails.
func failure(t testing.TB, o transport.Options) *transport.Failure {
	t.Helper()
	return transport.Classify(attempt(within(t), o))
}

func attempt(ctx context.Context, o transport.Options) error {
	conn, err := transport.Dial(ctx, o)
	if err != nil {
		return err
	}
	defer conn.Close()
	if deadline, ok := ctx.Deadline(); ok {
		conn.SetDeadline(deadline)
	}
	_, err = connect(conn, "", "")
	return err
}

// connect sends CONNECT and returns the code of CONNACK.
func connect(conn io.ReadWriter, user, password string) (byte, error) {
	p := packets.NewControlPacket(packets.Connect).(*packets.ConnectPacket)
	p.ProtocolName, p.ProtocolVersion, p.CleanSession, p.Keepalive = "MQTT", 4, true, 30
	p.ClientIdentifier = "transport-test"
	if user != "" {
		p.UsernameFlag, p.Username = true, user
	}
	if password != "" {
		p.PasswordFlag, p.Password = true, []byte(password)
	}
	if err := p.Write(conn); err != nil {
		return 0, err
	}
	answer, err := packets.ReadPacket(conn)
	if err != nil {
		return 0, err
	}
	return answer.(*packets.ConnackPacket).ReturnCode, nil
}

// exchange connects, subscribes, publishes a large message and gets it back.
func exchange(t testing.TB, conn net.Conn, user, password string) {
	t.Helper()
	if code, err := connect(conn, user, password); err != nil || code != 0 {
		t.Fatalf("CONNACK: got %d, %v; want 0", code, err)
	}
	sub := packets.NewControlPacket(packets.Subscribe).(*packets.SubscribePacket)
	sub.MessageID, sub.Topics, sub.Qoss = 1, []string{"a"}, []byte{0}
	pub := packets.NewControlPacket(packets.Publish).(*packets.PublishPacket)
	pub.TopicName, pub.Payload = "a", []byte(strings.Repeat("0123456789", 5000))
	for _, p := range []packets.ControlPacket{sub, pub} {
		if err := p.Write(conn); err != nil {
			t.Fatal(err)
		}
	}
	for {
		got, err := packets.ReadPacket(conn)
		if err != nil {
			t.Fatal(err)
		}
		if m, ok := got.(*packets.PublishPacket); ok {
			if string(m.Payload) != string(pub.Payload) {
				t.Fatalf("got %d bytes; want the message that was published", len(m.Payload))
			}
			return
		}
	}
}
