package transport_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"slices"
	"strconv"
	"strings"
	"testing"

	"example.com/thingdeck/client/transport"
)

// kinds are all constants of type Kind, read from the source so that none can be forgotten.
func kinds(t *testing.T) (all []transport.Kind) {
	t.Helper()
	for _, file := range []string{"failure.go", "reason.go"} {
		f, err := parser.ParseFile(token.NewFileSet(), file, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(f, func(n ast.Node) bool {
			v, ok := n.(*ast.ValueSpec)
			if ok && len(v.Values) == 1 {
				if name, ok := v.Type.(*ast.Ident); ok && name.Name == "Kind" {
					text, _ := strconv.Unquote(v.Values[0].(*ast.BasicLit).Value)
					all = append(all, transport.Kind(text))
				}
			}
			return true
		})
	}
	if len(all) < 45 {
		t.Fatalf("got %d kinds; want all", len(all))
	}
	return all
}

func TestEveryKindIsExplained(t *testing.T) {
	// Whose line says it all.
	silent := []transport.Kind{transport.Cancelled, transport.BadSettings, transport.BadFile, transport.WrongPassword, transport.Other}
	for _, kind := range kinds(t) {
		for _, aws := range []bool{false, true} {
			o := transport.Observation{Kind: kind, Text: "what was seen", Host: "h", Port: 8883, Packet: "SUBSCRIBE", Auth: transport.X509}
			short, causes := transport.Explain(o, aws)
			if short == "" || strings.ContainsAny(short, "\n{}") {
				t.Errorf("%s: got %q; want one line", kind, short)
			}
			if len(causes) == 0 != slices.Contains(silent, kind) {
				t.Errorf("%s, AWS %v: got causes %q", kind, aws, causes)
			}
			for _, c := range causes {
				if strings.ContainsAny(c, "\n{}") || c == "" {
					t.Errorf("%s: got cause %q; want one line, filled in", kind, c)
				}
			}
		}
	}
}

func TestExplain(t *testing.T) {
	aws := transport.Observation{Scheme: "mqtts", Host: "a-ats.iot.us-east-1.amazonaws.com", Port: 8883, Auth: transport.X509, ClientID: "lamp"}
	with := func(o transport.Observation, change func(*transport.Observation)) transport.Observation {
		change(&o)
		return o
	}
	other := transport.Observation{Scheme: "mqtt", Host: "h", Port: 1883, Auth: transport.NoAuth, ClientID: "lamp"}
	for _, tt := range []struct {
		name  string
		o     transport.Observation
		aws   bool
		short string
		first string // in the likeliest cause
	}{
		{"AWS closes before CONNACK", with(aws, func(o *transport.Observation) { o.Kind = transport.NoConnack }), true,
			"closed by the broker before CONNACK", "iot:Connect for client/lamp"},
		{"a certificate on 443 without ALPN", with(aws, func(o *transport.Observation) { o.Kind, o.Port = transport.NoConnack, 443 }), true,
			"before CONNACK", "ALPN x-amzn-mqtt-ca"},
		{"a custom authorizer on 443 without ALPN", with(aws, func(o *transport.Observation) { o.Kind, o.Port, o.Auth = transport.Closed, 443, transport.Custom }), true,
			"closed", "ALPN mqtt"},
		{"a custom authorizer on 8883", with(aws, func(o *transport.Observation) { o.Kind, o.Auth = transport.CertRequired, transport.Custom }), true,
			"certificate required", "port 443 only"},
		{"AWS without TLS", with(aws, func(o *transport.Observation) { o.Kind, o.Scheme = transport.NoConnack, "mqtt" }), true,
			"before CONNACK", "with TLS only"},
		{"AWS without anything to show", with(aws, func(o *transport.Observation) { o.Kind, o.Auth = transport.CertRequired, transport.NoAuth }), true,
			"certificate required", "no client certificate is given"},
		{"the old endpoint", with(aws, func(o *transport.Observation) {
			o.Kind, o.Host = transport.ServerUnknownCA, "a.iot.us-east-1.amazonaws.com"
		}), true, "unknown authority", "the old endpoint"},
		{"a CA file that is not AWS's", with(aws, func(o *transport.Observation) { o.Kind, o.OwnCA = transport.ServerUnknownCA, true }), true,
			"unknown authority", "Amazon Root CA 1"},
		{"a refused subscription on AWS", with(aws, func(o *transport.Observation) { o.Kind, o.Packet, o.Topic = transport.ClosedAfter, "SUBSCRIBE", "a/#" }), true,
			"right after SUBSCRIBE a/#, without a reason", "iot:Subscribe for topicfilter/a/#"},
		{"a refused publish on AWS", with(aws, func(o *transport.Observation) { o.Kind, o.Packet, o.Topic = transport.ClosedAfter, "PUBLISH", "a" }), true,
			"right after PUBLISH a", "iot:Publish for topic/a"},
		{"CONNACK 5", with(other, func(o *transport.Observation) { o.Kind, o.Code = transport.Connack, 5 }), false,
			"refused: not authorized (CONNACK 5)", "wants a user name and password"},
		{"CONNACK 5 to a user name and password", with(other, func(o *transport.Observation) { o.Kind, o.Code, o.Auth = transport.Connack, 5, transport.Password }), false,
			"refused: not authorized (CONNACK 5)", "user name or password is wrong"},
		{"CONNACK 5 of AWS to a user name and password", with(aws, func(o *transport.Observation) { o.Kind, o.Code, o.Auth = transport.Connack, 5, transport.Password }), true,
			"refused: not authorized (CONNACK 5)", "custom authorizer said no"},
		{"CONNACK 7 of AWS", with(aws, func(o *transport.Observation) { o.Kind, o.Code = transport.Connack, 7 }), true,
			"refused: not authorized, in AWS's numbering (CONNACK 7)", "iot:Connect"},
		{"CONNACK 7 of another", with(other, func(o *transport.Observation) { o.Kind, o.Code = transport.Connack, 7 }), false,
			"a code that MQTT does not define", ""},
		{"CONNACK of MQTT 5", with(aws, func(o *transport.Observation) { o.Kind, o.Code, o.MQTT5 = transport.Connack, 0x85, true }), true,
			"client ID not valid (CONNACK 0x85)", "128 bytes"},
		{"SUBACK 0x80", with(aws, func(o *transport.Observation) { o.Kind, o.Code, o.Topic = transport.SubackRefused, 0x80, "a" }), true,
			"subscription refused a: the broker gives no reason (SUBACK 0x80)", "topicfilter/a"},
		{"SUBACK of MQTT 5", with(aws, func(o *transport.Observation) { o.Kind, o.Code, o.MQTT5 = transport.SubackRefused, 0x97, true }), true,
			"quota exceeded (SUBACK 0x97)", "50 subscriptions"},
		{"taken over", with(aws, func(o *transport.Observation) { o.Kind = transport.TakenOver }), true, "took over the client ID lamp", "another program"},
		{"taken over, as MQTT 5 says it", with(aws, func(o *transport.Observation) { o.Kind, o.Code, o.MQTT5 = transport.Disconnected5, 0x8e, true }), true,
			"session taken over (DISCONNECT 0x8E)", "client ID lamp"},
		{"silence", with(aws, func(o *transport.Observation) { o.Kind = transport.KeepAlive }), true, "does not answer any more", "network"},
		{"no TLS to a port of TLS", with(other, func(o *transport.Observation) { o.Kind, o.Port = transport.NoConnack, 8883 }), false, "before CONNACK", "mqtts://"},
		{"TLS to a port without", with(other, func(o *transport.Observation) { o.Kind, o.Scheme = transport.NotTLS, "mqtts" }), false, "not tls", "mqtt://"},
		{"nobody listens", with(other, func(o *transport.Observation) { o.Kind, o.Text = transport.ConnRefused, "connection refused" }), false, "connection refused", "no broker runs at h"},
		{"a 403 that is not AWS's", with(other, func(o *transport.Observation) { o.Kind, o.Status = transport.HTTPStatus, 403 }), false, "http status", "WebSocket wants"},
		{"a hostile topic", with(other, func(o *transport.Observation) {
			o.Kind, o.Packet, o.Topic = transport.ClosedAfter, "PUBLISH", "\x1b[2J"
		}), false, "PUBLISH ?[2J", "?[2J"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			short, causes := transport.Explain(tt.o, tt.aws)
			if !strings.Contains(short, tt.short) {
				t.Errorf("got %q; want %q", short, tt.short)
			}
			if len(causes) == 0 || !strings.Contains(causes[0], tt.first) {
				t.Errorf("got causes %q; want the first to speak of %q", causes, tt.first)
			}
		})
	}
}

func TestExplainingTwiceSaysTheSame(t *testing.T) {
	o := transport.Observation{Kind: transport.NoConnack, ClientID: "one"}
	transport.Explain(o, true)
	o.ClientID = "two"
	if _, causes := transport.Explain(o, true); !strings.Contains(strings.Join(causes, ""), "client/two") {
		t.Errorf("got %q; want the second client", causes)
	}
}
