package policy

import (
	"net/netip"
	"slices"
	"testing"
)

// arn is the front of the ARNs in these tests.
const arn = "arn:aws:iot:us-east-1:123456789012:"

// statementOf makes an Allow or Deny statement of one action and resource.
func statementOf(effect, action, resource, rest string) string {
	return `{"Effect":"` + effect + `","Action":"` + action + `","Resource":"` + arn + resource + `"` + rest + `}`
}

func allow(action, resource string) string { return statementOf("Allow", action, resource, "") }
func deny(action, resource string) string  { return statementOf("Deny", action, resource, "") }

func allowIf(action, resource, condition string) string {
	return statementOf("Allow", action, resource, `,"Condition":`+condition)
}

// ask is one request and whether it is to be allowed.
type ask struct {
	action   Action
	resource string
	context  *Context
	want     bool
}

type policyTest struct {
	name     string
	document string
	asks     []ask
}

func runPolicyTests(t *testing.T, tests []policyTest) {
	t.Helper()
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			docs := []*Document{mustParse(t, tt.document)}
			for _, a := range tt.asks {
				d := Evaluate(docs, Request{a.action, a.resource, a.context})
				if d.Allowed != a.want {
					t.Errorf("%s %q with %+v: got %v (%s); want %v", a.action, a.resource, a.context, d.Allowed, d.Reason(), a.want)
				}
			}
		})
	}
}

func TestConnectPolicies(t *testing.T) {
	one := &Context{ClientID: "client1"}
	lamp := &Context{ClientID: "lamp", ThingName: "lamp", ThingAttached: true}
	stray := &Context{ClientID: "lamp", ThingName: "lamp"}
	runPolicyTests(t, []policyTest{
		{"a fixed client ID", document(allow("iot:Connect", "client/client1")), []ask{
			{Connect, "client1", one, true},
			{Connect, "client2", &Context{ClientID: "client2"}, false},
			{Connect, "Client1", &Context{ClientID: "Client1"}, false},
			{Publish, "client1", one, false},
		}},
		{"things only, but some IDs never", document(deny("iot:Connect", "client/client1") + "," + allow("iot:Connect", "client/${iot:Connection.Thing.ThingName}")), []ask{
			{Connect, "lamp", lamp, true},
			{Connect, "lamp", &Context{ClientID: "lamp"}, false},
			{Connect, "other", lamp, false},
			{Connect, "client1", &Context{ClientID: "client1", ThingName: "client1"}, false},
		}},
		{"attached things", document(allowIf("iot:Connect", "client/*", `{"Bool":{"iot:Connection.Thing.IsAttached":["true"]}}`)), []ask{
			{Connect, "lamp", lamp, true},
			{Connect, "lamp", stray, false},
			{Connect, "lamp", nil, false},
		}},
		{"a client ID in the variable's place only", document(allow("iot:Connect", "client/${iot:ClientId}")), []ask{
			{Connect, "x", &Context{ClientID: "x"}, true},
			{Connect, "y", &Context{ClientID: "x"}, false},
		}},
		{"a wildcard in a client ID is a character", document(allow("iot:Connect", "client/*") + "," + allow("iot:Publish", "topic/${iot:ClientId}/*")), []ask{
			{Connect, "*", &Context{ClientID: "*"}, true},
			{Publish, "*/a", &Context{ClientID: "*"}, true},
			{Publish, "lamp/a", &Context{ClientID: "*"}, false},
			{Publish, "l/a", &Context{ClientID: "?"}, false},
			{Publish, "lamp/a", &Context{ClientID: "${iot:Connection.Thing.ThingName}", ThingName: "lamp"}, false},
		}},
	})
}

