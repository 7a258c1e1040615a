package policy

import (
	"fmt"
	"net/netip"
	"strings"
	"testing"
)

func BenchmarkEvaluate(b *testing.B) {
	c := &Context{ClientID: "lamp-0001", ThingName: "lamp-0001", ThingAttached: true, SourceIP: netip.MustParseAddr("203.0.113.7"),
		Certificate: map[string][]string{"Subject.CommonName": {"lamp-0001"}}}
	var many []string
	for i := range 20 {
		many = append(many, allow("iot:Receive", fmt.Sprintf("topic/site/%d/*/state", i)))
	}
	star := strings.NewReplacer("us-east-1", "*", "123456789012", "*")
	topics := map[string]struct{ document, topic string }{
		"all":         {`{"Effect":"Allow","Action":"iot:*","Resource":"*"}`, "site/19/lamp-0001/state"},
		"prefix":      {allow("iot:Receive", "topic/site/*"), "site/19/lamp-0001/state"},
		"glob":        {allow("iot:Receive", "topic/site/*/state"), "site/19/lamp-0001/state"},
		"variable":    {allow("iot:Receive", "topic/site/*/${iot:Connection.Thing.ThingName}/state"), "site/19/lamp-0001/state"},
		"certificate": {allow("iot:Receive", "topic/site/*/${iot:Certificate.Subject.CommonName}/state"), "site/19/lamp-0001/state"},
		"conditions":  {allowIf("iot:Receive", "topic/site/*", `{"Bool":{"iot:Connection.Thing.IsAttached":"true"},"IpAddress":{"aws:SourceIp":"203.0.113.0/24"},"StringLike":{"iot:ClientId":"lamp-*"}}`), "site/19/lamp-0001/state"},
		"anyRegion":   {star.Replace(allow("iot:Receive", "topic/site/*/state")), "site/19/lamp-0001/state"},
		"colon":       {star.Replace(allow("iot:Receive", "topic/site/*/state")), "other/aa:bb:cc/state"},
		"typeByStar":  {allow("iot:Receive", "t*/site/*"), "site/19/lamp-0001/state"},
		"twenty":      {strings.Join(many, ","), "site/19/lamp-0001/state"},
		"denied":      {strings.Join(many, ","), "other/19/lamp-0001/state"},
	}
	for name, tt := range topics {
		b.Run(name, func(b *testing.B) {
			docs := []*Document{mustParse(b, document(tt.document))}
			r := Request{Receive, tt.topic, c}
			b.ReportAllocs()
			for b.Loop() {
				Evaluate(docs, r)
			}
		})
	}
}

func BenchmarkReason(b *testing.B) {
	docs := []*Document{mustParse(b, document(allow("iot:Subscribe", "topic/a/*")))}
	d := Evaluate(docs, Request{Subscribe, "a/#", nil})
	b.ReportAllocs()
	for b.Loop() {
		_ = d.Reason()
	}
}

func BenchmarkParse(b *testing.B) {
	var many []string
	for i := range 12 {
		many = append(many, allow("iot:Receive", fmt.Sprintf("topic/site/%d/${iot:ClientId}/*", i)))
	}
	text := []byte(document(strings.Join(many, ",")))
	b.ReportAllocs()
	b.SetBytes(int64(len(text)))
	for b.Loop() {
		if _, err := Parse(text); err != nil {
			b.Fatal(err)
		}
	}
}

// TestEvaluateAllocatesNothing keeps the promise in Evaluate's comment.
func TestEvaluateAllocatesNothing(t *testing.T) {
	c := &Context{ClientID: "lamp", ThingName: "lamp", ThingAttached: true, SourceIP: netip.MustParseAddr("203.0.113.7"), ConnectAttributes: []string{LastWill}}
	docs := []*Document{mustParse(t, document(deny("iot:*", "topic/secret/*")+","+
		allowIf("iot:Receive", "topic/a/*/${iot:ClientId}/${iot:Connection.Thing.ThingName}/?", `{"Bool":{"iot:Connection.Thing.IsAttached":"true"},"IpAddress":{"aws:SourceIp":"203.0.113.0/24"},"StringLike":{"iot:ClientId":"l*"},"ForAnyValue:StringEquals":{"iot:ConnectAttributes":"LastWill"}}`)))}
	r := Request{Receive, "a/b/c/lamp/lamp/x", c}
	got := testing.AllocsPerRun(100, func() {
		if !Evaluate(docs, r).Allowed {
			t.Fatal("denied")
		}
	})
	if got != 0 {
		t.Errorf("got %v allocations; want 0", got)
	}
}
