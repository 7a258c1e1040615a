// Package sigv4 signs the URL of a WebSocket to AWS IoT Core with AWS Signature Version 4, and finds the credentials for
// it.
package sigv4

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"net/url"
	"sort"
	"strings"
	"time"
)

// Service is AWS's name of the device gateway in a signature.
const Service = "iotdevicegateway"

const algorithm = "AWS4-HMAC-SHA256"

// Credentials are what a request is signed with.
type Credentials struct {
	AccessKey, SecretKey string
	// SessionToken belongs to temporary credentials and is empty for others.
	SessionToken string
	// Expires is zero for credentials that do not.
	Expires time.Time
	// Region is the one configured beside the credentials, if any.
	Region string
}

// String hides the secrets.
func (c Credentials) String() string { return "AWS credentials " + c.AccessKey }

// GoString hides the secrets.
func (c Credentials) GoString() string { return c.String() }

// Provider finds credentials. It may be called by any goroutine, and is called for every dial: it decides itself how
// long it keeps what it found.
type Provider interface {
	Retrieve(ctx context.Context) (Credentials, error)
}

// Static is a Provider of always the same credentials.
type Static Credentials

// Retrieve returns s.
func (s Static) Retrieve(context.Context) (Credentials, error) { return Credentials(s), nil }

// String hides the secrets.
func (s Static) String() string { return Credentials(s).String() }

// GoString hides the secrets.
func (s Static) GoString() string { return Credentials(s).String() }

// Request is what is signed.
type Request struct {
	// Host is the value of the Host header: with the port unless it is the scheme's own.
	Host string
	// Path is escaped and begins with a slash.
	Path string
	// Query holds further parameters, which are signed too; it may be nil.
	Query url.Values
	// Region is as in us-east-1.
	Region string
}

// Presign returns the query of a URL that opens a WebSocket: the parameters of the request and the signature, escaped.
// The session token is not signed but appended, which differs from other AWS services and is what the device gateway
// accepts. AWS takes the signature for some minutes around now, so a URL is signed for each dial.
func Presign(c Credentials, r Request, now time.Time) (string, error) {
	switch {
	case c.AccessKey == "" || c.SecretKey == "":
		return "", errors.New("sign: the credentials hold no access key or no secret key")
	case r.Host == "":
		return "", errors.New("sign: no host")
	case !validRegion(r.Region):
		return "", fmt.Errorf("sign: %q is not an AWS region", r.Region)
	}
	for name := range r.Query {
		if strings.HasPrefix(strings.ToLower(name), "x-amz-") && !strings.HasPrefix(strings.ToLower(name), "x-amz-customauthorizer-") {
			return "", fmt.Errorf("sign: the query holds %s, which the signature sets", name)
		}
	}
	now = now.UTC()
	day, moment := now.Format("20060102"), now.Format("20060102T150405Z")
	scope := strings.Join([]string{day, r.Region, Service, "aws4_request"}, "/")
	query := canonicalQuery(r.Query, [][2]string{
		{"X-Amz-Algorithm", algorithm},
		{"X-Amz-Credential", c.AccessKey + "/" + scope},
		{"X-Amz-Date", moment},
		{"X-Amz-SignedHeaders", "host"},
	})
	canonical := strings.Join([]string{
		"GET", canonicalPath(r.Path), query, "host:" + strings.ToLower(r.Host), "", "host", hexSum(""),
	}, "\n")
	toSign := strings.Join([]string{algorithm, moment, scope, hexSum(canonical)}, "\n")
	query += "&X-Amz-Signature=" + hex.EncodeToString(mac(signingKey(c.SecretKey, day, r.Region, Service), toSign))
	if c.SessionToken != "" {
		query += "&X-Amz-Security-Token=" + escape(c.SessionToken)
	}
	return query, nil
}

// signingKey derives the key of a day, region and service.
func signingKey(secret, day, region, service string) []byte {
	key := []byte("AWS4" + secret)
	for _, part := range []string{day, region, service, "aws4_request"} {
		key = mac(key, part)
	}
	return key
}

func mac(key []byte, text string) []byte {
	h := hmac.New(sha256.New, key)
	h.Write([]byte(text))
	return h.Sum(nil)
}

func hexSum(text string) string {
	sum := sha256.Sum256([]byte(text))
	return hex.EncodeToString(sum[:])
}

// canonicalQuery joins all parameters, escaped and in the order that is signed: by name, then by value.
func canonicalQuery(more url.Values, own [][2]string) string {
	var pairs [][2]string
	for _, p := range own {
		pairs = append(pairs, [2]string{p[0], escape(p[1])})
	}
	for name, values := range more {
		for _, v := range values {
			pairs = append(pairs, [2]string{escape(name), escape(v)})
		}
	}
	sort.Slice(pairs, func(i, j int) bool {
		if pairs[i][0] != pairs[j][0] {
			return pairs[i][0] < pairs[j][0]
		}
		return pairs[i][1] < pairs[j][1]
	})
	parts := make([]string, len(pairs))
	for i, p := range pairs {
		parts[i] = p[0] + "=" + p[1]
	}
	return strings.Join(parts, "&")
}

// canonicalPath escapes an escaped path once more, as every service but S3 wants it.
func canonicalPath(path string) string {
	if path == "" {
		return "/"
	}
	return strings.ReplaceAll(escape(path), "%2F", "/")
}

// escape leaves A-Z a-z 0-9 - . _ ~ as they are.
func escape(s string) string { return strings.ReplaceAll(url.QueryEscape(s), "+", "%20") }
