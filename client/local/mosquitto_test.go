package local

import (
	"bytes"
	"context"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	mqtt "github.com/eclipse/paho.mqtt.golang"
)

// TestMosquittoClients has programs that others wrote publish, subscribe and be refused.
func TestMosquittoClients(t *testing.T) {
	for _, program := range []string{"mosquitto_pub", "mosquitto_sub"} {
		if _, err := exec.LookPath(program); err != nil {
			t.Skip(program + " is not installed")
		}
	}
	s, dir, _ := everywhere(t, Options{Strict: true})
	d := dial(t, s, "d")
	d.subscribe("from/#", "$aws/events/subscriptions/subscribed/+")
	run := func(t *testing.T, l int, program string, args ...string) (string, error) {
		ctx, cancel := context.WithTimeout(context.Background(), patience)
		defer cancel()
		_, port, _ := strings.Cut(s.listeners[l].ln.Addr().String(), ":")
		args = append([]string{"-h", "127.0.0.1", "-p", port}, args...)
		if l == 1 {
			args = append(args, "--cafile", filepath.Join(dir, "ca.pem"), "--cert", filepath.Join(dir, "client.pem"),
				"--key", filepath.Join(dir, "client.key"), "--tls-alpn", "x-amzn-mqtt-ca")
		}
		out, err := exec.CommandContext(ctx, program, args...).CombinedOutput()
		return string(bytes.TrimSpace(out)), err
	}
	for _, version := range []string{"311", "5"} {
		for l, transport := range []string{"TCP", "TLS"} {
			t.Run(version+" "+transport, func(t *testing.T) {
				if out, err := run(t, l, "mosquitto_pub", "-V", version, "-q", "1", "-t", "from/"+version, "-m", transport); err != nil {
					t.Fatalf("publish: %v %s", err, out)
				}
				d.until(func(m mqtt.Message) bool { return m.Topic() == "from/"+version && string(m.Payload()) == transport })

				done := make(chan string, 1)
				go func() {
					out, _ := run(t, l, "mosquitto_sub", "-V", version, "-q", "1", "-i", "sub", "-t", "to/+", "-C", "1", "-v")
					done <- out
				}()
				d.until(func(m mqtt.Message) bool { return strings.HasSuffix(m.Topic(), "/subscribed/sub") })
				d.done(d.Publish("to/it", 1, false, "hello"))
				select {
				case out := <-done:
					if out != "to/it hello" {
						t.Errorf("got %q; want to/it hello", out)
					}
				case <-time.After(patience):
					t.Error("mosquitto_sub got nothing")
				}
			})
		}
	}
	t.Run("QoS 2 on MQTT 5", func(t *testing.T) {
		out, _ := run(t, 0, "mosquitto_pub", "-V", "5", "-q", "2", "-t", "from/2", "-m", "x", "-d")
		if strings.Contains(out, "PUBREC") {
			t.Errorf("got %q; want QoS 2 refused", out)
		}
	})
}
