package connect

import (
	"slices"
	"strings"

	"example.com/thingdeck/ui/widget"
)

// A row of the form is a field of the profile, a secret, or the one that unfolds the rest.
type row struct {
	name, label, help string
	field             *widget.Field // nil for choices and for the fold
	choices           []string      // the first is what an empty text means
	def               string        // what an empty text means
	many, file        bool
	secret            bool
	forget            bool // the secret that is kept is to be removed
	more              bool // the fold
}

// labels are what the form calls the fields, with a line of help each. A field that is not here is not in the form.
var labels = map[string][2]string{
	"name":            {"Name", "what the connection is called here"},
	"broker":          {"Broker", "mqtt://host[:1883], mqtts://host[:8883], ws://host/mqtt or wss://host/mqtt"},
	"auth":            {"Authentication", "x509, sigv4, custom, password or none; guessed from the rest when empty"},
	"client-id":       {"Client ID", "when empty one is made up for each connection, so that several can be open at once"},
	"username":        {"User name", "sent to the broker with the password"},
	"password":        {"Password", "kept in the keyring of the system, never in a file"},
	"ca":              {"CA file", "certificates that the broker's must be signed by; when empty the system's"},
	"cert":            {"Certificate", "the client's, in PEM or PKCS#12"},
	"key":             {"Private key", "that of the certificate, in PEM; when empty it is in the certificate's file"},
	"key-password":    {"Key password", "of an encrypted key; kept in the keyring of the system, never in a file"},
	"alpn":            {"ALPN", "what TLS asks for: on port 443 AWS wants x-amzn-mqtt-ca for certificates, mqtt for authorizers"},
	"insecure":        {"Not verified", "takes any certificate of the broker"},
	"aws-profile":     {"AWS profile", "of ~/.aws/config; when empty AWS's default chain: environment, default profile, SSO, roles"},
	"region":          {"Region", "when empty that of the endpoint's name"},
	"authorizer":      {"Authorizer", "its name; when empty the endpoint's default one"},
	"token-key":       {"Token key", "the name that the authorizer gives its token; only where it wants signed tokens"},
	"token":           {"Token", "kept in the keyring of the system, never in a file"},
	"token-signature": {"Signature", "base64, of the token; kept in the keyring of the system, never in a file"},
	"mqtt":            {"MQTT", "the version of the protocol"},
	"keep-alive":      {"Keep alive", "seconds of silence after which the connection is probed"},
	"persistent":      {"Persistent", "the broker keeps the session while away"},
	"limits":          {"Limits", "aws: what AWS IoT Core would close the connection for is told before it is sent"},
	"subscribe":       {"Subscribe", "filters at start, with blanks between; FILTER@1 asks for QoS 1"},
	"thing":           {"Thing", "the shadow pane opens on it"},
	"shadow":          {"Shadow", "the named one; when empty the classic one"},
	"keep":            {"Messages kept", "how many the history holds"},
	"keep-bytes":      {"Bytes kept", "how much the history holds"},
	"kind":            {"Began as", "decides which settings stand first here; it changes none"},
}

// secretOrder are the secrets, each after the field that it belongs to.
var secretOrder = map[string][]string{"username": {"password"}, "key": {"key-password"}, "token-key": {"token", "token-signature"}}

// first are the fields that matter to a kind, in their order; the others are behind "more".
func first(kind string) []string {
	switch kind {
	case "AWS X.509":
		return []string{"broker", "cert", "key", "ca", "client-id"}
	case "AWS with IAM credentials":
		return []string{"broker", "aws-profile", "region", "client-id"}
	case "AWS custom authorizer":
		return []string{"broker", "authorizer", "username", "token-key", "client-id"}
	case "Local":
		return []string{"client-id", "subscribe", "thing", "shadow"}
	}
	return []string{"broker", "username", "ca", "client-id", "persistent"}
}

// layout makes the rows for the draft's kind. Fields that were typed in keep their text: it is the draft's.
func (d *Form) layout() {
	front := first(d.draft.Kind())
	rows := []*row{d.text("name", Field{})}
	fields := map[string]Field{}
	var rest []string
	for _, f := range d.profiles.Fields() {
		fields[f.Name] = f
		if _, known := labels[f.Name]; known && !slices.Contains(front, f.Name) {
			rest = append(rest, f.Name)
		}
	}
	for _, name := range front {
		rows = append(rows, d.rowsOf(fields[name])...)
	}
	fold := &row{more: true, label: "more settings", help: "enter shows or hides them"}
	rows = append(rows, fold)
	if d.unfolded {
		for _, name := range rest {
			if local := d.draft.Kind() == "Local"; !local || !notLocal(name) {
				rows = append(rows, d.rowsOf(fields[name])...)
			}
		}
	}
	d.rows = rows
}

