package policy

import (
	"net/netip"
	"strconv"
	"strings"
	"unicode/utf8"
)

// Context is what is known of the one who asks: the values behind policy
// variables and condition keys. A field left empty has no value. It must not
// be changed while an evaluation runs; several may share it.
type Context struct {
	// ClientID is the MQTT client ID: iot:ClientId.
	ClientID string
	// SourceIP is where the connection comes from: aws:SourceIp.
	SourceIP netip.Addr
	// DomainName is the host name the client asked for: iot:DomainName.
	DomainName string

	// ThingName, ThingType and ThingAttributes describe the thing in the
	// registry: iot:Connection.Thing.ThingName, .ThingTypeName and
	// .Attributes[name]. AWS IoT fills them on MQTT connections only, for the
	// thing named like the client ID.
	ThingName       string
	ThingType       string
	ThingAttributes map[string]string
	// ThingAttached says that the certificate is attached to the thing:
	// iot:Connection.Thing.IsAttached, which always has a value.
	ThingAttached bool

	// CertificateID is the AWS IoT certificate ID: iot:CertificateId. See
	// CertificateID.
	CertificateID string
	// Certificate holds the attributes of the client's certificate, as
	// CertificateValues makes them: iot:Certificate.NAME.
	Certificate map[string][]string

	// ConnectAttributes are the features that a CONNECT asks for, such as
	// PersistentConnect and LastWill: iot:ConnectAttributes.
	ConnectAttributes []string
	// LastWillTopic is the topic of the will of a CONNECT: iot:LastWillTopic.
	LastWillTopic string
}

// The values of iot:ConnectAttributes. A CONNECT has PersistentConnect when it
// asks for a persistent session and LastWill when it carries a will.
const (
	PersistentConnect = "PersistentConnect"
	LastWill          = "LastWill"
)

type keyID uint8

const (
	keyUnknown keyID = iota // never has a value
	keyClientID
	keySourceIP
	keyDomainName
	keyThingName
	keyThingType
	keyThingAttribute
	keyThingAttached
	keyCertificateID
	keyCertificate
	keyConnectAttributes
	keyLastWillTopic
)

// key names a value of Context.
type key struct {
	id    keyID
	name  string // keyThingAttribute, keyCertificate
	index int    // keyCertificate
	list  bool   // keyCertificate: all values
}

// parseKey returns the key that name stands for, and whether it is a known
// one. As in IAM, the names of keys do not depend on case.
func parseKey(name string) (key, bool) {
	lower := strings.ToLower(name)
	switch lower {
	case "iot:clientid":
		return key{id: keyClientID}, true
	case "aws:sourceip":
		return key{id: keySourceIP}, true
	case "iot:domainname":
		return key{id: keyDomainName}, true
	case "iot:connection.thing.thingname", "iot:thing.thingname":
		// AWS's own examples use the short form beside the long one.
		return key{id: keyThingName}, true
	case "iot:connection.thing.thingtypename":
		return key{id: keyThingType}, true
	case "iot:connection.thing.isattached":
		return key{id: keyThingAttached}, true
	case "iot:certificateid":
		return key{id: keyCertificateID}, true
	case "iot:connectattributes":
		return key{id: keyConnectAttributes}, true
	case "iot:lastwilltopic":
		return key{id: keyLastWillTopic}, true
	}
	const attributes, certificate = "iot:connection.thing.attributes[", "iot:certificate."
	switch {
	case strings.HasPrefix(lower, attributes) && strings.HasSuffix(name, "]"):
		return key{id: keyThingAttribute, name: name[len(attributes) : len(name)-1]}, true
	case strings.HasPrefix(lower, certificate):
		return parseCertificateKey(name[len(certificate):])
	}
	return key{}, false
}

// parseCertificateKey reads what follows iot:Certificate. : an attribute, then
// .N for the value with that index from 0, or .List for all of them.
func parseCertificateKey(s string) (key, bool) {
	k := key{id: keyCertificate}
	if dot := strings.LastIndexByte(s, '.'); dot >= 0 {
		if n, err := strconv.Atoi(s[dot+1:]); err == nil && n >= 0 {
			k.index, s = n, s[:dot]
		} else if strings.EqualFold(s[dot+1:], "List") {
			k.list, s = true, s[:dot]
		}
	}
	var ok bool
	k.name, ok = certificateAttribute(s)
	if !ok {
		return key{}, false
	}
	return k, true
}

// values returns the values of k, none when it has none. A single value is
// appended to room, so that a caller with room on its stack allocates nothing.
func (c *Context) values(k *key, room []string) []string {
	if c == nil {
		return nil
	}
	var one string
	switch k.id {
	case keyClientID:
		one = c.ClientID
	case keySourceIP:
		if c.SourceIP.IsValid() {
			one = c.SourceIP.Unmap().String()
		}
	case keyDomainName:
		one = c.DomainName
	case keyThingName:
		one = c.ThingName
	case keyThingType:
		one = c.ThingType
	case keyThingAttribute:
		one = c.ThingAttributes[k.name]
	case keyThingAttached:
		one = strconv.FormatBool(c.ThingAttached)
	case keyCertificateID:
		one = c.CertificateID
	case keyCertificate:
		all := c.Certificate[k.name]
		if k.list {
			return all
		}
		if k.index < len(all) {
			one = all[k.index]
		}
	case keyConnectAttributes:
		return c.ConnectAttributes
	case keyLastWillTopic:
		one = c.LastWillTopic
	}
	if one == "" {
		return nil
	}
	return append(room, one)
}

// value returns what replaces the variable k in a pattern. As AWS's page "X.509
// certificate policy variables" says, an attribute with a wildcard in it or of
// more than 1024 characters does not replace its variable.
func (c *Context) value(k *key) (string, bool) {
	if k.list || k.id == keyConnectAttributes || k.id == keyLastWillTopic {
		return "", false
	}
	var room [1]string
	all := c.values(k, room[:0])
	if len(all) == 0 {
		return "", false
	}
	if k.id == keyCertificate && (strings.ContainsAny(all[0], "*?") || tooLong(all[0])) {
		return "", false
	}
	return all[0], true
}

func tooLong(s string) bool {
	return len(s) > maxAttribute && utf8.RuneCountInString(s) > maxAttribute
}

const maxAttribute = 1024

// resolve appends the value of each key to room, and reports whether all have
// one.
func (c *Context) resolve(keys []key, room []string) ([]string, bool) {
	for i := range keys {
		v, ok := c.value(&keys[i])
		if !ok {
			return nil, false
		}
		room = append(room, v)
	}
	return room, true
}