func TestConnectAttributes(t *testing.T) {
	with := func(attributes ...string) *Context { return &Context{ClientID: "c", ConnectAttributes: attributes} }
	plain, session, will := with(), with(PersistentConnect), with(LastWill)
	both, newer := with(PersistentConnect, LastWill), with("Newer")
	asks := func(want ...bool) []ask {
		var out []ask
		for i, c := range []*Context{plain, session, will, both, newer} {
			out = append(out, ask{Connect, "c", c, want[i]})
		}
		return out
	}
	on := func(effect, operator, values string) string {
		return statementOf(effect, "iot:Connect", "client/*", `,"Condition":{"`+operator+`":{"iot:ConnectAttributes":[`+values+`]}}`)
	}
	const p, w = `"PersistentConnect"`, `"LastWill"`
	runPolicyTests(t, []policyTest{
		// In the columns: no feature, session, will, both, a feature yet unknown.
		{"unconditional", document(allow("iot:Connect", "client/*")), asks(true, true, true, true, true)},
		{"session allowed", document(on("Allow", "ForAllValues:StringEquals", p)), asks(true, true, false, false, false)},
		{"session not allowed", document(on("Allow", "ForAllValues:StringNotEquals", p)), asks(true, false, true, false, true)},
		{"session denied", document(allow("iot:Connect", "client/*") + "," + on("Deny", "ForAnyValue:StringEquals", p)), asks(true, false, true, false, true)},
		{"both allowed", document(on("Allow", "ForAllValues:StringEquals", p+","+w)), asks(true, true, true, true, false)},
		{"will allowed", document(on("Allow", "ForAllValues:StringEquals", w)), asks(true, false, true, false, false)},
		{"no feature", document(on("Allow", "ForAllValues:StringEquals", "")), asks(true, false, false, false, false)},
		{"session demanded", document(on("Allow", "ForAnyValue:StringEquals", p)), asks(false, true, false, true, false)},
		{"both demanded", document(on("Allow", "ForAllValues:StringEquals", p+","+w) + "," +
			on("Deny", "ForAllValues:StringEquals", p) + "," + on("Deny", "ForAllValues:StringEquals", w) + "," +
			on("Deny", "ForAllValues:StringEquals", "")), asks(false, false, false, true, false)},
		{"something else demanded", document(on("Allow", "ForAnyValue:StringNotEquals", p)), asks(false, false, true, true, true)},
		{"session denied, will allowed", document(on("Deny", "ForAnyValue:StringEquals", p) + "," + on("Allow", "ForAllValues:StringEquals", w)), asks(true, false, true, false, false)},
	})
	willOn := func(topic string) *Context {
		return &Context{ClientID: "c", ConnectAttributes: []string{LastWill}, LastWillTopic: topic}
	}
	runPolicyTests(t, []policyTest{
		{"a will on one topic", document(allowIf("iot:Connect", "client/*", `{"ArnEquals":{"iot:LastWillTopic":"`+arn+`topic/gone/${iot:ClientId}"}}`)), []ask{
			{Connect, "c", willOn("gone/c"), true},
			{Connect, "c", willOn("gone/d"), false},
			{Connect, "c", plain, false},
		}},
		{"a will elsewhere", document(allowIf("iot:Connect", "client/*", `{"ArnNotLike":{"iot:LastWillTopic":"`+arn+`topic/gone/*"}}`)), []ask{
			{Connect, "c", willOn("gone/c"), false},
			{Connect, "c", willOn("here"), true},
			{Connect, "c", plain, true},
		}},
	})
}

