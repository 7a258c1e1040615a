package transport

import (
	"crypto/x509"
	"fmt"
	"os"
	"runtime"
	"slices"
	"time"

	"example.com/thingdeck/client/transport/sigv4"
)

// soon is how long before its end a client certificate is warned of.
const soon = 14 * 24 * time.Hour

// Check finds before dialling what cannot work or should not be: settings that contradict each other, files that cannot
// be read, are of the wrong kind, do not belong together, have expired or are not valid yet; and warns of keys that
// others can read. It reads files and uses no network.
// The error is a *Failure; warnings are one line each.
func Check(o Options) (warnings []string, err error) {
	o = o.withDefaults()
	if err := o.Valid(); err != nil {
		return nil, &Failure{Stage: Settings, Kind: BadSettings, Text: err.Error(), Err: err}
	}
	if o.SigV4 != nil {
		if at := sigv4.Region(o.Host); at != "" && o.SigV4.Region != "" && at != o.SigV4.Region {
			warnings = append(warnings, fmt.Sprintf("the endpoint is in %s but the region says %s: AWS will refuse the signature", at, o.SigV4.Region))
		}
	}
	if !o.secure() {
		return warnings, nil
	}
	if o.TLS.Insecure {
		warnings = append(warnings, "the server's certificate is not verified")
	}
	more, err := o.checkAuthorities()
	warnings = append(warnings, more...)
	if err != nil || o.TLS.CertFile == "" && o.TLS.KeyFile == "" {
		return warnings, err
	}
	more, err = o.checkIdentity()
	return append(warnings, more...), err
}

func (o Options) checkAuthorities() (warnings []string, err error) {
	authorities, err := o.TLS.authorities()
	if err != nil {
		return nil, err
	}
	now, valid := o.Now(), 0
	for _, c := range authorities {
		if now.After(c.NotAfter) || now.Before(c.NotBefore) {
			warnings = append(warnings, fmt.Sprintf("%s: the certificate %s is valid from %s to %s only", o.TLS.caName(), name(c), day(c.NotBefore), day(c.NotAfter)))
			continue
		}
		valid++
	}
	if len(authorities) > 0 && valid == 0 {
		return nil, badFile(o.TLS.caName(), warnings[0][len(o.TLS.caName())+2:], nil)
	}
	if len(warnings) > 3 {
		warnings = append(warnings[:3], fmt.Sprintf("%s: and %d more", o.TLS.caName(), len(warnings)-3))
	}
	return warnings, nil
}

func (t TLS) caName() string {
	if t.CAFile != "" {
		return t.CAFile
	}
	return "the CA given as text"
}

func day(t time.Time) string { return t.UTC().Format(time.DateOnly) }

func moment(t time.Time) string { return t.UTC().Format(time.DateTime + " MST") }

func (o Options) checkIdentity() (warnings []string, err error) {
	own, err := o.TLS.identity()
	if err != nil {
		return nil, err
	}
	leaf, file, now := own.chain[0], o.TLS.CertFile, o.Now()
	switch {
	case now.After(leaf.NotAfter):
		return nil, &Failure{Stage: Files, Kind: OwnExpired, Text: fmt.Sprintf("%s: the client certificate expired on %s", file, moment(leaf.NotAfter))}
	case now.Before(leaf.NotBefore):
		return nil, &Failure{Stage: Files, Kind: OwnNotYet, Text: fmt.Sprintf("%s: the client certificate is not valid before %s: is this computer's clock right?", file, moment(leaf.NotBefore))}
	case leaf.NotAfter.Sub(now) < soon:
		warnings = append(warnings, fmt.Sprintf("%s: the client certificate expires on %s", file, moment(leaf.NotAfter)))
	}
	if leaf.IsCA && leaf.KeyUsage&x509.KeyUsageCertSign != 0 { // openssl marks self-signed ones as CA
		warnings = append(warnings, file+": this is the certificate of a CA, not of a client")
	}
	if !forClients(leaf) {
		warnings = append(warnings, file+": this certificate is not meant for clients (extended key usage)")
	}
	return append(warnings, openToOthers(own.keyFile)...), nil
}

func forClients(c *x509.Certificate) bool {
	if len(c.ExtKeyUsage) == 0 && len(c.UnknownExtKeyUsage) == 0 {
		return true
	}
	return slices.Contains(c.ExtKeyUsage, x509.ExtKeyUsageClientAuth) || slices.Contains(c.ExtKeyUsage, x509.ExtKeyUsageAny)
}

// openToOthers warns of a key that other users of the machine can read.
func openToOthers(file string) []string {
	info, err := os.Stat(file)
	if err != nil || runtime.GOOS == "windows" || info.Mode().Perm()&0o077 == 0 {
		return nil
	}
	return []string{fmt.Sprintf("%s: others can read this key (mode %04o): chmod 600 %s", file, info.Mode().Perm(), file)}
}
