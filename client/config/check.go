package config

import (
	"errors"
	"fmt"
	"net"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"unicode/utf8"

	"example.com/thingdeck/client"
)

// Problems are what is wrong, by field; the text of each stands beside its field.
type Problems map[string]error

// First is the first field of the form with a problem; nil when there is none.
func (p Problems) First() (field string, err error) {
	if err := p["name"]; err != nil {
		return "name", err
	}
	for _, s := range settings() {
		if err := p[s.name]; err != nil {
			return s.name, err
		}
	}
	return "", nil
}

// Check looks at every field by itself and at those that need each other. It opens no file. The result is empty for a
// profile that can be saved.
func (p Profile) Check() Problems {
	found := Problems{}
	if err := CheckName(p.Name); err != nil {
		found["name"] = err
	}
	v := p.checked(found)
	switch {
	case p.Kind() == KindLocal && v.Has("broker"):
		found["broker"] = errors.New("a local profile has none: thingdeck starts it")
	case p.Kind() != KindLocal && !p.values.Has("broker"):
		found["broker"] = errors.New("write mqtt://host[:1883]")
	}
	together(v, found)
	return found
}

// checked is the canonical form of the fields that are right.
func (p Profile) checked(found Problems) Values {
	var v Values
	for _, s := range settings() {
		if texts := p.values.Texts(s.name); len(texts) > 0 {
			if err := v.put(s, texts, p.values.said[s.name].origin); err != nil {
				found[s.name] = err
			}
		}
	}
	return v
}

// together checks what fields say about each other, for a profile and for all places taken together. Only fields that
// are right by themselves are looked at, and only what is set: nothing here knows about defaults.
func together(v Values, found Problems) {
	add := func(field, format string, args ...any) {
		if found[field] == nil {
			found[field] = fmt.Errorf(format, args...)
		}
	}
	if len(v.Text("cert")) > 0 && !v.Has("key") && !bundle(v.Text("cert")) && found["key"] == nil {
		add("key", "the certificate needs its private key")
	}
	if v.Has("key") && !v.Has("cert") && found["cert"] == nil {
		add("cert", "the private key needs its certificate")
	}
	broker, err := client.ParseBroker(v.Text("broker"))
	if err != nil {
		return
	}
	if v.Has("shadow") && !v.Has("thing") {
		add("shadow", "needs a thing")
	}
	tls := broker.Scheme == "mqtts" || broker.Scheme == "wss"
	if !tls {
		for _, field := range []string{"ca", "cert", "key", "alpn"} {
			if v.Has(field) {
				add(field, "works with mqtts:// and wss:// only")
			}
		}
		if v.Text("insecure") == "true" {
			add("insecure", "%s:// does not verify the server anyway", broker.Scheme)
		}
	}
	authTogether(v, broker, tls, found, add)
	limitsTogether(v, broker, add)
}

func authTogether(v Values, broker client.Broker, tls bool, found Problems, add func(string, string, ...any)) {
	auth := Auth(v.Text("auth"))
	switch {
	case auth == "" || found["auth"] != nil:
	case auth == AuthX509 && !tls, auth == AuthCustom && !tls:
		add("auth", "%s works with mqtts:// and wss:// only", auth)
	case auth == AuthX509 && !v.Has("cert") && found["cert"] == nil:
		add("cert", "the client certificate that x509 needs")
	case auth == AuthSigV4 && broker.Scheme != "wss":
		add("auth", "sigv4 works with wss:// only")
	case auth == AuthSigV4 && !v.Has("region") && found["region"] == nil && RegionOf(broker.Host) == "":
		add("region", "%s does not tell the AWS region", broker.Host)
	case auth == AuthPassword && !v.Has("username") && found["username"] == nil:
		add("username", "a password needs a user name")
	}
}

func limitsTogether(v Values, broker client.Broker, add func(string, string, ...any)) {
	if limits := v.Text("limits"); limits == "none" || limits == "" && RegionOf(broker.Host) == "" {
		return
	}
	if id := v.Text("client-id"); len(id) > 128 {
		add("client-id", "AWS allows 128 bytes: this one has %d", len(id))
	} else if strings.HasPrefix(id, "$") {
		add("client-id", "AWS allows no client ID that begins with $")
	}
	for _, t := range v.Texts("subscribe") {
		if s, err := client.ParseSubscription(t); err == nil && s.QoS > 1 {
			add("subscribe", "%s: AWS knows no QoS 2", s.Filter)
		}
	}
}

