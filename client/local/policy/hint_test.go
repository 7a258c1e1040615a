package policy

import (
	"strings"
	"sync"
	"testing"
)

func TestReasonNamesTheStatement(t *testing.T) {
	d := mustParse(t, document(`{"Sid":"Pub","Effect":"Allow","Action":"iot:Publish","Resource":"*"},`+deny("iot:Publish", "topic/admin")+
		`,{"Sid":"No\u001bAdmin","Effect":"Deny","Action":"iot:Publish","Resource":"`+arn+`topic/root"}`))
	tests := []struct{ name, topic, want string }{
		{"dev", "x", `allowed by statement 1 "Pub" of policy dev`},
		{"dev", "admin", "denied by statement 2 of policy dev"},
		{"", "admin", "denied by statement 2"},
		{"dev\x1b[31m", "root", `denied by statement 3 "No\x1bAdmin" of policy "dev\x1b[31m"`},
	}
	for _, tt := range tests {
		d.Name = tt.name
		if got := Evaluate([]*Document{d}, Request{Publish, tt.topic, nil}).Reason(); got != tt.want {
			t.Errorf("got %q; want %q", got, tt.want)
		}
	}
}

func TestReasonExplainsNearMisses(t *testing.T) {
	lamp := &Context{ClientID: "lamp", ThingName: "lamp", ConnectAttributes: []string{PersistentConnect, LastWill}}
	const thing = "${iot:Connection.Thing.ThingName}"
	tests := map[string]struct {
		document string
		action   Action
		resource string
		context  *Context
		want     string
	}{
		"nothing near":          {allow("iot:Publish", "topic/x"), Publish, "a/b", nil, "no statement allows iot:Publish on topic/a/b"},
		"action never granted":  {allow("iot:Publish", "topic/x"), Connect, "c", nil, "no statement allows iot:Connect on client/c: none allows iot:Connect on anything"},
		"topic for a filter":    {allow("iot:Subscribe", "topic/a/*"), Subscribe, "a/#", nil, "no statement allows iot:Subscribe on topicfilter/a/#: statement 1 of policy dev has topic/a/*, but iot:Subscribe is judged on topicfilter/a/#"},
		"filter for a topic":    {allow("iot:Publish", "topicfilter/a/b"), Publish, "a/b", nil, "has topicfilter/a/b, but iot:Publish is judged on topic/a/b"},
		"both mistakes":         {allow("iot:Receive", "topicfilter/a/#"), Receive, "a/b", nil, "has topicfilter/a/#, but iot:Receive is judged on topic/a/b"},
		"hash for a star":       {allow("iot:Publish", "topic/a/#"), Publish, "a/b/c", nil, "has topic/a/#, but + and # are plain characters in a policy: write topic/a/*"},
		"hash and its parent":   {allow("iot:Receive", "topic/a/#"), Receive, "a", nil, "write topic/a/*"},
		"plus for a star":       {allow("iot:Publish", "topic/+/b"), Publish, "a/b", nil, "write topic/*/b"},
		"plus in a filter":      {allow("iot:Subscribe", "topicfilter/+/b"), Subscribe, "a/b", nil, "write topicfilter/*/b"},
		"case":                  {allow("iot:Publish", "topic/Home/"+thing), Publish, "home/Lamp", lamp, "has topic/Home/" + thing + ", which differs only in upper and lower case"},
		"leading slash":         {allow("iot:Publish", "topic/a/b"), Publish, "/a/b", nil, "has topic/a/b, which differs only by a slash"},
		"trailing slash":        {allow("iot:Publish", "topic/a/b/"), Publish, "a/b", nil, "differs only by a slash"},
		"another thing":         {allow("iot:Connect", "client/"+thing), Connect, "lamp2", lamp, "has client/" + thing + ", which is client/lamp here"},
		"no thing":              {allow("iot:Connect", "client/"+thing), Connect, "lamp", &Context{ClientID: "lamp"}, "but " + thing + " has no value here"},
		"condition":             {allowIf("iot:Connect", "client/*", `{"ForAllValues:StringEquals":{"iot:ConnectAttributes":["LastWill"]}}`), Connect, "lamp", lamp, "would allow it, but its condition ForAllValues:StringEquals on iot:ConnectAttributes is not met: the request has PersistentConnect, LastWill"},
		"condition, no value":   {allowIf("iot:Publish", "topic/*", `{"StringEquals":{"iot:DomainName":"x"}}`), Publish, "a", nil, "StringEquals on iot:DomainName is not met: the request has no value for it"},
		"retain":                {allow("iot:Publish", "topic/*"), RetainPublish, "a", nil, "a message with RETAIN needs iot:RetainPublish as well"},
		"receive":               {`{"Effect":"Allow","Action":["iot:Subscribe"],"Resource":"*"}`, Receive, "a", nil, "but not for iot:Receive, which is checked at each delivery"},
		"shadow action on MQTT": {allow("iot:UpdateThingShadow", "thing/lamp"), Publish, "$aws/things/lamp/shadow/update", nil, "grants the shadow over HTTP only; over MQTT it needs iot:Publish"},
		"names not in UTF-8":    {allow("iot:Publish", "topic/x"), Publish, "a\x83", nil, `on "topic/a\x83"`},
		"hostile names":         {allow("iot:Publish", "topic/x"), Publish, "a\x1b[2J\n", nil, `on "topic/a\x1b[2J\n"`},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			doc := mustParse(t, document(tt.document))
			doc.Name = "dev"
			d := Evaluate([]*Document{doc}, Request{tt.action, tt.resource, tt.context})
			if got := d.Reason(); d.Allowed || !strings.Contains(got, tt.want) {
				t.Errorf("got %q; want %q", got, tt.want)
			}
		})
	}
}

func TestReasonWithoutPolicies(t *testing.T) {
	const want = "no statement allows iot:Connect on client/c: no policy is attached"
	if got := Evaluate(nil, Request{Connect, "c", nil}).Reason(); got != want {
		t.Errorf("got %q; want %q", got, want)
	}
}

func TestDocumentsMayBeSharedByGoroutines(t *testing.T) {
	doc := mustParse(t, document(allow("iot:Publish", "topic/A/${iot:ClientId}/#")+","+deny("iot:Publish", "t*/b")))
	var wg sync.WaitGroup
	for _, client := range []string{"a", "b", "c", "d"} {
		wg.Go(func() {
			c := &Context{ClientID: client}
			for range 100 {
				d := Evaluate([]*Document{doc}, Request{Publish, "A/" + client + "/x", c})
				if got := d.Reason(); !strings.Contains(got, "write topic/A/${iot:ClientId}/*") {
					t.Errorf("got %q", got)
				}
			}
		})
	}
	wg.Wait()
}
