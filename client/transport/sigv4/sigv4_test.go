package sigv4

import (
	"context"
	"encoding/hex"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"
)

// exampleKeys are those of AWS's own examples.
var exampleKeys = Credentials{AccessKey: "AKIAIOSFODNN7EXAMPLE", SecretKey: "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"}

// The keys derived here stand in AWS's pages on Signature Version 4.
func TestSigningKeyAsAWSDerivesIt(t *testing.T) {
	for _, tt := range []struct{ day, want string }{
		{"20120215", "f4780e2d9f65fa895f9c67b32ce1baf0b0d8a43505a000a1a9e090d414db404d"},
		{"20150830", "c4afb1cc5771d871763a393e44b703571b55cc28424d1a5e86da6ed3c154a4b9"},
	} {
		got := hex.EncodeToString(signingKey("wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY", tt.day, "us-east-1", "iam"))
		if got != tt.want {
			t.Errorf("%s: got %s; want %s", tt.day, got, tt.want)
		}
	}
}

func TestPresignedQueryHasTheFormOfAWS(t *testing.T) {
	c := exampleKeys
	c.SessionToken = "a/b+c=="
	got, err := Presign(c, Request{Host: "abc-ats.iot.eu-west-1.amazonaws.com", Path: "/mqtt", Region: "eu-west-1"},
		time.Date(2026, 11, 24, 12, 4, 1, 0, time.FixedZone("", 3600)))
	if err != nil {
		t.Fatal(err)
	}
	head := "X-Amz-Algorithm=AWS4-HMAC-SHA256" +
		"&X-Amz-Credential=AKIAIOSFODNN7EXAMPLE%2F20261124%2Feu-west-1%2Fiotdevicegateway%2Faws4_request" +
		"&X-Amz-Date=20261124T110401Z&X-Amz-SignedHeaders=host&X-Amz-Signature="
	tail := "&X-Amz-Security-Token=a%2Fb%2Bc%3D%3D"
	if !strings.HasPrefix(got, head) || !strings.HasSuffix(got, tail) || len(got) != len(head)+64+len(tail) {
		t.Errorf("got %s; want %s<64 digits>%s", got, head, tail)
	}
	c.SessionToken = ""
	bare, _ := Presign(c, Request{Host: "abc-ats.iot.eu-west-1.amazonaws.com", Path: "/mqtt", Region: "eu-west-1"},
		time.Date(2026, 11, 24, 11, 4, 1, 0, time.UTC))
	if bare+tail != got {
		t.Errorf("got %s; want the same signature without the token: %s", bare, strings.TrimSuffix(got, tail))
	}
}

// TestPresignAgreesWithTheSDK signs the same requests with AWS's signer.
func TestPresignAgreesWithTheSDK(t *testing.T) {
	now := time.Date(2026, 11, 24, 12, 4, 1, 0, time.UTC)
	for _, r := range []Request{
		{Host: "abc-ats.iot.eu-west-1.amazonaws.com", Path: "/mqtt", Region: "eu-west-1"},
		{Host: "abc-ats.iot.eu-west-1.amazonaws.com:8443", Path: "/mqtt", Region: "eu-west-1"},
		{Host: "127.0.0.1:4711", Path: "/a%20b/c", Region: "us-gov-west-1"},
		{Host: "h", Path: "/mqtt", Region: "us-east-1", Query: url.Values{"b": {"2 ~", "1+"}, "a": {""}, "Ä": {"/?&="}}},
	} {
		t.Run(r.Host+r.Path, func(t *testing.T) {
			got, err := Presign(exampleKeys, r, now)
			if err != nil {
				t.Fatal(err)
			}
			if want := signedByTheSDK(t, r, now); got != want {
				t.Errorf("got  %s\nwant %s", got, want)
			}
		})
	}
}

func signedByTheSDK(t *testing.T, r Request, now time.Time) string {
	t.Helper()
	raw := "https://" + r.Host + r.Path
	if len(r.Query) > 0 {
		raw += "?" + r.Query.Encode()
	}
	req, err := http.NewRequest(http.MethodGet, raw, nil)
	if err != nil {
		t.Fatal(err)
	}
	keys := aws.Credentials{AccessKeyID: exampleKeys.AccessKey, SecretAccessKey: exampleKeys.SecretKey}
	signed, _, err := v4.NewSigner().PresignHTTP(context.Background(), keys, req, hexSum(""), Service, r.Region, now)
	if err != nil {
		t.Fatal(err)
	}
	u, err := url.Parse(signed)
	if err != nil {
		t.Fatal(err)
	}
	return sameOrder(u.RawQuery)
}