func TestPublishSubscribePolicies(t *testing.T) {
	lamp := &Context{ClientID: "lamp", ThingName: "lamp", ThingAttributes: map[string]string{"room": "hall"}}
	nobody := &Context{ClientID: "lamp"}
	const thing = "${iot:Connection.Thing.ThingName}"
	runPolicyTests(t, []policyTest{
		{"everything", document(`{"Effect":"Allow","Action":"iot:*","Resource":"*"}`), []ask{
			{Connect, "x", nil, true}, {Subscribe, "#", nil, true}, {RetainPublish, "a", nil, true}, {ListRetainedMessages, "", nil, true}, {0, "a", nil, false}, {99, "a", nil, false},
		}},
		{"one topic in all ways", document(allow("iot:Publish", "topic/t") + "," + allow("iot:Receive", "topic/t") + "," + allow("iot:Subscribe", "topicfilter/t")), []ask{
			{Publish, "t", nil, true}, {Receive, "t", nil, true}, {Subscribe, "t", nil, true},
			{RetainPublish, "t", nil, false}, {Publish, "u", nil, false}, {Subscribe, "#", nil, false}, {Subscribe, "t/#", nil, false},
		}},
		{"topics under the thing's name", document(allow("iot:Publish", "topic/"+thing+"/*") + "," + allow("iot:Subscribe", "topicfilter/"+thing+"/room*")), []ask{
			{Publish, "lamp/a/b", lamp, true}, {Publish, "lamp", lamp, false}, {Publish, "lamp2/a", lamp, false}, {Publish, "lamp/a", nobody, false},
			{Subscribe, "lamp/room1", lamp, true}, {Subscribe, "lamp/room+/x", lamp, true}, {Subscribe, "lamp/hall", lamp, false},
		}},
		{"the thing's attribute in the topic", document(allow("iot:Publish", "topic/${iot:Connection.Thing.Attributes[room]}/*")), []ask{
			{Publish, "hall/a", lamp, true}, {Publish, "kitchen/a", lamp, false}, {Publish, "/a", nobody, false},
		}},
		{"all but one topic", document(allow("iot:Publish", "topic/${iot:ClientId}/*") + "," + deny("iot:Publish", "topic/${iot:ClientId}/bar")), []ask{
			{Publish, "lamp/foo", lamp, true}, {Publish, "lamp/bar", lamp, false}, {Publish, "lamp/bar/x", lamp, true},
		}},
		{"plus is a character", document(allow("iot:Subscribe", "topicfilter/some/+/topic") + "," + allow("iot:Publish", "topic/a/+")), []ask{
			{Subscribe, "some/+/topic", nil, true}, {Subscribe, "some/x/topic", nil, false}, {Publish, "a/b", nil, false},
		}},
		{"star crosses levels", document(allow("iot:Subscribe", "topicfilter/some/*/topic")), []ask{
			{Subscribe, "some/+/topic", nil, true}, {Subscribe, "some/a/topic", nil, true}, {Subscribe, "some/a/b/topic", nil, true}, {Subscribe, "some/#", nil, false},
		}},
		{"question marks keep to a length", document(allow("iot:Publish", "topic/some/?????/topic")), []ask{
			{Publish, "some/abcde/topic", nil, true}, {Publish, "some/abcd/topic", nil, false},
		}},
		{"a denied filter does not stop a wider one", document(allow("iot:Subscribe", "topicfilter/a/*") + "," + deny("iot:Subscribe", "topicfilter/a/restricted/*") + "," +
			`{"Effect":"Allow","Action":"iot:Receive","NotResource":"` + arn + `topic/a/restricted/*"}`), []ask{
			{Subscribe, "a/restricted/x", nil, false}, {Subscribe, "a/#", nil, true},
			{Receive, "a/b", nil, true}, {Receive, "a/restricted/x", nil, false}, {Receive, "other", nil, true},
		}},
		{"deny wins in any order", document(deny("iot:*", "topic/admin/*") + "," + allow("iot:Publish", "topic/*")), []ask{
			{Publish, "admin/x", nil, false}, {Publish, "x", nil, true},
		}},
		{"all actions but one", document(`{"Effect":"Allow","NotAction":["iot:Publish","iot:Retain*"],"Resource":"*"}`), []ask{
			{Publish, "a", nil, false}, {RetainPublish, "a", nil, false}, {Receive, "a", nil, true}, {Connect, "a", nil, true},
		}},
		{"actions by wildcard and in any case", document(`{"Effect":"Allow","Action":["iot:*shadow","IOT:publish","iot:Sub??????"],"Resource":"*"}`), []ask{
			{GetThingShadow, "lamp", nil, true}, {DeleteThingShadow, "lamp/config", nil, true}, {ListNamedShadowsForThing, "lamp", nil, false},
			{Publish, "a", nil, true}, {RetainPublish, "a", nil, false}, {Subscribe, "a", nil, true},
		}},
		{"shadows over HTTP", document(allow("iot:GetThingShadow", "thing/lamp") + "," + allow("iot:UpdateThingShadow", "thing/lamp/config")), []ask{
			{GetThingShadow, "lamp", nil, true}, {GetThingShadow, "lamp/config", nil, false},
			{UpdateThingShadow, "lamp/config", nil, true}, {UpdateThingShadow, "lamp", nil, false},
		}},
		{"shadows over MQTT", document(allow("iot:Publish", "topic/$aws/things/"+thing+"/shadow/*")), []ask{
			{Publish, "$aws/things/lamp/shadow/update", lamp, true}, {Publish, "$aws/things/other/shadow/update", lamp, false},
		}},
		{"a list of all retained messages", document(allow("iot:ListRetainedMessages", "topic/*")), []ask{
			{ListRetainedMessages, "", nil, false},
		}},
		{"one pattern without value does not spoil the others", document(`{"Effect":"Allow","Action":"iot:Publish","Resource":["` + arn + `topic/` + thing + `","` + arn + `topic/common"]}`), []ask{
			{Publish, "common", nobody, true}, {Publish, thing, nobody, false},
		}},
		{"a deny without value denies nothing", document(allow("iot:Publish", "topic/*") + "," + deny("iot:Publish", "topic/"+thing+"/secret")), []ask{
			{Publish, "lamp/secret", lamp, false}, {Publish, "lamp/secret", nobody, true},
		}},
		{"a NotResource without value covers nothing", document(`{"Effect":"Allow","Action":"iot:Publish","NotResource":"` + arn + `topic/` + thing + `"}`), []ask{
			{Publish, "a", lamp, true}, {Publish, "lamp", lamp, false}, {Publish, "a", nobody, false},
		}},
		{"no variables in 2008", `{"Version":"2008-10-17","Statement":` + allow("iot:Publish", "topic/${iot:ClientId}") + `}`, []ask{
			{Publish, "lamp", lamp, false}, {Publish, "${iot:ClientId}", lamp, true},
		}},
	})
}

