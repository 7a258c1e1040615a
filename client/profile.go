package client

import (
	"errors"
	"fmt"
	"net"
	"net/url"
	"strconv"
	"strings"
	"time"

	"example.com/thingdeck/client/transport"
)

// Broker is the address of an MQTT broker. The zero Broker is none; ParseBroker makes the others. Brokers can be
// compared with ==.
type Broker struct {
	// Scheme is the transport: mqtt, mqtts, ws or wss.
	Scheme string
	// Host is a name or an IP address, without brackets.
	Host string
	// Port is 1 to 65535.
	Port int
	// Path is that of the WebSocket transports, beginning with a slash, and empty for the others.
	Path string
}

// ParseBroker reads a broker's URL: mqtt://host[:1883], mqtts://host[:8883], ws://host[:80]/mqtt, wss://host[:443]/mqtt.
// The error is one line that names the URL and says what to write.
func ParseBroker(s string) (Broker, error) {
	b, err := parseBroker(s)
	if err != nil {
		return Broker{}, fmt.Errorf("broker %q: %w", withoutUser(s), err)
	}
	return b, nil
}

// withoutUser hides what may be a password.
func withoutUser(s string) string {
	i := strings.LastIndexByte(s, '@')
	if i < 0 {
		return s
	}
	scheme, _, ok := strings.Cut(s[:i], "://")
	if !ok {
		return "***" + s[i:]
	}
	return scheme + "://***" + s[i:]
}

func parseBroker(s string) (Broker, error) {
	scheme, rest, ok := strings.Cut(s, "://")
	if !ok {
		return Broker{}, errors.New("begins with no scheme: write mqtt://host[:1883]")
	}
	b := Broker{Scheme: strings.ToLower(scheme)}
	if b.Port = defaultPort(b.Scheme); b.Port == 0 {
		return Broker{}, fmt.Errorf("unknown scheme %q: write mqtt://, mqtts://, ws:// or wss://", scheme)
	}
	if strings.Contains(rest, "@") {
		return Broker{}, errors.New("holds a user name: give it apart")
	}
	u, err := url.Parse(s)
	if err != nil {
		var parse *url.Error
		if errors.As(err, &parse) {
			err = parse.Err
		}
		return Broker{}, err
	}
	b.Host = u.Hostname()
	if b.Host == "" {
		return Broker{}, fmt.Errorf("names no host: write %s://host[:%d]", b.Scheme, b.Port)
	}
	if p := u.Port(); p != "" {
		if b.Port, err = strconv.Atoi(p); err != nil || b.Port < 1 || b.Port > 65535 {
			return Broker{}, fmt.Errorf("a port is 1 to 65535: not %s", p)
		}
	}
	return b.withPath(u)
}

func (b Broker) withPath(u *url.URL) (Broker, error) {
	if u.RawQuery != "" || u.Fragment != "" {
		return Broker{}, errors.New("has something after the path: leave it out")
	}
	b.Path = u.EscapedPath()
	if b.webSocket() {
		if b.Path == "" || b.Path == "/" {
			b.Path = "/mqtt"
		}
		return b, nil
	}
	if b.Path != "" && b.Path != "/" {
		return Broker{}, fmt.Errorf("%s has no path: leave out %s", b.Scheme, b.Path)
	}
	b.Path = ""
	return b, nil
}

func (b Broker) webSocket() bool { return b.Scheme == "ws" || b.Scheme == "wss" }

func defaultPort(scheme string) int {
	switch scheme {
	case "mqtt":
		return 1883
	case "mqtts":
		return 8883
	case "ws":
		return 80
	case "wss":
		return 443
	}
	return 0
}

// Address is host:port, with brackets around an IPv6 address.
func (b Broker) Address() string { return net.JoinHostPort(b.Host, strconv.Itoa(b.Port)) }

// String is the URL with its port always written.
func (b Broker) String() string {
	if b == (Broker{}) {
		return ""
	}
	return b.Scheme + "://" + b.Address() + b.Path
}

// DefaultKeepAlive is used where a Profile says none.
const DefaultKeepAlive = 30 * time.Second

// Profile is how to connect: everything that one Session.Connect needs.
type Profile struct {
	// Broker is where to connect to.
	Broker Broker
	// ClientID names this client to the broker. When it is empty the Session makes one up, thingdeck-xxxx, and tells
	// it in Connecting and Connected.
	ClientID string
	// Username and Password are sent in CONNECT. There is no password without a user name.
	Username, Password string
	// KeepAlive is in whole seconds, 1 to 65535; 0 means DefaultKeepAlive.
	KeepAlive time.Duration
	// Persistent asks the broker to keep the session (subscriptions and QoS 1 messages) while away: clean session 0.
	Persistent bool
	// Transport is how to get there: certificates, signatures, headers. Its scheme, host, port and path are those of
	// Broker; it dials as Settings says unless it says otherwise. It is not changed after Connect.
	Transport transport.Options
	// AWS says that the broker is AWS IoT Core, so that failures are explained for it.
	AWS bool
	// Limits are checked before anything is sent: what passes them fails here, with the figure, in place of a connection that the
	// broker closes.
	Limits Limits
}

// transport is what to dial.
func (p Profile) transport() transport.Options {
	o := p.Transport
	o.Scheme, o.Host, o.Port, o.Path = p.Broker.Scheme, p.Broker.Host, p.Broker.Port, p.Broker.Path
	return o
}

// username is what CONNECT says: with the fields of a custom authorizer when they go there.
func (p Profile) username() string { return p.transport().Username(p.Username) }

// Check says what of the profile cannot work, before anything is sent. The error names the setting.
func (p Profile) Check() error {
	if p.Broker.Scheme == "" {
		return errors.New("no broker: write mqtt://host[:1883]")
	}
	if err := p.transport().Valid(); err != nil {
		return fmt.Errorf("broker %s: %w", p.Broker, err)
	}
	for _, s := range []struct{ name, text string }{{"client ID", p.ClientID}, {"user name", p.username()}} {
		if s.text == "" {
			continue
		}
		if err := checkString("a "+s.name, s.text); err != nil {
			return err
		}
	}
	if err := p.Limits.ClientID(p.ClientID); err != nil {
		return fmt.Errorf("client ID %s: %w", p.ClientID, err)
	}
	switch {
	case len(p.Password) > maxString:
		return fmt.Errorf("a password has at most %d bytes", maxString)
	case p.Password != "" && p.username() == "":
		return errors.New("a password needs a user name")
	case p.KeepAlive < 0 || p.KeepAlive > maxString*time.Second || p.KeepAlive%time.Second != 0:
		return fmt.Errorf("keep alive is 1 to %d whole seconds: not %s", maxString, p.KeepAlive)
	}
	return nil
}
