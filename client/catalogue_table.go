package client

// clients says what clients do with a reserved topic.
type clients uint8

const (
	canPublish clients = 1 << iota
	canSubscribe
	switchedOn // AWS sends it only once that kind of event is switched on
)

// reservedTopics is AWS's page "Reserved topics" with the pages on commands and lifecycle events.
var reservedTopics = []struct {
	of  string
	who clients
	all []string
}{
	{"shadow", canPublish | canSubscribe, each("$aws/things/{thing}/shadow/", "get", "update", "delete")},
	{"shadow", canSubscribe, each("$aws/things/{thing}/shadow/", shadowAnswers...)},
	{"named shadow", canPublish | canSubscribe, each("$aws/things/{thing}/shadow/name/{shadow}/", "get", "update", "delete")},
	{"named shadow", canSubscribe, each("$aws/things/{thing}/shadow/name/{shadow}/", shadowAnswers...)},

	{"jobs", canPublish, each("$aws/things/{thing}/jobs/", "get", "start-next", "{job}/get", "{job}/update")},
	{"jobs", canSubscribe, each("$aws/things/{thing}/jobs/", jobAnswers...)},

	{"presence event", canSubscribe, each("$aws/events/presence/", "connected/{client}", "disconnected/{client}", "connect_failed/{client}")},
	{"subscription event", canSubscribe, each("$aws/events/subscriptions/", "subscribed/{client}", "unsubscribed/{client}")},
	{"job event", canSubscribe | switchedOn, each("$aws/events/job/{job}/", "canceled", "cancellation_in_progress", "completed", "deleted", "deletion_in_progress")},
	{"job execution event", canSubscribe | switchedOn, each("$aws/events/jobExecution/{job}/", "canceled", "deleted", "failed", "rejected", "removed", "succeeded", "timed_out")},
	{"thing event", canSubscribe | switchedOn, each("$aws/events/thing/{thing}/", "created", "updated", "deleted")},
	{"thing group event", canSubscribe | switchedOn, each("$aws/events/thingGroup/{group}/", "created", "updated", "deleted")},
	{"thing type event", canSubscribe | switchedOn, each("$aws/events/thingType/{type}/", "created", "updated", "deleted")},
	{"thing type event", canSubscribe | switchedOn, each("$aws/events/thingTypeAssociation/thing/", "{thing}/{type}")},
	{"thing group event", canSubscribe | switchedOn, each("$aws/events/thingGroupMembership/thingGroup/{group}/thing/{thing}/", "added", "removed")},
	{"thing group event", canSubscribe | switchedOn, each("$aws/events/thingGroupHierarchy/thingGroup/{parent}/childThingGroup/{group}/", "added", "removed")},
	{"certificate event", canSubscribe | switchedOn, each("$aws/events/certificates/registered/", "{certificate}")},
	{"command event", canSubscribe | switchedOn, each("$aws/events/commandExecution/{command}/", "CREATED", "IN_PROGRESS", "SUCCEEDED", "FAILED", "REJECTED", "TIMED_OUT")},
	{"command event", canSubscribe | switchedOn, each("$aws/events/commandExecution/", "+/#")},

	{"command", canSubscribe, each("$aws/commands/things/{thing}/executions/{execution}/", commandAnswers...)},
	{"command", canPublish, each("$aws/commands/things/{thing}/executions/{execution}/", "response/{format}")},
	{"command", canSubscribe, each("$aws/commands/clients/{client}/executions/{execution}/", commandAnswers...)},
	{"command", canPublish, each("$aws/commands/clients/{client}/executions/{execution}/", "response/{format}")},

	{"provisioning", canPublish, each("$aws/", provisioning...)},
	{"provisioning", canSubscribe, answers("$aws/", provisioning...)},
	{"stream", canPublish, each("$aws/things/{thing}/streams/{stream}/", "get/{format}", "describe/{format}")},
	{"stream", canSubscribe, each("$aws/things/{thing}/streams/{stream}/", "data/{format}", "description/{format}", "rejected/{format}")},
	{"defender", canPublish, each("$aws/things/{thing}/defender/metrics/", "{format}")},
	{"defender", canSubscribe, answers("$aws/things/{thing}/defender/metrics/", "{format}")},
	{"tunnel", canSubscribe, each("$aws/things/{thing}/tunnels/", "notify")},
	{"location", canPublish, each("$aws/device_location/{device}/", "get_position_estimate")},
	{"location", canSubscribe, answers("$aws/device_location/{device}/", "get_position_estimate")},
	{"basic ingest", canPublish, each("$aws/rules/{rule}/", "{topic}")},
	{"sitewise", canSubscribe, each("$aws/sitewise/asset-models/{model}/assets/{asset}/properties/", "{property}")},
	{"shared", canSubscribe, each("$share/{name}/", "{filter}")},
}

var (
	shadowAnswers = []string{
		"get/accepted", "get/rejected", "update/accepted", "update/rejected", "update/delta", "update/documents", "delete/accepted", "delete/rejected",
	}
	jobAnswers = []string{
		"notify", "notify-next", "get/accepted", "get/rejected", "start-next/accepted", "start-next/rejected",
		"{job}/get/accepted", "{job}/get/rejected", "{job}/update/accepted", "{job}/update/rejected",
	}
	commandAnswers = []string{
		"request", "request/{format}", "response/accepted", "response/accepted/{format}", "response/rejected", "response/rejected/{format}",
	}
	provisioning = []string{"certificates/create/{format}", "certificates/create-from-csr/{format}", "provisioning-templates/{template}/provision/{format}"}
)

func each(prefix string, rest ...string) (out []string) {
	for _, r := range rest {
		out = append(out, prefix+r)
	}
	return out
}

func answers(prefix string, requests ...string) (out []string) {
	for _, r := range requests {
		out = append(out, prefix+r+"/accepted", prefix+r+"/rejected")
	}
	return out
}