func TestCertificatePolicies(t *testing.T) {
	of := func(values ...string) *Context {
		return &Context{ClientID: "c", CertificateID: "ab12", Certificate: map[string][]string{
			"Subject.Organization": values, "Subject.CommonName": {"dev-1"}, "SerialNumber": {"92:12"}}}
	}
	list := allowIf("iot:Publish", "topic/*", `{"ForAllValues:StringEquals":{"iot:Certificate.Subject.Organization.List":["Example Corp","AnyCompany"]}}`)
	runPolicyTests(t, []policyTest{
		{"the common name in the topic", document(allow("iot:Publish", "topic/${iot:Certificate.Subject.CommonName}")), []ask{
			{Publish, "dev-1", of(), true}, {Publish, "dev-2", of(), false}, {Publish, "", nil, false},
		}},
		{"all organizations are known ones", document(list), []ask{
			{Publish, "a", of("AnyCompany"), true}, {Publish, "a", of("AnyCompany", "Example Corp"), true}, {Publish, "a", of("AnyCompany", "Evil"), false},
		}},
		{"the first and a later value", document(allow("iot:Publish", "topic/${iot:Certificate.Subject.Organization}/${iot:Certificate.Subject.Organization.1}")), []ask{
			{Publish, "A/B", of("A", "B"), true}, {Publish, "A/", of("A"), false}, {Publish, "B/A", of("A", "B"), false},
		}},
		{"index 0 is the first value", document(allow("iot:Publish", "topic/${iot:Certificate.Subject.Organization.0}")), []ask{
			{Publish, "A", of("A", "B"), true},
		}},
		{"a wildcard in an attribute", document(allow("iot:Publish", "topic/${iot:Certificate.Subject.Organization}")), []ask{
			{Publish, "A*", of("A*"), false}, {Publish, "AB", of("A*"), false},
		}},
		{"certificate ID and serial number", document(allow("iot:Publish", "topic/${iot:CertificateId}/${iot:Certificate.SerialNumber}")), []ask{
			{Publish, "ab12/92:12", of(), true},
		}},
	})
}

