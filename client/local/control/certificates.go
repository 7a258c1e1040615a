package control

import (
	"crypto/x509"
	"encoding/pem"
	"net/http"
	"strings"
	"time"

	"example.com/thingdeck/client/local/policy"
)

// certJSON is a certificate in answers.
type certJSON struct {
	ARN      string    `json:"certificateArn"`
	ID       string    `json:"certificateId"`
	Status   string    `json:"status,omitempty"`
	Mode     string    `json:"certificateMode,omitempty"`
	Created  float64   `json:"creationDate,omitempty"`
	PEM      string    `json:"certificatePem,omitempty"`
	KeyPair  *keysJSON `json:"keyPair,omitempty"`
	OwnedBy  string    `json:"ownedBy,omitempty"`
	Modified float64   `json:"lastModifiedDate,omitempty"`
	Changes  int64     `json:"customerVersion,omitempty"`
	Validity *struct {
		NotBefore float64 `json:"notBefore"`
		NotAfter  float64 `json:"notAfter"`
	} `json:"validity,omitempty"`
}

type keysJSON struct {
	Public  string `json:"PublicKey"`
	Private string `json:"PrivateKey"`
}

// createKeysAndCertificate hands the private key out, once, and keeps no copy.
func (r *Registry) createKeysAndCertificate(req *http.Request) (any, error) {
	status := inactive
	if on, err := flag(req, "setAsActive"); err != nil {
		return nil, err
	} else if on {
		status = active
	}
	ca, err := r.authority()
	if err != nil {
		return nil, invalid("certificates cannot be issued: %v", err)
	}
	made, err := ca.issue(time.Now()) // whoever checks the certificate has the real time
	if err != nil {
		return nil, err
	}
	r.change.Lock()
	defer r.change.Unlock()
	now := r.opt.Now()
	c := &certificate{
		ID: policy.CertificateID(made.cert), Number: r.number(), PEM: made.pem, Status: status, Created: now, Changed: now, Changes: 1,
	}
	if err := r.keepCertificate(c); err != nil {
		return nil, err
	}
	return certJSON{ARN: r.arn("cert", c.ID), ID: c.ID, PEM: c.PEM, KeyPair: &keysJSON{made.publicKey, made.keyInPEM}}, nil
}

// certificate finds one that was not deleted.
func (r *Registry) certificate(id string) (*certificate, error) {
	r.mu.RLock()
	defer r.mu.RUnlock()
	c := r.certs[id]
	if c == nil || c.Status == deleted {
		return nil, notFound("Certificate not found")
	}
	return c, nil
}

func (r *Registry) certificateOf(req *http.Request) (*certificate, error) {
	id := strings.ToLower(req.PathValue("id"))
	if len(id) != 64 || strings.Trim(id, "0123456789abcdef") != "" {
		return nil, invalid("certificate ID: 64 hexadecimal digits")
	}
	return r.certificate(id)
}

// changed is a copy of a certificate for a change at this time.
func (r *Registry) changed(c *certificate) *certificate {
	next := *c
	next.Changed, next.Changes = r.opt.Now(), c.Changes+1
	return &next
}

func (r *Registry) describeCertificate(req *http.Request) (any, error) {
	c, err := r.certificateOf(req)
	if err != nil {
		return nil, err
	}
	out := certJSON{
		ARN: r.arn("cert", c.ID), ID: c.ID, Status: c.Status, Mode: "DEFAULT", Created: epoch(c.Created), PEM: c.PEM,
		OwnedBy: r.opt.Account, Modified: epoch(c.Changed), Changes: c.Changes,
	}
	if block, _ := pem.Decode([]byte(c.PEM)); block != nil {
		if cert, err := x509.ParseCertificate(block.Bytes); err == nil {
			out.Validity = &struct {
				NotBefore float64 `json:"notBefore"`
				NotAfter  float64 `json:"notAfter"`
			}{epoch(cert.NotBefore), epoch(cert.NotAfter)}
		}
	}
	return struct {
		Certificate certJSON `json:"certificateDescription"`
	}{out}, nil
}

func (r *Registry) updateCertificate(req *http.Request) (any, error) {
	status := req.URL.Query().Get("newStatus")
	switch status {
	case active, inactive, revoked:
	default:
		return nil, invalid("newStatus: ACTIVE, INACTIVE or REVOKED")
	}
	r.change.Lock()
	defer r.change.Unlock()
	c, err := r.certificateOf(req)
	if err != nil {
		return nil, err
	}
	next := r.changed(c)
	next.Status = status
	return nil, r.keepCertificate(next)
}

// deleteCertificate is DeleteCertificate. The ID is kept, so that the certificate stays shut out.
func (r *Registry) deleteCertificate(req *http.Request) (any, error) {
	force, err := flag(req, "forceDelete")
	if err != nil {
		return nil, err
	}
	r.change.Lock()
	defer r.change.Unlock()
	c, err := r.certificateOf(req)
	switch {
	case err != nil:
		return nil, err
	case c.Status == active:
		return nil, &fault{status: http.StatusNotAcceptable, name: "CertificateStateException",
			text: "Certificate must be deactivated (not ACTIVE) before deletion."}
	case len(c.Things) > 0:
		return nil, conflict("Things must be detached before deletion (arn: %s)", r.arn("cert", c.ID))
	case len(c.Policies) > 0 && !force:
		return nil, conflict("Certificate policies must be detached before deletion (arn: %s)", r.arn("cert", c.ID))
	}
	return nil, r.keepCertificate(&certificate{ID: c.ID, Number: c.Number, Status: deleted, Created: c.Created, Changed: r.opt.Now()})
}

func (r *Registry) listCertificates(req *http.Request) (any, error) {
	descending, err := newestFirst(req)
	if err != nil {
		return nil, err
	}
	some, next, err := page(req, markers(), r.certificates(), func(c *certificate) string { return numbered(c.Number) }, descending)
	if err != nil {
		return nil, err
	}
	out := struct {
		Certificates []certJSON `json:"certificates"`
		Next         string     `json:"nextMarker,omitempty"`
	}{make([]certJSON, len(some)), next}
	for i, c := range some {
		out.Certificates[i] = certJSON{ARN: r.arn("cert", c.ID), ID: c.ID, Status: c.Status, Mode: "DEFAULT", Created: epoch(c.Created)}
	}
	return out, nil
}

// certificates are those that were not deleted, in no order.
func (r *Registry) certificates() []*certificate {
	r.mu.RLock()
	defer r.mu.RUnlock()
	var all []*certificate
	for _, c := range r.certs {
		if c.Status != deleted {
			all = append(all, c)
		}
	}
	return all
}
