package transport

import "time"

// Auth is how a client shows who it is.
type Auth string

// The ways to authenticate.
const (
	X509     Auth = "x509"
	IAM      Auth = "sigv4"
	Custom   Auth = "custom"
	Password Auth = "password"
	NoAuth   Auth = "none"
)

// PresetKind names a starting point.
type PresetKind string

// The starting points, as they are called on the screen.
const (
	AWSX509            PresetKind = "AWS X.509"
	AWSX509On443       PresetKind = "AWS X.509 on port 443"
	AWSIAM             PresetKind = "AWS with IAM credentials"
	AWSCustom          PresetKind = "AWS custom authorizer"
	AWSCustomWebSocket PresetKind = "AWS custom authorizer over WebSocket"
	OtherBroker        PresetKind = "Other broker"
	Local              PresetKind = "Local"
)

// PresetKinds are all of them in the order to offer them.
func PresetKinds() []PresetKind {
	return []PresetKind{AWSX509, AWSX509On443, AWSIAM, AWSCustom, AWSCustomWebSocket, OtherBroker, Local}
}

// Preset is what a starting point fills in. All of it can be changed: a domain configuration of AWS IoT may give a port
// and an ALPN name other meanings.
type Preset struct {
	Kind   PresetKind
	AWS    bool // AWS's limits apply, and failures are explained for AWS
	Auth   Auth
	Scheme string
	Host   string // empty where it must be told
	Port   int
	Path   string
	ALPN   []string
	// KeepAlive, and between which bounds the broker takes it; zero bounds are MQTT's own.
	KeepAlive, MinKeepAlive, MaxKeepAlive time.Duration
	// HostHint says what a host looks like.
	HostHint string
}

const (
	awsHost = "PREFIX-ats.iot.REGION.amazonaws.com"
	// ALPNCertificate and ALPNCustom are the names by which AWS tells on port 443 what a client wants.
	ALPNCertificate = "x-amzn-mqtt-ca"
	ALPNCustom      = "mqtt"
)

// PresetOf is a starting point; of an unknown kind it is that of OtherBroker. Source: AWS's page "Device communication
// protocols", and for keep-alive "Message broker and protocol limits".
func PresetOf(kind PresetKind) Preset {
	p := Preset{Kind: kind, AWS: true, Scheme: "mqtts", Port: 443, HostHint: awsHost, KeepAlive: 30 * time.Second,
		MinKeepAlive: 30 * time.Second, MaxKeepAlive: 1200 * time.Second}
	switch kind {
	case AWSX509:
		p.Auth, p.Port = X509, 8883
	case AWSX509On443:
		p.Auth, p.ALPN = X509, []string{ALPNCertificate}
	case AWSIAM:
		p.Auth, p.Scheme, p.Path = IAM, "wss", "/mqtt"
	case AWSCustom:
		p.Auth, p.ALPN = Custom, []string{ALPNCustom}
	case AWSCustomWebSocket:
		p.Auth, p.Scheme, p.Path = Custom, "wss", "/mqtt"
	case Local:
		return Preset{Kind: Local, AWS: true, Auth: NoAuth, Scheme: "mqtt", Host: "127.0.0.1", Port: 1883,
			KeepAlive: 30 * time.Second, MinKeepAlive: 30 * time.Second, MaxKeepAlive: 1200 * time.Second, HostHint: "127.0.0.1"}
	default:
		return Preset{Kind: OtherBroker, Auth: NoAuth, Scheme: "mqtt", Port: 1883, KeepAlive: 30 * time.Second, HostHint: "broker.example.com"}
	}
	return p
}
