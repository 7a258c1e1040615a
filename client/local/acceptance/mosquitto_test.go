package acceptance

import (
	"bytes"
	"context"
	"crypto/rand"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
)

// mosquittoArgs are the options that lead to a listener; over TLS with a device's certificate and the CA from folders.
func mosquittoArgs(s *server, scheme, ca, device string) []string {
	s.t.Helper()
	args := []string{"-h", "127.0.0.1", "-p", s.urls[scheme].Port()}
	if ca != "" {
		args = append(args, "--cafile", filepath.Join(ca, "ca.pem"))
	}
	if device != "" {
		args = append(args, "--cert", filepath.Join(device, "client.pem"), "--key", filepath.Join(device, "client.key"))
	}
	return args
}

// TestMosquittoClients has a device with a certificate and an engineer without TLS send each other messages.
func TestMosquittoClients(t *testing.T) {
	sub := need(t, "mosquitto_sub")
	need(t, "mosquitto_pub")
	dir := t.TempDir()
	s := serve(t, "--tls-listen", "127.0.0.1:0", "--certs", dir)
	watch := func(t *testing.T, id string) *testClient {
		c := dial(t, s)
		c.subscribe("$aws/events/subscriptions/subscribed/" + id)
		return c
	}
	device, engineer := mosquittoArgs(s, "mqtts", dir, dir), mosquittoArgs(s, "mqtt", "", "")
	for _, tt := range []struct {
		name     string
		from, to []string
	}{
		{"from the device", device, engineer},
		{"to the device", engineer, device},
		{"from the device to itself", device, device},
		{"with the ALPN name of AWS", append([]string{"--tls-alpn", "x-amzn-mqtt-ca"}, device...), engineer},
	} {
		for _, version := range []string{"311", "5"} {
			t.Run(tt.name+" MQTT "+version, func(t *testing.T) {
				t.Parallel()
				topic := strings.ReplaceAll(t.Name(), " ", "-") + "/telemetry"
				id := rand.Text()
				subscribed := watch(t, id)
				got := mosquittoSub(t, sub, append(slices.Clone(tt.to), "-V", version, "-q", "1", "-i", id, "-t", strings.TrimSuffix(topic, "telemetry")+"+")...)
				subscribed.receive()
				args := append(slices.Clone(tt.from), "-V", version, "-q", "1", "-t", topic, "-m", `{"t":21.4}`)
				if out, err := mosquittoPub(t, args...); err != nil {
					t.Fatalf("publish: %v: %s", err, out)
				}
				if got, want := got(), topic+` {"t":21.4}`; got != want {
					t.Errorf("got %q; want %q", got, want)
				}
			})
		}
	}
}

// TestCertificates has clients come with the wrong certificate or none.
func TestCertificates(t *testing.T) {
	need(t, "mosquitto_pub")
	dir, other := t.TempDir(), t.TempDir()
	s := serve(t, "--tls-listen", "127.0.0.1:0", "--certs", dir)
	serve(t, "--tls-listen", "127.0.0.1:0", "--certs", other).stop() // makes a set of its own
	serve(t, "--tls-listen", "127.0.0.1:0", "--certs", dir).stop()   // and here leaves the set as it is
	for _, tt := range []struct {
		name, ca, device string
		want             bool
	}{
		{"the set's own", dir, dir, true},
		{"no certificate", dir, "", false},
		{"certificate of another CA", dir, other, false},
		{"the device knows another CA", other, dir, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			out, err := mosquittoPub(t, append(mosquittoArgs(s, "mqtts", tt.ca, tt.device), "-q", "1", "-t", "a", "-m", "x")...)
			if got := err == nil; got != tt.want {
				t.Errorf("got published %v (%v: %s); want %v", got, err, out, tt.want)
			}
		})
	}
}

func mosquittoPub(t *testing.T, args ...string) (out []byte, err error) {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	out, err = exec.CommandContext(ctx, "mosquitto_pub", args...).CombinedOutput()
	if ctx.Err() != nil {
		t.Errorf("mosquitto_pub: neither published nor refused after %v", patience)
	}
	return out, err
}

// mosquittoSub runs mosquitto_sub until one message came, which got returns.
func mosquittoSub(t *testing.T, program string, args ...string) (got func() string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	cmd := exec.CommandContext(ctx, program, append(args, "-C", "1", "-v")...)
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	if err := cmd.Start(); err != nil {
		cancel()
		t.Fatal(err)
	}
	wait := sync.OnceValue(cmd.Wait)
	t.Cleanup(func() {
		cancel()
		_ = wait() // its message came, or the test has failed already
	})
	return func() string {
		if err := wait(); err != nil {
			t.Errorf("mosquitto_sub: %v", err)
		}
		return strings.TrimSpace(out.String())
	}
}
