package policy

import (
	"crypto/sha256"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/hex"
	"strings"
)

// distinguished maps the attributes of a name that policies know to the last
// arc of their object identifier 2.5.4.N. It is never written.
var distinguished = [...]struct {
	name string
	arc  int
}{
	{"DistinguishedNameQualifier", 46},
	{"Country", 6},
	{"Organization", 10},
	{"OrganizationalUnit", 11},
	{"State", 8},
	{"CommonName", 3},
	{"SerialNumber", 5},
	{"Title", 12},
	{"Surname", 4},
	{"GivenName", 42},
	{"Initials", 43},
	{"Pseudonym", 65},
	{"GenerationQualifier", 44},
}

// alternative lists the kinds of alternative names; it is never written.
var alternative = [...]string{
	"RFC822Name", "DNSName", "DirectoryName", "UniformResourceIdentifier", "IPAddress",
}

// certificateAttribute returns the name of a certificate attribute in its own
// spelling, such as "Subject.CommonName", and whether policies know it.
func certificateAttribute(s string) (string, bool) {
	if strings.EqualFold(s, "SerialNumber") {
		return "SerialNumber", true
	}
	for _, of := range [...]string{"Subject.", "Issuer."} {
		for i := range distinguished {
			if name := of + distinguished[i].name; strings.EqualFold(s, name) {
				return name, true
			}
		}
		for _, a := range alternative {
			if name := of + "AlternativeName." + a; strings.EqualFold(s, name) {
				return name, true
			}
		}
	}
	return "", false
}

// maxValues is how many values of one attribute AWS IoT looks at.
const maxValues = 5

// CertificateValues returns the attributes of a certificate for
// Context.Certificate. Keys are the names of AWS's page "X.509 certificate
// policy variables" without "iot:Certificate.": "Subject.CommonName",
// "Issuer.Country", "Subject.AlternativeName.DNSName", "SerialNumber". An
// attribute has at most five values, in the certificate's order. Alternative
// names of the issuer and directory names are not read.
func CertificateValues(cert *x509.Certificate) map[string][]string {
	values := make(map[string][]string)
	add := func(name, value string) {
		if value != "" && len(values[name]) < maxValues {
			values[name] = append(values[name], value)
		}
	}
	addName(add, "Subject.", cert.Subject)
	addName(add, "Issuer.", cert.Issuer)
	const san = "Subject.AlternativeName."
	for _, v := range cert.EmailAddresses {
		add(san+"RFC822Name", v)
	}
	for _, v := range cert.DNSNames {
		add(san+"DNSName", v)
	}
	for _, v := range cert.URIs {
		add(san+"UniformResourceIdentifier", v.String())
	}
	for _, v := range cert.IPAddresses {
		add(san+"IPAddress", v.String())
	}
	if cert.SerialNumber != nil {
		add("SerialNumber", colonHex(cert.SerialNumber.Bytes()))
	}
	return values
}

func addName(add func(name, value string), prefix string, name pkix.Name) {
	for _, attribute := range name.Names {
		id := attribute.Type
		value, isText := attribute.Value.(string)
		if !isText || len(id) != 4 || id[0] != 2 || id[1] != 5 || id[2] != 4 {
			continue
		}
		for i := range distinguished {
			if distinguished[i].arc == id[3] {
				add(prefix+distinguished[i].name, value)
			}
		}
	}
}

// colonHex writes bytes as 92:12:85, the form in which AWS's page shows a
// serial number.
func colonHex(b []byte) string {
	var out strings.Builder
	for i, c := range b {
		if i > 0 {
			out.WriteByte(':')
		}
		out.WriteString(hex.EncodeToString([]byte{c}))
	}
	return out.String()
}

// CertificateID returns the ID that AWS IoT gives a certificate: the SHA-256
// of its DER form, 64 hexadecimal digits.
func CertificateID(cert *x509.Certificate) string {
	sum := sha256.Sum256(cert.Raw)
	return hex.EncodeToString(sum[:])
}
