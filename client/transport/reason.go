package transport

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// Kinds of failures that the MQTT session sees.
const (
	NoConnack     Kind = "no connack"     // closed before CONNACK
	Connack       Kind = "connack"        // refused: Code
	ClosedAfter   Kind = "closed after"   // right after Packet was sent
	SubackRefused Kind = "suback"         // Code, 0x80 and above
	KeepAlive     Kind = "keep alive"     // PINGREQ unanswered
	TakenOver     Kind = "taken over"     // by another connection with the client ID
	Disconnected5 Kind = "disconnect"     // MQTT 5 DISCONNECT of the broker: Code
	NotMQTT       Kind = "not mqtt"       // malformed packets
	NotSubscribed Kind = "suback missing" // no SUBACK came
)

// Observation is what was seen when something failed, and about which connection.
type Observation struct {
	Stage  Stage
	Kind   Kind
	Status int    // HTTP status or WebSocket code
	Text   string // of the Failure; holds the names and dates

	Code   byte   // of CONNACK, SUBACK or DISCONNECT
	MQTT5  bool   // Code is that of MQTT 5
	Packet string // that was sent last before the end: CONNECT, SUBSCRIBE, UNSUBSCRIBE, PUBLISH
	Topic  string // or filter, of that packet

	Scheme, Host string
	Port         int
	ALPN         []string
	Auth         Auth
	ClientID     string
	OwnCA        bool // a CA file is given
	Region       string
}

// Observe is the Observation of a failure of Dial or of its stream.
func Observe(err error, o Options) Observation {
	o = o.withDefaults()
	seen := Observation{Scheme: o.Scheme, Host: o.Host, Port: o.Port, ALPN: o.TLS.ALPN, Auth: NoAuth,
		OwnCA: o.TLS.CAFile != "" || len(o.TLS.CA) > 0}
	switch {
	case o.SigV4 != nil:
		seen.Auth, seen.Region = IAM, o.SigV4.Region
	case !o.Authorizer.zero():
		seen.Auth = Custom
	case o.TLS.CertFile != "":
		seen.Auth = X509
	}
	if f := Classify(err); f != nil {
		seen.Stage, seen.Kind, seen.Status, seen.Text = f.Stage, f.Kind, f.Status, f.Text
	}
	return seen
}

// Explain says in one line what was observed, and what the likely causes are, the likeliest first: for AWS IoT Core, or
// for other brokers. Every Kind has words; causes are empty only where the line says it all.
func Explain(o Observation, aws bool) (short string, causes []string) {
	short = headline(o, aws)
	causes = circumstances(o, aws)
	for _, row := range reasons {
		if row.kind != o.Kind || row.stage != "" && row.stage != o.Stage ||
			row.packet != "" && row.packet != o.Packet || row.auth != "" && row.auth != o.Auth || len(row.codes) > 0 && !slices.Contains(row.codes, codeOf(o)) {
			continue
		}
		if aws {
			causes = append(causes, row.aws...)
		} else {
			causes = append(causes, row.other...)
		}
		causes = append(causes, row.both...)
		break
	}
	fill := strings.NewReplacer("{host}", o.Host, "{port}", strconv.Itoa(o.Port), "{client}", orElse(o.ClientID, "ID"),
		"{topic}", orElse(o.Topic, "the topic"), "{region}", orElse(o.Region, "the one signed for"))
	for i, c := range causes {
		causes[i] = printable(fill.Replace(c))
	}
	return printable(short), causes
}

func orElse(s, otherwise string) string {
	if s == "" {
		return otherwise
	}
	return s
}

// codeOf is the number that a row's codes speak of. MQTT 5 has its codes above those of 3.1.1.
func codeOf(o Observation) int {
	if o.Kind == HTTPStatus || o.Kind == ProxyRefused {
		return o.Status
	}
	return int(o.Code)
}

func headline(o Observation, aws bool) string {
	switch o.Kind {
	case NoConnack:
		return "closed by the broker before CONNACK"
	case Connack:
		return fmt.Sprintf("refused: %s (CONNACK %s)", codeName(o, aws), codeText(o))
	case ClosedAfter:
		return strings.TrimSpace("closed by the broker right after "+o.Packet+" "+o.Topic) + ", without a reason"
	case SubackRefused:
		return strings.TrimSpace("subscription refused "+o.Topic) + ": " + codeName(o, aws) + " (SUBACK " + codeText(o) + ")"
	case NotSubscribed:
		return strings.TrimSpace("no SUBACK came for " + o.Topic)
	case KeepAlive:
		return "the broker does not answer any more"
	case TakenOver:
		return "another connection took over the client ID " + o.ClientID
	case Disconnected5:
		return "disconnected by the broker: " + codeName(o, aws) + " (DISCONNECT " + codeText(o) + ")"
	case NotMQTT:
		return "what answers does not speak MQTT"
	}
	return orElse(o.Text, string(o.Kind))
}

func codeText(o Observation) string {
	if o.MQTT5 || o.Kind == SubackRefused {
		return fmt.Sprintf("0x%02X", o.Code)
	}
	return strconv.Itoa(int(o.Code))
}