// Advice is what may be right and usually is not, by field: AWS's own combinations of port, ALPN and authentication,
// which a domain configuration may change.
func (p Profile) Advice() map[string]string {
	advice := map[string]string{}
	v := p.checked(Problems{})
	broker, err := client.ParseBroker(v.Text("broker"))
	if err != nil {
		return advice
	}
	if s, err := strconv.Atoi(v.Text("keep-alive")); err == nil && v.Text("limits") == "aws" && (s < 30 || s > 1200) {
		advice["keep-alive"] = "AWS takes less than 30 as 30 and more than 1200 as 1200"
	}
	if v.Text("insecure") == "true" {
		advice["insecure"] = "anyone on the way can read and change everything"
	}
	if RegionOf(broker.Host) == "" {
		return advice
	}
	auth, alpn := Auth(v.Text("auth")), v.Text("alpn")
	switch {
	case broker.Scheme == "mqtt" || broker.Scheme == "ws":
		advice["broker"] = "AWS wants TLS: mqtts:// or wss://"
	case broker.Scheme == "mqtts" && auth == AuthX509 && broker.Port == 443 && alpn != "x-amzn-mqtt-ca":
		advice["alpn"] = "AWS wants x-amzn-mqtt-ca for certificates on port 443"
	case broker.Scheme == "mqtts" && auth == AuthCustom && (broker.Port != 443 || alpn != "mqtt"):
		advice["alpn"] = "AWS wants port 443 and mqtt for custom authorizers"
	case broker.Scheme == "mqtts" && broker.Port == 8883 && alpn != "":
		advice["alpn"] = "AWS wants none on port 8883"
	case broker.Scheme == "wss" && broker.Port != 443:
		advice["broker"] = "AWS has WebSockets on port 443"
	}
	return advice
}

// RegionOf is the region in the host name of an AWS IoT endpoint, PREFIX.iot.REGION.amazonaws.com, or "".
func RegionOf(host string) string {
	_, rest, ok := strings.Cut(strings.ToLower(host), ".iot.")
	if !ok {
		return ""
	}
	region, rest, _ := strings.Cut(rest, ".")
	if rest != "amazonaws.com" && rest != "amazonaws.com.cn" {
		return ""
	}
	return region
}

// bundle says that a certificate's file is PKCS#12, which holds the key too.
func bundle(file string) bool {
	ext := strings.ToLower(filepath.Ext(file))
	return ext == ".p12" || ext == ".pfx"
}

func checkBroker(s string) error {
	_, err := client.ParseBroker(s)
	return err
}

func checkSubscription(s string) error {
	if _, err := client.ParseSubscription(s); err != nil {
		return fmt.Errorf("%q: %w", s, err)
	}
	return nil
}

// checkString is MQTT's rule for a UTF-8 string, and that of a line of text.
func checkString(s string) error {
	switch {
	case s == "":
		return errors.New("at least one character")
	case len(s) > 65535:
		return fmt.Errorf("at most 65535 bytes: this one has %d", len(s))
	case !utf8.ValidString(s):
		return errors.New("not UTF-8")
	case strings.ContainsFunc(s, func(r rune) bool { return r < ' ' || r == 0x7f }):
		return errors.New("no control characters")
	}
	return nil
}

// checkUsername keeps a custom authorizer's token out of files and flags.
func checkUsername(s string) error {
	if strings.Contains(s, "?") && strings.Contains(s, "=") && strings.Contains(s, "x-amz-customauthorizer") {
		return errors.New("the name alone: set authorizer and token-key, the token is kept apart")
	}
	return checkString(s)
}

// checkALPN: RFC 7301 allows 1 to 255 bytes.
func checkALPN(s string) error {
	if err := checkString(s); err != nil {
		return err
	}
	if len(s) > 255 {
		return fmt.Errorf("at most 255 bytes: this one has %d", len(s))
	}
	return nil
}

func checkKeepAlive(s string) error {
	if n, err := strconv.Atoi(s); err != nil || n < 1 || n > 65535 {
		return fmt.Errorf("1 to 65535 seconds: not %s", s)
	}
	return nil
}

// matches is the rule of a name that AWS's API reference gives as a pattern and a length.
func matches(s, pattern string, most int) error {
	if len(s) > most {
		return fmt.Errorf("at most %d characters: this one has %d", most, len(s))
	}
	if s == "" {
		return errors.New("at least one character")
	}
	// Not the whole text: a token may have been meant for another field.
	allowed := regexp.MustCompile("^" + pattern + "$")
	for _, r := range s {
		if !allowed.MatchString(string(r)) {
			return fmt.Errorf("%s only: not %q", pattern, r)
		}
	}
	return nil
}

func checkAuthorizer(s string) error { return matches(s, `[a-zA-Z0-9_=,@-]`, 128) }
func checkTokenKey(s string) error   { return matches(s, `[a-zA-Z0-9_-]`, 128) }
func checkThing(s string) error      { return matches(s, `[a-zA-Z0-9:_-]`, 128) }
func checkShadow(s string) error     { return matches(s, `[a-zA-Z0-9:_-]`, 64) }
func checkRegion(s string) error     { return matches(s, `[a-z0-9-]`, 32) }

func checkListen(s string) error {
	_, port, err := net.SplitHostPort(s)
	if err != nil {
		return fmt.Errorf("an address such as 127.0.0.1:1883: not %q", s)
	}
	if n, err := strconv.Atoi(port); err != nil || n < 0 || n > 65535 {
		return fmt.Errorf("a port is 0 to 65535: not %q", port)
	}
	return nil
}