// notLocal says that a field is of no use to the local AWS IoT.
func notLocal(name string) bool {
	return slices.Contains([]string{"broker", "auth", "username", "ca", "cert", "key", "alpn", "insecure", "aws-profile", "region", "authorizer", "token-key"}, name)
}

func (d *Form) rowsOf(f Field) []*row {
	rows := []*row{d.text(f.Name, f)}
	for _, s := range secretOrder[f.Name] {
		r := &row{name: s, label: labels[s][0], help: labels[s][1], secret: true, field: widget.NewField(d.theme, "", nil)}
		r.field.Mask()
		r.field.SetValue(d.typed[s])
		r.forget = d.forgotten[s]
		rows = append(rows, r)
	}
	return rows
}

func (d *Form) text(name string, f Field) *row {
	r := &row{name: name, label: labels[name][0], help: labels[name][1], def: f.Default, many: f.Many, file: f.File}
	if name == "broker" && d.draft.Kind() != "Other broker" {
		r.label = "Endpoint"
	}
	if len(f.Choices) > 0 {
		r.choices = f.Choices
		if f.Default == "" && name != "kind" {
			r.choices = append([]string{""}, f.Choices...)
		}
		return r
	}
	r.field = widget.NewField(d.theme, "", nil)
	if text := strings.ReplaceAll(d.get(name), "\n", " "); name != "broker" || text != d.template {
		r.field.SetValue(text)
	}
	if f.Default != "" {
		r.field.Placeholder(f.Default)
	}
	if name == "broker" && d.template != "" {
		host := "broker.example.com"
		if strings.HasPrefix(d.draft.Kind(), "AWS") {
			host = "PREFIX-ats.iot.REGION.amazonaws.com"
		}
		r.field.Placeholder(d.url(host))
	}
	return r
}

func (d *Form) get(name string) string {
	if name == "name" {
		return d.draft.Name()
	}
	return d.draft.Text(name)
}

// put gives the draft what stands in a row.
func (d *Form) put(r *row) {
	switch {
	case r.secret:
		d.typed[r.name], d.forgotten[r.name] = r.field.Value(), r.forget
		d.draft.SetSecret(r.name, r.field.Value(), r.forget)
	case r.name == "name":
		d.draft.SetName(r.field.Value())
	case r.many:
		d.draft.Set(r.name, strings.Join(strings.Fields(r.field.Value()), "\n"))
	case r.name == "broker":
		d.draft.Set(r.name, d.url(strings.TrimSpace(r.field.Value())))
	case r.field != nil:
		d.draft.Set(r.name, r.field.Value())
	}
	d.problems, d.advice = d.draft.Problems(), d.draft.Advice()
}

// url is the broker's URL: what was typed, with scheme, port and path of the kind where it has none of its own.
func (d *Form) url(typed string) string {
	scheme, rest, ok := strings.Cut(d.template, "://:")
	if !ok || strings.Contains(typed, "://") {
		return typed
	}
	if typed == "" {
		return d.template
	}
	port, path, _ := strings.Cut(rest, "/")
	if path != "" {
		path = "/" + path
	}
	host, own, _ := strings.Cut(typed, "/")
	if own != "" {
		path = "/" + own
	}
	if end := host[strings.LastIndexByte(host, ']')+1:]; !strings.Contains(end, ":") {
		host += ":" + port
	}
	return scheme + "://" + host + path
}

// change takes the next of the choices, or the one before.
func (d *Form) change(r *row, by int) {
	if len(r.choices) == 0 {
		return
	}
	at := max(0, slices.Index(r.choices, d.chosen(r)))
	next := r.choices[(at+by+len(r.choices))%len(r.choices)]
	if next == r.def {
		next = "" // what is the default is not written
	}
	d.draft.Set(r.name, next)
	d.problems, d.advice = d.draft.Problems(), d.draft.Advice()
	if r.name == "kind" {
		d.layout()
		d.at = max(0, slices.IndexFunc(d.rows, func(o *row) bool { return o.name == "kind" }))
	}
}

func (d *Form) chosen(r *row) string {
	if text := d.get(r.name); text != "" {
		return text
	}
	return r.def
}