func codeName(o Observation, aws bool) string {
	names := codeNames3
	if o.MQTT5 {
		names = codeNames5
	} else if o.Kind == SubackRefused {
		return "the broker gives no reason"
	}
	if !o.MQTT5 && aws && o.Code == 7 {
		return "not authorized, in AWS's numbering"
	}
	return orElse(names[o.Code], "a code that MQTT does not define")
}

// codeNames3 are MQTT 3.1.1's, section 3.2.2.3.
var codeNames3 = map[byte]string{
	1: "the broker does not speak MQTT 3.1.1",
	2: "client ID rejected",
	3: "the server is unavailable",
	4: "bad user name or password",
	5: "not authorized",
}

// codeNames5 are MQTT 5's, section 2.4, as far as they end something.
var codeNames5 = map[byte]string{
	0x80: "unspecified error", 0x81: "malformed packet", 0x82: "protocol error", 0x83: "implementation specific error",
	0x84: "unsupported protocol version", 0x85: "client ID not valid", 0x86: "bad user name or password", 0x87: "not authorized",
	0x88: "server unavailable", 0x89: "server busy", 0x8A: "banned", 0x8B: "server shutting down", 0x8C: "bad authentication method",
	0x8D: "keep-alive timeout", 0x8E: "session taken over", 0x8F: "topic filter invalid", 0x90: "topic name invalid",
	0x91: "packet identifier in use", 0x93: "receive maximum exceeded", 0x94: "topic alias invalid", 0x95: "packet too large",
	0x96: "message rate too high", 0x97: "quota exceeded", 0x98: "administrative action", 0x99: "payload format invalid",
	0x9A: "retain not supported", 0x9B: "QoS not supported", 0x9C: "use another server", 0x9D: "server moved",
	0x9E: "shared subscriptions not supported", 0x9F: "connection rate exceeded", 0xA0: "maximum connect time",
	0xA1: "subscription identifiers not supported", 0xA2: "wildcard subscriptions not supported",
}

// circumstances are causes that the settings give away; they come first.
func circumstances(o Observation, aws bool) []string {
	if aws {
		return awsCircumstances(o)
	}
	secure := o.Scheme == "mqtts" || o.Scheme == "wss"
	atTheStart := slices.Contains([]Kind{NoConnack, NotMQTT, NotTLS, Reset, Closed, Timeout, NotWebSocket}, o.Kind)
	switch {
	case o.Kind == HandshakeFailed && o.Auth != X509:
		return []string{"the broker may want a client certificate, and none is given"}
	case atTheStart && !secure && (o.Port == 8883 || o.Port == 443 || o.Port == 8884):
		return []string{"port {port} is usually one of TLS: write mqtts:// or wss://"}
	case atTheStart && secure && (o.Port == 1883 || o.Port == 80):
		return []string{"port {port} is usually one without TLS: write mqtt:// or ws://"}
	}
	return nil
}

func awsCircumstances(o Observation) (causes []string) {
	early := slices.Contains([]Kind{NoConnack, Reset, Closed, Timeout, CertRequired, HandshakeFailed, NoProtocol, AccessDenied, NotMQTT,
		ConnRefused, ClosedAfter, Connack, HTTPStatus, NotTLS}, o.Kind) && (o.Kind != ClosedAfter || o.Packet == "CONNECT")
	add := func(when bool, cause string) {
		if early && when {
			causes = append(causes, cause)
		}
	}
	stream := o.Scheme == "mqtts"
	add((o.Scheme == "mqtt" || o.Scheme == "ws") && strings.Contains(o.Host, ".iot."),
		"AWS IoT Core takes connections with TLS only: write mqtts:// or wss://")
	add(stream && o.Auth == NoAuth, "no client certificate is given: AWS takes none of certificate, IAM credentials or custom authorizer away")
	add(stream && o.Auth == X509 && o.Port == 443 && !slices.Contains(o.ALPN, ALPNCertificate),
		"on port 443 AWS takes a certificate only with ALPN "+ALPNCertificate)
	add(stream && o.Auth == Custom && o.Port == 443 && !slices.Contains(o.ALPN, ALPNCustom),
		"on port 443 AWS takes a custom authorizer over MQTT only with ALPN "+ALPNCustom)
	add(o.Auth == Custom && o.Port != 443, "a custom authorizer works on port 443 only, unless the domain is configured otherwise")
	add(stream && o.Port == 8883 && len(o.ALPN) > 0, "port 8883 wants no ALPN")
	if o.Kind == ServerUnknownCA {
		if strings.Contains(o.Host, ".iot.") && !strings.Contains(o.Host, "-ats.") {
			causes = append(causes, "this is the old endpoint, whose certificate is VeriSign's: use the one with -ats (aws iot describe-endpoint --endpoint-type iot:Data-ATS)")
		}
		if o.OwnCA {
			causes = append(causes, "the CA file holds another authority: AWS's is Amazon Root CA 1; without a CA file the system's own is used")
		}
	}
	return causes
}
