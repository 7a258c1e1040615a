package client_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"example.com/thingdeck/client"
	"example.com/thingdeck/client/local"
)

func TestLimitsOfTopics(t *testing.T) {
	long := strings.Repeat("x", 257)
	for topic, want := range map[string]string{
		"a/b":                               "",
		"1/2/3/4/5/6/7/8":                   "",
		"1/2/3/4/5/6/7/8/9":                 "9 levels: AWS IoT Core takes at most 8",
		long:                                "257 bytes: AWS IoT Core takes at most 256",
		"$aws/rules/rule/1/2/3/4/5/6/7/8":   "",
		"$aws/rules/rule/1/2/3/4/5/6/7/8/9": "9 levels: AWS IoT Core takes at most 8",
		"$aws/things/t/shadow/update":       "",
		"$aws/things/t/shadow/name/n/get":   "",
		"$aws/things/t/shadow/update/delta": "closes the connection on a publish",
		"$aws/things/t/jobs/get/accepted":   "closes the connection on a publish",
		"$aws/things/t/jobs/accepted/get":   "",
		"$aws/things/t/else":                "closes the connection on a publish",
		"$SYS/broker":                       "closes the connection on a publish",
		"$aws/commands/things/t/executions/e/response/json": "",
	} {
		parsed, err := client.ParseTopic(topic)
		if err != nil {
			t.Fatal(err)
		}
		told(t, topic, client.AWSLimits().Topic(parsed), want)
		told(t, topic, client.Limits{}.Topic(parsed), "")
	}
}

func TestLimitsOfFilters(t *testing.T) {
	for filter, want := range map[string]string{
		"#":                        "",
		"+/+/+/+/+/+/+/+":          "",
		"+/+/+/+/+/+/+/+/#":        "9 levels: AWS IoT Core takes at most 8",
		"$share/g/+/+/+/+/+/+/+/+": "",
		"$share/" + strings.Repeat("n", 129) + "/a": "has 129 characters: AWS IoT Core takes 128",
		"$aws/things/+/shadow/update/accepted":      "",
		"$aws/things/t/shadow/#":                    "",
		"$aws/events/presence/+/t":                  "",
		"$aws/things/t/shadow/other":                "closes the connection on a subscription",
		"$aws/rules/r/t":                            "closes the connection on a subscription",
		"$SYS/#":                                    "closes the connection on a subscription",
		"$aws/commands/things/t/executions/+/response/accepted/json": "",
		"$aws/commands/things/t/executions/+/response/accepted/+":    "closes the connection on a subscription",
		"$aws/commands/things/+/executions/+/request":                "closes the connection on a subscription",
	} {
		parsed, err := client.ParseFilter(filter)
		if err != nil {
			t.Fatal(err)
		}
		told(t, filter, client.AWSLimits().Filter(parsed), want)
		told(t, filter, client.Limits{}.Filter(parsed), "")
	}
}

func TestLimitsOfMessages(t *testing.T) {
	a, _ := client.ParseTopic("a")
	shadow, _ := client.ParseTopic("$aws/things/t/shadow/update")
	for name, c := range map[string]struct {
		message client.Message
		want    string
	}{
		"the largest":        {client.Message{Topic: a, Payload: make([]byte, 128<<10)}, ""},
		"larger":             {client.Message{Topic: a, Payload: make([]byte, 128<<10+1)}, "131073 bytes: AWS IoT Core takes 131072"},
		"QoS 2":              {client.Message{Topic: a, QoS: 2}, "QoS 2: AWS IoT Core knows 0 and 1"},
		"retained":           {client.Message{Topic: a, Retain: true}, ""},
		"retained, reserved": {client.Message{Topic: shadow, Retain: true}, "retains no messages"},
	} {
		told(t, name, client.AWSLimits().Message(c.message), c.want)
		told(t, name, client.Limits{}.Message(c.message), "")
	}
}

func TestLimitsOfConnections(t *testing.T) {
	told(t, "client ID", client.AWSLimits().ClientID(strings.Repeat("x", 129)), "129 bytes: AWS IoT Core takes client IDs of at most 128")
	told(t, "client ID", client.AWSLimits().ClientID("$x"), "begins with $")
	told(t, "client ID", client.AWSLimits().ClientID("thing"), "")
	for asked, want := range map[time.Duration]time.Duration{0: 1200, 1: 30, 29: 30, 30: 30, 600: 600, 2000: 1200} {
		if got := client.AWSLimits().KeepAlive(asked * time.Second); got != want*time.Second {
			t.Errorf("keep alive of %d s: got %v; want %d s", asked, got, want)
		}
	}
}

func told(t *testing.T, what string, err error, want string) {
	t.Helper()
	switch {
	case err == nil && want != "":
		t.Errorf("%s: allowed; want %s", what, want)
	case err != nil && (want == "" || !strings.Contains(err.Error(), want)):
		t.Errorf("%s: got %v; want %q", what, err, want)
	}
}

// TestLimitsAreKeptBeforeSending: what AWS IoT would close the connection for never leaves.
func TestLimitsAreKeptBeforeSending(t *testing.T) {
	server, err := local.Start(t.Context(), local.Options{Listen: "127.0.0.1:0", Strict: true})
	if err != nil {
		t.Fatal(err)
	}
	defer server.Close()
	broker, _ := client.ParseBroker(server.Listeners()[0])
	s := client.NewSession(nil, client.Settings{})
	defer s.Close(context.Background())
	topic, _ := client.ParseTopic("1/2/3/4/5/6/7/8/9")
	filter, _ := client.ParseFilter("1/2/3/4/5/6/7/8/#")
	fine, _ := client.ParseTopic("a")
	early := s.Publish(client.Message{Topic: topic, QoS: 1}) // before the limits are known
	s.Subscribe(filter, 0)
	s.Connect(client.Profile{Broker: broker, Limits: client.AWSLimits()})
	late := s.Publish(client.Message{Topic: topic})
	again := s.Subscribe(filter, 1)
	last := s.Publish(client.Message{Topic: fine, QoS: 1})
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	failed := map[client.RequestID]bool{}
	refused := 0
	for {
		batch, err := s.Next(ctx)
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range batch.Events {
			switch e := e.Event.(type) {
			case client.Reconnecting, client.Refused:
				t.Fatalf("the broker closed: %+v", e)
			case client.Subscribed:
				told(t, "subscribe", e.Err, "9 levels")
				refused++
				if e.ID == again && refused != 2 {
					t.Errorf("%d refused; want 2", refused)
				}
			case client.Published:
				if e.Step == client.Failed {
					failed[e.ID] = true
				}
				if e.ID == last && e.Final() {
					if !failed[early] || !failed[late] || refused != 2 {
						t.Errorf("failed %v, %d subscriptions refused; want %d and %d, and 2", failed, refused, early, late)
					}
					return
				}
			}
		}
	}
}
