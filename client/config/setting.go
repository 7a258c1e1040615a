package config

import (
	"slices"
	"strings"
	"time"

	"example.com/thingdeck/client"
)

// Auth is how a connection authenticates.
type Auth string

// The ways to authenticate, as --auth spells them.
const (
	AuthX509     Auth = "x509"
	AuthSigV4    Auth = "sigv4"
	AuthCustom   Auth = "custom"
	AuthPassword Auth = "password"
	AuthNone     Auth = "none"
)

// Settings are all settings of the test client, valid by construction: Effective makes them. Paths are absolute, or
// relative to the working folder where they came from a flag.
type Settings struct {
	// Profile is the saved connection in use; "" is none.
	Profile string
	Kind    Kind

	// Broker is where to connect to; the zero Broker is the local AWS IoT.
	Broker             client.Broker
	Subscribe          []client.Subscription
	Thing, Shadow      string
	ClientID, Username string
	CA, Cert, Key      string
	// ALPN is one protocol name, or "".
	ALPN string
	// KeepAlive is in whole seconds, 1 to 65535.
	KeepAlive  time.Duration
	Persistent bool
	// MQTT is "3.1.1" or "5".
	MQTT string
	// Auth is never empty: where no place says one it is guessed from the rest.
	Auth                 Auth
	AWSProfile, Region   string
	Authorizer, TokenKey string
	Insecure             bool
	// AWSLimits asks for the limits of AWS IoT Core to be checked before sending.
	AWSLimits bool

	// Keep and KeepBytes bound the history.
	Keep      int
	KeepBytes int64
	// Intake reads messages past the MQTT library; off, the library receives them itself, more slowly.
	Intake bool
	Theme  string
	ASCII  bool
	Mouse  bool
	Plain  bool
	// NewestFirst puts the newest message at the top.
	NewestFirst bool
	Fresh       bool
	Record, Log string

	Local Local
}

// Local are the settings of the local AWS IoT.
type Local struct {
	Listen, TLSListen, WSListen, WSSListen, HTTPListen string
	Certs, Policy, State                               string
	StateSync, Strict, NoSimulate                      bool
	Depth, Size                                        int
	FirstVersion                                       int64
}

// place is a set of where a setting may be given.
type place uint8

const (
	inFlag place = 1 << iota
	inEnv
	inProfile
	inConfig
	inState

	everywhere = inFlag | inEnv | inProfile | inConfig | inState
)

// kind is the shape of a setting's value.
type kind uint8

const (
	text    kind = iota
	path         // of a file or folder
	choice       // one of choices
	boolean      // true or false
	number       // a whole number from least
	size         // bytes
	seconds      // whole seconds
	list         // several texts
)

// setting describes one of them. Its name is that of the flag and of the key in files.
type setting struct {
	name    string
	kind    kind
	in      place
	def     string   // canonical text of the default
	choices []string // of a choice
	least   int64    // of a number or size
	// own says that the setting belongs to one connection: flags and environment give it to the first one only.
	own   bool
	check func(string) error // further rule for each text
	into  func(*Settings) any
}

func (s setting) env() string {
	return "THINGDECK_" + strings.ToUpper(strings.ReplaceAll(s.name, "-", "_"))
}

const connection = inFlag | inEnv | inProfile

// settings is the table of all, in the order in which they are printed and saved.
func settings() []setting {
	return slices.Concat(connectionSettings(), programSettings(), localSettings())
}

func connectionSettings() []setting {
	return []setting{
		{name: "profile", in: everywhere &^ inProfile, own: true, check: CheckName, into: func(s *Settings) any { return &s.Profile }},
		{name: "kind", kind: choice, choices: kindNames(), in: inProfile, own: true, into: func(s *Settings) any { return &s.Kind }},
		{name: "broker", in: connection, own: true, check: checkBroker, into: func(s *Settings) any { return &s.Broker }},
		{name: "client-id", in: connection, own: true, check: checkString, into: func(s *Settings) any { return &s.ClientID }},
		{name: "auth", kind: choice, choices: []string{"x509", "sigv4", "custom", "password", "none"}, in: connection, own: true, into: func(s *Settings) any { return &s.Auth }},
		{name: "username", in: connection, own: true, check: checkUsername, into: func(s *Settings) any { return &s.Username }},
		{name: "ca", kind: path, in: connection, own: true, into: func(s *Settings) any { return &s.CA }},
		{name: "cert", kind: path, in: connection, own: true, into: func(s *Settings) any { return &s.Cert }},
		{name: "key", kind: path, in: connection, own: true, into: func(s *Settings) any { return &s.Key }},
		{name: "alpn", in: connection, own: true, check: checkALPN, into: func(s *Settings) any { return &s.ALPN }},
		{name: "insecure", kind: boolean, def: "false", in: connection, own: true, into: func(s *Settings) any { return &s.Insecure }},
		{name: "aws-profile", in: everywhere, own: true, check: checkString, into: func(s *Settings) any { return &s.AWSProfile }},
		{name: "region", in: everywhere, own: true, check: checkRegion, into: func(s *Settings) any { return &s.Region }},
		{name: "authorizer", in: connection, own: true, check: checkAuthorizer, into: func(s *Settings) any { return &s.Authorizer }},
		{name: "token-key", in: connection, own: true, check: checkTokenKey, into: func(s *Settings) any { return &s.TokenKey }},
		{name: "mqtt", kind: choice, choices: []string{"3.1.1", "5"}, def: "3.1.1", in: everywhere, own: true, into: func(s *Settings) any { return &s.MQTT }},
		{name: "keep-alive", kind: seconds, def: "30", in: everywhere, own: true, check: checkKeepAlive, into: func(s *Settings) any { return &s.KeepAlive }},
		{name: "persistent", kind: boolean, def: "false", in: everywhere, own: true, into: func(s *Settings) any { return &s.Persistent }},
		{name: "limits", kind: choice, choices: []string{"aws", "none"}, in: inProfile, own: true, into: func(s *Settings) any { return &s.AWSLimits }},
		{name: "subscribe", kind: list, in: everywhere, own: true, check: checkSubscription, into: func(s *Settings) any { return &s.Subscribe }},
		{name: "thing", in: connection, own: true, check: checkThing, into: func(s *Settings) any { return &s.Thing }},
		{name: "shadow", in: connection, own: true, check: checkShadow, into: func(s *Settings) any { return &s.Shadow }},
	}
}

