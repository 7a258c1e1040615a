package config

import (
	"fmt"
	"net"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"example.com/thingdeck/client"
	"example.com/thingdeck/client/transport"
)

// Kind is what a profile began as. It fills in settings and restricts none.
type Kind string

// The kinds of profile.
const (
	KindX509   Kind = "AWS X.509"
	KindIAM    Kind = "AWS with IAM credentials"
	KindCustom Kind = "AWS custom authorizer"
	KindOther  Kind = "Other broker"
	KindLocal  Kind = "Local"
)

// Kinds are all of them, in the order in which they are offered.
func Kinds() []Kind { return []Kind{KindX509, KindIAM, KindCustom, KindOther, KindLocal} }

// AWS says that the broker is AWS IoT Core.
func (k Kind) AWS() bool { return k == KindX509 || k == KindIAM || k == KindCustom }

func kindNames() []string {
	var names []string
	for _, k := range Kinds() {
		names = append(names, string(k))
	}
	return names
}

// Profile is a saved connection. Its fields are settings by their flag's name, plus kind, limits and newest-first; they
// hold any text until Check has nothing to say. A Profile is not for several goroutines at once, and two never share
// what Set changes only if Clone made one of the other.
type Profile struct {
	Name   string
	values Values
}

// Field describes one field of a profile for a form.
type Field struct {
	Name string
	// Choices are the only texts allowed, if there are any: true and false for what is on or off.
	Choices []string
	// Many allows several texts.
	Many bool
	// File says that the text names a file or folder.
	File bool
	// Default is what an empty field means; "" is nothing or guessed from the rest.
	Default string
	// Own says that it is about the connection; the rest is about the program or the local AWS IoT.
	Own bool
}

// Fields are those that a profile may have, in their order.
func Fields() []Field {
	var fields []Field
	for _, s := range settings() {
		if s.in&inProfile == 0 {
			continue
		}
		f := Field{Name: s.name, Choices: s.choices, Many: s.kind == list, File: s.kind == path, Default: s.def, Own: s.own}
		if s.kind == boolean {
			f.Choices = []string{"true", "false"}
		}
		fields = append(fields, f)
	}
	return fields
}

// Preset is a new profile of the kind, without a name: transport, port, ALPN, authentication and limits are filled in.
func Preset(k Kind) Profile {
	var p Profile
	p.Apply(k)
	return p
}

// preset is what a kind fills in: the table of protocols, authentication, ports and ALPN of AWS IoT Core's
// "Device communication protocols" page.
func preset(k Kind) (scheme string, port int, fields map[string]string) {
	switch k {
	case KindX509:
		return "mqtts", 8883, map[string]string{"auth": "x509", "limits": "aws"}
	case KindIAM:
		return "wss", 443, map[string]string{"auth": "sigv4", "limits": "aws"}
	case KindCustom:
		return "mqtts", 443, map[string]string{"auth": "custom", "alpn": transport.ALPNCustom, "limits": "aws"}
	case KindOther:
		return "mqtt", 1883, map[string]string{"limits": "none"}
	}
	return "", 0, map[string]string{"limits": "aws"}
}

// Apply makes the profile one of the kind: it sets what Preset sets and keeps the rest, the broker's host too.
func (p *Profile) Apply(k Kind) {
	scheme, port, fields := preset(k)
	host := hostOf(p.Text("broker"))
	for _, name := range []string{"kind", "broker", "auth", "alpn", "limits"} {
		delete(p.values.said, name)
	}
	_ = p.Set("kind", string(k))
	for name, value := range fields {
		_ = p.Set(name, value)
	}
	if scheme == "" {
		return
	}
	broker := scheme + "://" + net.JoinHostPort(host, strconv.Itoa(port))
	if scheme == "wss" {
		broker += "/mqtt"
	}
	_ = p.Set("broker", broker)
}

// hostOf finds the host even where the rest of the URL is not ready.
func hostOf(broker string) string {
	if b, err := client.ParseBroker(broker); err == nil {
		return b.Host
	}
	if !strings.Contains(broker, "://") {
		broker = "mqtt://" + broker
	}
	if u, err := url.Parse(broker); err == nil {
		return u.Hostname()
	}
	return ""
}

// Kind is the profile's, or KindOther where it says none that exists.
func (p Profile) Kind() Kind {
	if k := Kind(p.Text("kind")); slices.Contains(Kinds(), k) {
		return k
	}
	return KindOther
}

// Set gives a field its text, right or wrong, or several where the field takes many. No text, or an empty one, takes the
// field out. The error is for a field that no profile has.
func (p *Profile) Set(field string, texts ...string) error {
	s, ok := findSetting(field)
	if !ok || s.in&inProfile == 0 {
		return fmt.Errorf("%s", whyNot(field, ok, inProfile))
	}
	texts = slices.DeleteFunc(slices.Clone(texts), func(t string) bool { return t == "" })
	if len(texts) == 0 {
		delete(p.values.said, field)
		return nil
	}
	p.values.raw(field, texts, "")
	return nil
}

// Text is a field's text, "" where it has none. A list's texts are joined by line feeds.
func (p Profile) Text(field string) string { return p.values.Text(field) }

// Texts are those of a field that takes many.
func (p Profile) Texts(field string) []string { return p.values.Texts(field) }

// Clone is a copy that shares nothing.
func (p Profile) Clone() Profile { return Profile{Name: p.Name, values: p.values.clone()} }

// Format shows the name alone: a field may hold what was meant for another.
func (p Profile) Format(f fmt.State, _ rune) { _, _ = fmt.Fprintf(f, "profile %q", p.Name) }
