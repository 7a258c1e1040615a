package transport

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"strings"
	"time"
)

// judgeServer looks for what is wrong with the server's certificate.
func judgeServer(f *Failure, err error) bool {
	var invalid x509.CertificateInvalidError
	var host x509.HostnameError
	var unknown x509.UnknownAuthorityError
	var verification *tls.CertificateVerificationError
	switch {
	case errors.As(err, &host):
		f.Kind = ServerWrongHost
		f.Text = fmt.Sprintf("the server's certificate is for %s, not for %s", names(host.Certificate), host.Host)
	case errors.As(err, &invalid) && invalid.Reason == x509.Expired && invalid.Cert != nil:
		judgeDates(f, invalid.Cert, invalid.Detail)
	case errors.As(err, &unknown):
		f.Kind, f.Text = ServerUnknownCA, "the server's certificate is signed by "+issuer(unknown.Cert, err)+", which is not trusted here"
	case errors.As(err, &verification), errors.As(err, &invalid):
		f.Kind, f.Text = ServerBadCert, "the server's certificate is not valid: "+printable(innermost(err))
	default:
		return false
	}
	return true
}

// judgeDates tells expired from not yet valid; Go has one reason for both.
func judgeDates(f *Failure, c *x509.Certificate, detail string) {
	whose := "the server's certificate"
	if c.IsCA {
		whose = "the certificate of the server's authority " + name(c)
	}
	if strings.Contains(detail, "before") {
		f.Kind, f.Text = ServerNotYet, fmt.Sprintf("%s is not valid before %s", whose, c.NotBefore.UTC().Format(time.DateTime+" MST"))
		return
	}
	f.Kind, f.Text = ServerExpired, fmt.Sprintf("%s expired on %s", whose, c.NotAfter.UTC().Format(time.DateTime+" MST"))
}

// issuer names who signed what the server showed. The certificate in the error may be one of the chain.
func issuer(c *x509.Certificate, err error) string {
	var verification *tls.CertificateVerificationError
	if c == nil && errors.As(err, &verification) && len(verification.UnverifiedCertificates) > 0 {
		c = verification.UnverifiedCertificates[0]
	}
	if c == nil {
		return "an unknown authority"
	}
	if c.Subject.String() == c.Issuer.String() {
		return "itself (" + name(c) + ")"
	}
	if n := c.Issuer.CommonName; n != "" {
		return printable(n)
	}
	return printable(c.Issuer.String())
}

// name is what a certificate calls itself.
func name(c *x509.Certificate) string {
	if c.Subject.CommonName != "" {
		return printable(c.Subject.CommonName)
	}
	return printable(c.Subject.String())
}

// names are the hosts that a certificate is for, the first few.
func names(c *x509.Certificate) string {
	var all []string
	for _, n := range c.DNSNames {
		all = append(all, printable(n))
	}
	for _, ip := range c.IPAddresses {
		all = append(all, ip.String())
	}
	switch {
	case len(all) == 0:
		return "no host by name (" + name(c) + ")"
	case len(all) > 4:
		return strings.Join(all[:4], ", ") + fmt.Sprintf(" and %d more", len(all)-4)
	}
	return strings.Join(all, ", ")
}

func innermost(err error) string {
	for {
		next := errors.Unwrap(err)
		if next == nil {
			return err.Error()
		}
		err = next
	}
}

// printable makes one short line of what came from outside.
func printable(s string) string {
	out := strings.Map(func(r rune) rune {
		if r < ' ' || r > '~' && r < 0xa0 || r == 0xfffd || r >= 0x200b && r <= 0x200f || r >= 0x2028 && r <= 0x202e ||
			r >= 0x2060 && r <= 0x206f || r == 0xfeff {
			return '?'
		}
		return r
	}, s)
	if runes := []rune(out); len(runes) > 200 {
		return string(runes[:200]) + "…"
	}
	return out
}

// alertKinds are what AWS and others send for a client certificate that they do not take; RFC 8446, section 6.2.
var alertKinds = map[uint8]struct {
	kind Kind
	text string
}{
	40:  {HandshakeFailed, "the server ended TLS: no version, cipher or certificate in common"},
	42:  {CertBad, "the server does not take the client certificate (bad certificate)"},
	43:  {CertBad, "the server does not take the client certificate (unsupported certificate)"},
	44:  {CertRevoked, "the server says that the client certificate is revoked"},
	45:  {CertExpired, "the server says that the client certificate has expired"},
	46:  {CertBad, "the server does not take the client certificate (certificate unknown)"},
	48:  {CertUnknownCA, "the server does not know who signed the client certificate (unknown CA)"},
	49:  {AccessDenied, "the server denies access (TLS alert)"},
	51:  {CertBad, "the server cannot verify the client certificate's signature (decrypt error)"},
	70:  {HandshakeFailed, "the server does not speak TLS 1.2 or 1.3"},
	71:  {HandshakeFailed, "the server wants stronger TLS than was agreed on"},
	112: {UnknownName, "the server does not know the name it was asked for (SNI)"},
	116: {CertRequired, "the server wants a client certificate"},
	120: {NoProtocol, "the server takes none of the ALPN protocols offered"},
}

// judgeAlert recognises a TLS alert of the server. Its type is not exported, its text is that of tls.AlertError.
func judgeAlert(f *Failure, err error) bool {
	var header tls.RecordHeaderError
	if errors.As(err, &header) {
		f.Kind, f.Text = NotTLS, "the server does not speak TLS on this port"
		return true
	}
	var op *net.OpError
	if !errors.As(err, &op) || op.Op != "remote error" {
		return false
	}
	text := op.Err.Error()
	for n := range 256 {
		if tls.AlertError(n).Error() != text {
			continue
		}
		f.Alert = uint8(n)
		if known, ok := alertKinds[f.Alert]; ok {
			f.Kind, f.Text = known.kind, known.text
		} else {
			f.Kind, f.Text = OtherAlert, fmt.Sprintf("the server ended TLS: %s (alert %d)", strings.TrimPrefix(text, "tls: "), n)
		}
		return true
	}
	return false
}