func TestConditions(t *testing.T) {
	c := &Context{
		ClientID: "dev-1", ThingName: "dev-1", ThingType: "Lamp", ThingAttached: true, DomainName: "Iot.example.com",
		SourceIP: netip.MustParseAddr("::ffff:203.0.113.7"), ThingAttributes: map[string]string{"color": "red"},
	}
	tests := []struct {
		condition   string
		known, none bool // with c; with nothing known
	}{
		{`{}`, true, true},
		{`{"StringEquals":{"iot:ClientId":"dev-1"}}`, true, false},
		{`{"StringEquals":{"iot:clientid":["x","dev-1"]}}`, true, false},
		{`{"StringEquals":{"iot:ClientId":"dev-*"}}`, false, false},
		{`{"StringEquals":{"iot:ClientId":"DEV-1"}}`, false, false},
		{`{"StringEquals":{"iot:ClientId":"${iot:Connection.Thing.ThingName}"}}`, true, false},
		{`{"StringEquals":{"iot:ClientId":["${iot:Nothing}","dev-1"]}}`, true, false},
		{`{"StringNotEquals":{"iot:ClientId":"x"}}`, true, true},
		{`{"StringNotEquals":{"iot:ClientId":["x","dev-1"]}}`, false, true},
		{`{"StringNotEquals":{"iot:ClientId":"${iot:Nothing}"}}`, false, true},
		{`{"StringEqualsIgnoreCase":{"iot:DomainName":"iot.EXAMPLE.com"}}`, true, false},
		{`{"StringEqualsIgnoreCase":{"iot:ClientId":"${iot:Connection.Thing.ThingName}"}}`, true, false},
		{`{"StringNotEqualsIgnoreCase":{"iot:DomainName":"iot.example.com"}}`, false, true},
		{`{"StringLike":{"iot:ClientId":"dev-?"}}`, true, false},
		{`{"StringLike":{"iot:ClientId":"${iot:Connection.Thing.ThingName}*"}}`, true, false},
		{`{"StringNotLike":{"iot:ClientId":"d*"}}`, false, true},
		{`{"StringEqualsIfExists":{"iot:ClientId":"dev-1"}}`, true, true},
		{`{"StringEqualsIfExists":{"iot:ClientId":"x"}}`, false, true},
		{`{"Bool":{"iot:Connection.Thing.IsAttached":"true"}}`, true, false},
		{`{"Bool":{"iot:Connection.Thing.IsAttached":"False"}}`, false, false},
		{`{"Bool":{"iot:Connection.Thing.IsAttached":false}}`, false, false},
		{`{"IpAddress":{"aws:SourceIp":"203.0.113.0/24"}}`, true, false},
		{`{"IpAddress":{"aws:SourceIp":["10.0.0.0/8","203.0.113.7"]}}`, true, false},
		{`{"IpAddress":{"aws:SourceIp":"2001:db8::/32"}}`, false, false},
		{`{"NotIpAddress":{"aws:SourceIp":"203.0.113.0/24"}}`, false, true},
		{`{"NotIpAddress":{"aws:SourceIp":"10.0.0.0/8"}}`, true, true},
		{`{"IpAddressIfExists":{"aws:SourceIp":"10.0.0.0/8"}}`, false, true},
		{`{"StringLike":{"aws:SourceIp":"203.0.113.*"}}`, true, false},
		{`{"Null":{"aws:SourceIp":"true"}}`, false, true},
		{`{"Null":{"iot:Connection.Thing.ThingName":"false"}}`, true, false},
		{`{"StringEquals":{"iot:Connection.Thing.Attributes[color]":"red","iot:Connection.Thing.ThingTypeName":"Lamp"}}`, true, false},
		{`{"StringEquals":{"iot:Connection.Thing.Attributes[color]":"red","iot:Connection.Thing.ThingTypeName":"Fan"}}`, false, false},
		{`{"StringEquals":{"iot:ClientId":"dev-1"},"Bool":{"iot:Connection.Thing.IsAttached":"false"}}`, false, false},
		{`{"ForAnyValue:StringEquals":{"iot:ClientId":"dev-1"}}`, true, false},
		{`{"ForAllValues:StringLike":{"iot:ClientId":"dev-*"}}`, true, true},
		{`{"ForAllValues:StringEquals":{"iot:ClientId":"x"}}`, false, true},
		{`{"StringEquals":{"iot:Nothing":"x"}}`, false, false},
	}
	for _, tt := range tests {
		docs := []*Document{mustParse(t, document(allowIf("iot:Publish", "topic/*", tt.condition)))}
		if got := Evaluate(docs, Request{Publish, "a", c}).Allowed; got != tt.known {
			t.Errorf("%s: got %v; want %v", tt.condition, got, tt.known)
		}
		if got := Evaluate(docs, Request{Publish, "a", nil}).Allowed; got != tt.none {
			t.Errorf("%s with nothing known: got %v; want %v", tt.condition, got, tt.none)
		}
	}
}

func TestSeveralPoliciesCountTogether(t *testing.T) {
	a := mustParse(t, document(allow("iot:Publish", "topic/*")))
	b := mustParse(t, document(`{"Sid":"NoAdmin","Effect":"Deny","Action":"iot:Publish","Resource":"`+arn+`topic/admin"}`))
	a.Name, b.Name = "dev", "guard"
	for _, docs := range [][]*Document{{a, b}, {b, a}, {nil, a, b}} {
		if d := Evaluate(docs, Request{Publish, "x", nil}); !d.Allowed || d.Policy != "dev" || d.Statement != 1 || !d.Explicit() {
			t.Errorf("got %+v; want allowed by dev", d)
		}
		if d := Evaluate(docs, Request{Publish, "admin", nil}); d.Allowed || d.Policy != "guard" || d.Sid != "NoAdmin" {
			t.Errorf("got %+v; want denied by guard", d)
		}
	}
	if d := Evaluate([]*Document{b}, Request{Publish, "x", nil}); d.Allowed || d.Explicit() {
		t.Errorf("got %+v; want a denial by default", d)
	}
}

func TestActionSetsHoldTheirActions(t *testing.T) {
	if got := actionsNamed("*"); got != allActions {
		t.Errorf("got %b; want %b", got, allActions)
	}
	var names []string
	for a := Connect; a.valid(); a++ {
		if slices.Contains(names, a.String()) || actionsNamed(a.String()) != 1<<a {
			t.Errorf("%s does not name just itself", a)
		}
		names = append(names, a.String())
	}
}
