package client_test

import (
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"example.com/thingdeck/client"
)

// startMosquitto runs mosquitto on a free port with the lines added to its configuration. Without mosquitto the test is
// skipped, except where CI=true says that it must be there.
func startMosquitto(t *testing.T, config string) (profile client.Profile, restart func()) {
	t.Helper()
	profile, stop, start := runMosquitto(t, config)
	return profile, func() { stop(); start() }
}

// runMosquitto is startMosquitto for tests during which it is down for a while.
func runMosquitto(t *testing.T, config string) (profile client.Profile, stop, start func()) {
	t.Helper()
	binary, err := exec.LookPath("mosquitto")
	if err != nil {
		if _, err = os.Stat("/usr/sbin/mosquitto"); err == nil {
			binary = "/usr/sbin/mosquitto"
		}
	}
	if binary == "" {
		if os.Getenv("CI") == "true" {
			t.Fatal("mosquitto is not installed, and CI=true requires it")
		}
		t.Skip("mosquitto is not installed")
	}
	address := freeAddress(t)
	_, port, _ := net.SplitHostPort(address)
	file := filepath.Join(t.TempDir(), "mosquitto.conf")
	text := fmt.Sprintf("listener %s 127.0.0.1\nlog_dest none\n%s\n", port, config)
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	var process *exec.Cmd
	stop = func() {
		process.Process.Kill()
		process.Wait()
	}
	start = func() {
		process = exec.Command(binary, "-c", file)
		if err := process.Start(); err != nil {
			t.Fatal(err)
		}
		awaitListener(t, address)
	}
	start()
	t.Cleanup(func() { stop() })
	return profileOf(t, address), stop, start
}

func freeAddress(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}

func awaitListener(t *testing.T, address string) {
	t.Helper()
	for deadline := time.Now().Add(patience); ; {
		conn, err := net.DialTimeout("tcp", address, patience)
		if err == nil {
			conn.Close()
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("mosquitto does not listen: %v", err)
		}
	}
}

func TestMosquitto(t *testing.T) {
	profile, restart := startMosquitto(t, "allow_anonymous true")
	o := newObserver(t, quick())
	o.Connect(profile)
	o.Subscribe(filter(t, "a/#"), 2)
	if sub, _ := await[client.Subscribed](o); sub.Granted != 2 {
		t.Errorf("got %+v; want QoS 2", sub)
	}
	publish := func(round string) {
		for qos := range byte(3) {
			o.Publish(client.Message{Topic: topic(t, "a"), Payload: fmt.Append(nil, round, qos), QoS: qos})
		}
		for range 3 {
			await(o, client.Published.Final, func(p client.Published) bool { return p.Err == nil })
		}
	}
	publish("first ")
	restart()
	await[client.Reconnecting](o)
	if sub, _ := await[client.Subscribed](o); sub.ID != 0 || sub.Err != nil {
		t.Errorf("got %+v; want it restored", sub)
	}
	publish("second ")
	o.awaitMessages(6)
	for i, want := range []string{"first 0", "first 1", "first 2", "second 0", "second 1", "second 2"} {
		if m, _ := o.History.At(uint64(i)); string(m.Payload) != want || m.QoS != byte(i%3) {
			t.Errorf("message %d: got %q with QoS %d; want %q", i, m.Payload, m.QoS, want)
		}
	}
}

func TestMosquittoKeepsASession(t *testing.T) {
	profile, _ := startMosquitto(t, "allow_anonymous true")
	profile.ClientID, profile.Persistent = "keeper", true
	o := newObserver(t, quick())
	o.Connect(profile)
	o.Subscribe(filter(t, "a"), 1)
	await[client.Subscribed](o)
	o.Disconnect()
	await[client.Disconnected](o)
	other := besideAnother(t, quick())
	profile.ClientID, profile.Persistent = "", false
	other.Connect(profile)
	await[client.Connected](other)
	other.Publish(client.Message{Topic: topic(t, "a"), Payload: []byte("meanwhile"), QoS: 1})
	await(other, step(client.Acknowledged))
	profile.ClientID, profile.Persistent = "keeper", true
	o.Connect(profile)
	if c, _ := await[client.Connected](o); !c.SessionPresent {
		t.Errorf("got %+v; want the session kept", c)
	}
	o.awaitMessages(1)
}

func TestMosquittoRefuses(t *testing.T) {
	profile, _ := startMosquitto(t, "allow_anonymous false")
	o := newObserver(t, quick())
	o.Connect(profile)
	if r, _ := await[client.Refused](o); r.Why.Code != 5 || r.Why.Text != "not authorized (CONNACK 5)" {
		t.Errorf("got %+v; want not authorized", r)
	}
}