// sameOrder puts the signature last.
func sameOrder(query string) string {
	var rest []string
	last := ""
	for _, p := range strings.Split(query, "&") {
		if strings.HasPrefix(p, "X-Amz-Signature=") {
			last = p
		} else {
			rest = append(rest, p)
		}
	}
	return strings.Join(append(rest, last), "&")
}

func TestPresignRefuses(t *testing.T) {
	good := Request{Host: "h", Path: "/mqtt", Region: "us-east-1"}
	for _, tt := range []struct {
		name   string
		change func(*Credentials, *Request)
		want   string
	}{
		{"no keys", func(c *Credentials, _ *Request) { c.SecretKey = "" }, "no secret key"},
		{"no host", func(_ *Credentials, r *Request) { r.Host = "" }, "no host"},
		{"no region", func(_ *Credentials, r *Request) { r.Region = "" }, "not an AWS region"},
		{"a region that would break out", func(_ *Credentials, r *Request) { r.Region = "us-east-1/s3" }, "not an AWS region"},
		{"a parameter of its own", func(_ *Credentials, r *Request) { r.Query = url.Values{"x-amz-date": {"1"}} }, "x-amz-date"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			c, r := exampleKeys, good
			tt.change(&c, &r)
			if _, err := Presign(c, r, time.Now()); err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("got %v; want %s", err, tt.want)
			}
		})
	}
}

func TestRegion(t *testing.T) {
	for host, want := range map[string]string{
		"abc-ats.iot.us-east-1.amazonaws.com":               "us-east-1",
		"abc.iot.ap-southeast-2.amazonaws.com":              "ap-southeast-2",
		"ABC-ats.IOT.EU-west-1.amazonaws.com.":              "eu-west-1",
		"abc.ats.iot.cn-north-1.amazonaws.com.cn":           "cn-north-1",
		"abc.iot-fips.us-gov-west-1.amazonaws.com":          "us-gov-west-1",
		"vpce-0a1.data.iot.eu-central-1.vpce.amazonaws.com": "eu-central-1",
		"abc-ats.iot.us-east-1.api.aws":                     "us-east-1",
		"iot.us-east-1.amazonaws.com":                       "",
		"abc-ats.iot.us-east-1.amazonaws.com.evil.example":  "",
		"abc-ats.iot.amazonaws.com":                         "",
		"abc-ats.iot.us_east_1.amazonaws.com":               "",
		"iot.example.com":                                   "",
		"127.0.0.1":                                         "",
		"":                                                  "",
	} {
		if got := Region(host); got != want {
			t.Errorf("%s: got %q; want %q", host, got, want)
		}
	}
}

func TestCredentialsHideTheirSecrets(t *testing.T) {
	c := Credentials{AccessKey: "AKID", SecretKey: "hush", SessionToken: "hush"}
	for _, format := range []string{"%v", "%+v", "%#v", "%s"} {
		for _, v := range []any{c, &c, Static(c), struct{ C Credentials }{c}} {
			if got := fmt.Sprintf(format, v); strings.Contains(got, "hush") {
				t.Errorf("%s: got %s", format, got)
			}
		}
	}
}

// FuzzPresign holds that what is signed comes back from the query, and that nothing breaks out of its parameter.
func FuzzPresign(f *testing.F) {
	f.Add("h", "/mqtt", "name", "value", "token")
	f.Add("h:1", "/a b%2F", "x&y", "a=b&c", "+/=")
	f.Fuzz(func(t *testing.T, host, path, name, value, token string) {
		c := exampleKeys
		c.SessionToken = token
		raw, err := Presign(c, Request{Host: host, Path: path, Region: "us-east-1", Query: url.Values{name: {value}}}, time.Now())
		if err != nil {
			return
		}
		got, err := url.ParseQuery(raw)
		if err != nil {
			t.Fatalf("%q: %v", raw, err)
		}
		if got.Get(name) != value || got.Get("X-Amz-Security-Token") != token {
			t.Errorf("got %v; want %q=%q and the token %q", got, name, value, token)
		}
		want := 6
		if token != "" {
			want++
		}
		if n := strings.Count(raw, "&") + 1; n != want {
			t.Errorf("got %d parameters in %q; want %d", n, raw, want)
		}
	})
}
