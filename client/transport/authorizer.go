package transport

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"

	"golang.org/x/net/http/httpguts"
)

// Carrier is how a custom authorizer's fields reach AWS.
type Carrier string

// The carriers. UserName over a WebSocket needs ALPN mqtt on AWS.
const (
	Headers  Carrier = "headers"  // of the upgrade; the default on a WebSocket
	Query    Carrier = "query"    // of the upgrade's URL
	UserName Carrier = "username" // of CONNECT; the default elsewhere
)

// Authorizer is a custom authorizer of AWS IoT Core and what it is shown. The zero Authorizer is none.
type Authorizer struct {
	// Name may be empty where the endpoint has a default authorizer.
	Name string
	// TokenKey, Token and Signature belong to an authorizer that wants signed tokens: all three or none. The signature
	// is base64 of SHA-256 with RSA over the token.
	TokenKey         string
	Token, Signature Secret
	Carrier          Carrier
}

const (
	authorizerName      = "x-amz-customauthorizer-name"
	authorizerSignature = "x-amz-customauthorizer-signature"
)

func (a Authorizer) zero() bool {
	return a.Name == "" && a.TokenKey == "" && a.Token.Empty() && a.Signature.Empty() && a.Carrier == ""
}

// check says which field is missing or cannot be sent that way.
func (a Authorizer) check(by Carrier) error {
	given := 0
	for _, s := range []string{a.TokenKey, a.Token.Reveal(), a.Signature.Reveal()} {
		if s != "" {
			given++
		}
	}
	switch {
	case given != 0 && given != 3:
		return errors.New("a custom authorizer takes token key, token and signature together or none of them: missing " + a.missing())
	case a.Carrier != "" && a.Carrier != Headers && a.Carrier != Query && a.Carrier != UserName:
		return fmt.Errorf("a custom authorizer's fields go into headers, query or username: not %q", a.Carrier)
	case strings.HasPrefix(strings.ToLower(a.TokenKey), "x-amz-"):
		return fmt.Errorf("the token key %s is one of AWS's own names", a.TokenKey)
	case by != Headers:
		return nil
	case a.TokenKey != "" && !httpguts.ValidHeaderFieldName(a.TokenKey):
		return fmt.Errorf("the token key %q cannot be the name of an HTTP header", a.TokenKey)
	}
	for _, f := range []struct{ name, text string }{
		{"name of the authorizer", a.Name}, {"token", a.Token.Reveal()}, {"signature", a.Signature.Reveal()},
	} {
		if !httpguts.ValidHeaderFieldValue(f.text) {
			return fmt.Errorf("the %s cannot be the value of an HTTP header: it holds a control character", f.name)
		}
	}
	return nil
}

func (a Authorizer) missing() string {
	var all []string
	for _, f := range []struct{ name, text string }{
		{"token key", a.TokenKey}, {"token", a.Token.Reveal()}, {"signature", a.Signature.Reveal()},
	} {
		if f.text == "" {
			all = append(all, f.name)
		}
	}
	return strings.Join(all, " and ")
}

// fields are name and value in AWS's order. The signature comes decoded.
func (a Authorizer) fields() [][2]string {
	var all [][2]string
	if a.Name != "" {
		all = append(all, [2]string{authorizerName, a.Name})
	}
	if a.TokenKey != "" {
		signature := a.Signature.Reveal()
		// base64 holds no percent sign: a signature with one was encoded already, as AWS's pages show it.
		if decoded, err := url.PathUnescape(signature); err == nil {
			signature = decoded
		}
		all = append(all, [2]string{authorizerSignature, signature}, [2]string{a.TokenKey, a.Token.Reveal()})
	}
	return all
}

// Username adds the fields as a query to the user name of CONNECT, which may be empty or hold a query already. It is as
// secret as the token.
func (a Authorizer) Username(user string) string {
	separator := "?"
	if strings.Contains(user, "?") {
		separator = "&"
	}
	for _, f := range a.fields() {
		user += separator + escape(f[0]) + "=" + escape(f[1])
		separator = "&"
	}
	return user
}

func escape(s string) string { return strings.ReplaceAll(url.QueryEscape(s), "+", "%20") }

// Header returns the fields as headers of the upgrade request.
func (a Authorizer) Header() http.Header {
	h := make(http.Header)
	for _, f := range a.fields() {
		h.Set(f[0], f[1])
	}
	return h
}

// Query returns the fields as parameters of the upgrade's URL.
func (a Authorizer) Query() url.Values {
	q := make(url.Values)
	for _, f := range a.fields() {
		q.Set(f[0], f[1])
	}
	return q
}
