package broker

import "strings"

// reserved is a topic under $aws that AWS defines. A level of + stands for a name, # for the rest.
type reserved struct {
	pattern string
	publish bool // clients publish on it; all but Basic Ingest may be subscribed to
}

// catalogue is AWS's page "Reserved topics".
func catalogue() []reserved {
	out := []reserved{
		{"$aws/rules/+/#", true},
		{"$aws/events/#", false},
		{"$aws/things/+/jobs/notify", false},
		{"$aws/things/+/jobs/notify-next", false},
		{"$aws/things/+/tunnels/notify", false},
		{"$aws/sitewise/asset-models/+/assets/+/properties/+", false},
		{"$aws/commands/+/+/executions/+/request", false},
		{"$aws/commands/+/+/executions/+/request/+", false},
		{"$aws/commands/+/+/executions/+/response", true},
		{"$aws/commands/+/+/executions/+/response/+", true},
		{"$aws/commands/+/+/executions/+/response/accepted", false},
		{"$aws/commands/+/+/executions/+/response/accepted/+", false},
		{"$aws/commands/+/+/executions/+/response/rejected", false},
		{"$aws/commands/+/+/executions/+/response/rejected/+", false},
		{"$aws/things/+/streams/+/get/+", true},
		{"$aws/things/+/streams/+/describe/+", true},
		{"$aws/things/+/streams/+/data/+", false},
		{"$aws/things/+/streams/+/description/+", false},
		{"$aws/things/+/streams/+/rejected/+", false},
	}
	for _, shadow := range []string{"$aws/things/+/shadow/", "$aws/things/+/shadow/name/+/"} {
		out = append(out, reserved{shadow + "update/delta", false}, reserved{shadow + "update/documents", false})
		out = append(out, answered(shadow+"get", shadow+"update", shadow+"delete")...)
	}
	return append(out, answered(
		"$aws/things/+/jobs/get", "$aws/things/+/jobs/start-next", "$aws/things/+/jobs/+/get", "$aws/things/+/jobs/+/update",
		"$aws/certificates/create/+", "$aws/certificates/create-from-csr/+", "$aws/provisioning-templates/+/provision/+",
		"$aws/things/+/defender/metrics/+", "$aws/device_location/+/get_position_estimate",
	)...)
}

// answered are requests with their accepted and rejected answers.
func answered(requests ...string) []reserved {
	var out []reserved
	for _, r := range requests {
		out = append(out, reserved{r, true}, reserved{r + "/accepted", false}, reserved{r + "/rejected", false})
	}
	return out
}

// mayPublishReserved tells whether AWS lets clients publish on a topic that begins with $.
func mayPublishReserved(topic string) bool {
	for _, r := range catalogue() {
		if r.publish && overlaps(topic, r.pattern) && !isAnswer(topic) {
			return true
		}
	}
	return false
}

// isShadow tells a topic that belongs to a thing's shadows. What AWS's broker does with one that is no request, or with a
// request that has RETAIN, is not documented; here it goes nowhere and the connection stays.
func isShadow(topic string) bool { return overlaps(topic, "$aws/things/+/shadow/#") }

// isAnswer tells a topic that a pattern of requests would match but that is the answer to one.
func isAnswer(topic string) bool {
	if strings.HasPrefix(topic, "$aws/rules/") {
		return false
	}
	last := topic[strings.LastIndex(topic, "/")+1:]
	return last == "accepted" || last == "rejected"
}

// maySubscribeReserved tells whether a filter that begins with $ can match a topic that AWS lets clients subscribe to.
// In command topics only the execution may be a wildcard.
func maySubscribeReserved(filter string) bool {
	if strings.HasPrefix(filter, "$aws/commands/") && !plainCommand(filter) {
		return false
	}
	for _, r := range catalogue() {
		if r.pattern != "$aws/rules/+/#" && overlaps(filter, r.pattern) {
			return true
		}
	}
	return false
}

func plainCommand(filter string) bool {
	for i, level := range strings.Split(filter, "/") {
		if level == "#" || level == "+" && i != 5 {
			return false
		}
	}
	return true
}

// overlaps tells whether some topic matches both filters.
func overlaps(a, b string) bool {
	for {
		x, restA, moreA := strings.Cut(a, "/")
		y, restB, moreB := strings.Cut(b, "/")
		if x == "#" || y == "#" {
			return true
		}
		if x != y && x != "+" && y != "+" {
			return false
		}
		if !moreA || !moreB {
			return moreA == moreB
		}
		a, b = restA, restB
	}
}