func programSettings() []setting {
	return []setting{
		{name: "keep", kind: number, least: 1, def: "1000000", in: everywhere, into: func(s *Settings) any { return &s.Keep }},
		{name: "keep-bytes", kind: size, least: 1 << 20, def: "256MiB", in: everywhere, into: func(s *Settings) any { return &s.KeepBytes }},
		{name: "intake", kind: boolean, def: "true", in: inEnv | inConfig, into: func(s *Settings) any { return &s.Intake }},
		{name: "theme", in: everywhere, check: checkString, into: func(s *Settings) any { return &s.Theme }},
		{name: "ascii", kind: boolean, def: "false", in: everywhere, into: func(s *Settings) any { return &s.ASCII }},
		{name: "mouse", kind: boolean, def: "true", in: everywhere, into: func(s *Settings) any { return &s.Mouse }},
		{name: "plain", kind: boolean, def: "false", in: inFlag | inEnv, into: func(s *Settings) any { return &s.Plain }},
		{name: "newest-first", kind: boolean, def: "false", in: inEnv | inProfile | inConfig | inState, into: func(s *Settings) any { return &s.NewestFirst }},
		{name: "fresh", kind: boolean, def: "false", in: inFlag | inEnv | inProfile, into: func(s *Settings) any { return &s.Fresh }},
		{name: "record", kind: path, in: inFlag | inEnv, into: func(s *Settings) any { return &s.Record }},
		{name: "log", kind: path, in: everywhere &^ inState, into: func(s *Settings) any { return &s.Log }},
	}
}

func localSettings() []setting {
	const in = everywhere &^ inState
	return []setting{
		{name: "listen", def: "127.0.0.1:1883", in: in, check: checkListen, into: func(s *Settings) any { return &s.Local.Listen }},
		{name: "tls-listen", in: in, check: checkListen, into: func(s *Settings) any { return &s.Local.TLSListen }},
		{name: "ws-listen", in: in, check: checkListen, into: func(s *Settings) any { return &s.Local.WSListen }},
		{name: "wss-listen", in: in, check: checkListen, into: func(s *Settings) any { return &s.Local.WSSListen }},
		{name: "http-listen", in: in, check: checkListen, into: func(s *Settings) any { return &s.Local.HTTPListen }},
		{name: "certs", kind: path, in: in, into: func(s *Settings) any { return &s.Local.Certs }},
		{name: "policy", kind: path, in: in, into: func(s *Settings) any { return &s.Local.Policy }},
		{name: "state", kind: path, in: in, into: func(s *Settings) any { return &s.Local.State }},
		{name: "state-sync", kind: boolean, def: "false", in: in, into: func(s *Settings) any { return &s.Local.StateSync }},
		{name: "strict", kind: boolean, def: "true", in: in, into: func(s *Settings) any { return &s.Local.Strict }},
		{name: "no-simulate", kind: boolean, def: "false", in: in, into: func(s *Settings) any { return &s.Local.NoSimulate }},
		{name: "shadow-depth", kind: number, least: 1, def: "6", in: in, into: func(s *Settings) any { return &s.Local.Depth }},
		{name: "shadow-size", kind: number, least: 1, def: "8192", in: in, into: func(s *Settings) any { return &s.Local.Size }},
		{name: "first-version", kind: number, least: 0, def: "1", in: in, into: func(s *Settings) any { return &s.Local.FirstVersion }},
	}
}

func findSetting(name string) (setting, bool) {
	for _, s := range settings() {
		if s.name == name {
			return s, true
		}
	}
	return setting{}, false
}
