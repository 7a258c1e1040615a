// Package transport opens the stream of bytes that MQTT is spoken over: TCP, TLS and WebSocket, with certificates, the
// signatures of AWS IoT Core, its custom authorizers, and proxies. It says beforehand what cannot work, and afterwards in
// plain words why something did not.
package transport

import (
	"bufio"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"example.com/thingdeck/client/transport/sigv4"
)

// Options say where to connect to and how. Each zero field means its default.
type Options struct {
	// Scheme is mqtt, mqtts, ws or wss.
	Scheme string
	// Host is a name or an IP address, without brackets.
	Host string
	// Port is 1 to 65535; 0 is the scheme's own (1883, 8883, 80, 443).
	Port int
	// Path is that of a WebSocket, escaped and beginning with a slash (/mqtt).
	Path string

	TLS       TLS
	WebSocket WebSocket
	// SigV4 signs the URL of a WebSocket with AWS credentials; nil does not.
	SigV4 *SigV4
	// Authorizer is shown to AWS in the upgrade of a WebSocket, or in CONNECT: Username says the user name for it.
	Authorizer Authorizer

	// NetDial opens TCP connections, to the broker or a proxy (net.Dialer).
	NetDial func(ctx context.Context, network, address string) (net.Conn, error)
	// Now tells the time that certificates and signatures are judged by (time.Now).
	Now func() time.Time
}

// TLS is about certificates. The server's certificate is verified for ServerName.
type TLS struct {
	// CAFile holds certificates in PEM that the server's must be signed by; CA is the same as text. Without both the
	// system's count.
	CAFile string
	CA     []byte
	// CertFile holds the client certificate, with those between it and its CA after it: PEM, DER or PKCS#12.
	CertFile string
	// KeyFile holds the key of the client certificate: PKCS#8, SEC 1 or PKCS#1, in PEM or DER, encrypted or not. When
	// empty the key is in CertFile.
	KeyFile string
	// KeyPassword decrypts the key.
	KeyPassword Secret
	// ServerName is sent as SNI and verified (the host).
	ServerName string
	// ALPN are the protocols offered, best first; none when empty.
	ALPN []string
	// Insecure takes any server certificate.
	Insecure bool
}

// WebSocket is about the upgrade request.
type WebSocket struct {
	Header http.Header
	Query  url.Values
	// Subprotocols are offered, best first ("mqtt").
	Subprotocols []string
}

// SigV4 says how a URL is signed. It is signed anew for each dial.
type SigV4 struct {
	// Region is as in us-east-1; when empty that of the host, else that of the credentials.
	Region string
	// Credentials are asked for each dial.
	Credentials sigv4.Provider
}

// Address is host:port, with brackets around an IPv6 address.
func (o Options) Address() string { return net.JoinHostPort(o.Host, strconv.Itoa(o.Port)) }

// Username is the user name for CONNECT: with the custom authorizer's fields when they go there.
func (o Options) Username(user string) string {
	if o.carrier() != UserName {
		return user
	}
	return o.Authorizer.Username(user)
}

func (o Options) carrier() Carrier {
	switch {
	case o.Authorizer.Carrier != "":
		return o.Authorizer.Carrier
	case o.webSocket():
		return Headers
	}
	return UserName
}

func (o Options) secure() bool    { return o.Scheme == "mqtts" || o.Scheme == "wss" }
func (o Options) webSocket() bool { return o.Scheme == "ws" || o.Scheme == "wss" }

func (o Options) withDefaults() Options {
	if o.Port == 0 {
		o.Port = defaultPort(o.Scheme)
	}
	if o.webSocket() && o.Path == "" {
		o.Path = "/mqtt"
	}
	if o.TLS.ServerName == "" {
		o.TLS.ServerName = o.Host
	}
	if len(o.WebSocket.Subprotocols) == 0 {
		o.WebSocket.Subprotocols = []string{"mqtt"}
	}
	if o.NetDial == nil {
		o.NetDial = new(net.Dialer).DialContext
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	return o
}

func defaultPort(scheme string) int {
	switch scheme {
	case "mqtt":
		return 1883
	case "mqtts":
		return 8883
	case "ws":
		return 80
	case "wss":
		return 443
	}
	return 0
}

// Valid says what of the options is missing or contradicts the rest, without looking at files; Check does.
func (o Options) Valid() error {
	o = o.withDefaults()
	switch {
	case defaultPort(o.Scheme) == 0:
		return fmt.Errorf("unknown scheme %q: write mqtt, mqtts, ws or wss", o.Scheme)
	case o.Host == "":
		return errors.New("no host")
	case o.Port < 1 || o.Port > 65535:
		return fmt.Errorf("a port is 1 to 65535: not %d", o.Port)
	case o.SigV4 != nil && !o.webSocket():
		return fmt.Errorf("AWS takes IAM credentials over WebSocket only: write wss instead of %s", o.Scheme)
	case o.SigV4 != nil && o.SigV4.Credentials == nil:
		return errors.New("no AWS credentials to sign with")
	case o.SigV4 != nil && !o.Authorizer.zero():
		return errors.New("AWS takes either IAM credentials or a custom authorizer, not both")
	case !o.secure() && (o.TLS.CertFile != "" || len(o.TLS.ALPN) > 0):
		return fmt.Errorf("%s has no TLS: write %s for a client certificate or ALPN", o.Scheme, map[string]string{"mqtt": "mqtts", "ws": "wss"}[o.Scheme])
	}
	for _, p := range o.TLS.ALPN {
		if p == "" || len(p) > 255 {
			return fmt.Errorf("an ALPN name has 1 to 255 bytes: not %q", p)
		}
	}
	if err := o.Authorizer.check(o.carrier()); err != nil {
		return err
	}
	if c := o.Authorizer.Carrier; !o.webSocket() && (c == Headers || c == Query) {
		return fmt.Errorf("a custom authorizer's fields go into the user name over %s: there are no %s", o.Scheme, c)
	}
	return o.checkRequest()
}

// Dial opens the stream. Certificates, credentials and proxy settings are read anew each time; ctx bounds all of it. A
// client certificate that the server does not take may show only when the stream is first read from (TLS 1.3). The
// error is a *Failure, and so is what Classify makes of an error of the stream. The stream of a WebSocket sends each
// Write as one message; reading it must not go on after an error.
func Dial(ctx context.Context, o Options) (net.Conn, error) {
	o = o.withDefaults()
	if err := o.Valid(); err != nil {
		return nil, &Failure{Stage: Settings, Kind: BadSettings, Text: err.Error(), Err: err}
	}
	var conn net.Conn
	var err error
	if o.webSocket() {
		conn, err = o.dialWebSocket(ctx)
	} else {
		conn, err = o.dialStream(ctx)
	}
	if err != nil {
		return nil, Classify(err)
	}
	return conn, nil
}

// recordsAhead is how much is read ahead of TLS, which asks for little more than the record that it waits for: a system call
// for each one or two where a broker sends every message in a record of its own.
const recordsAhead = 64 << 10

// dialStream opens TCP, through a proxy if there is one, and TLS if the scheme says so.
func (o Options) dialStream(ctx context.Context) (net.Conn, error) {
	if !o.secure() {
		return o.dialTCP(ctx)
	}
	config, err := o.tlsConfig(ctx) // before dialling: a file that cannot be read needs no connection
	if err != nil {
		return nil, err
	}
	raw, err := o.dialTCP(ctx)
	if err != nil {
		return nil, err
	}
	conn := tls.Client(&readAhead{Conn: raw, r: bufio.NewReaderSize(raw, recordsAhead)}, config)
	if err := conn.HandshakeContext(ctx); err != nil {
		raw.Close()
		return nil, at(Handshake, err)
	}
	return &tlsStream{Conn: conn}, nil
}

func (o Options) dialTCP(ctx context.Context) (net.Conn, error) {
	proxy, err := o.proxy()
	if err != nil {
		return nil, err
	}
	if proxy != nil {
		return o.dialProxy(ctx, proxy)
	}
	conn, err := o.NetDial(ctx, "tcp", o.Address())
	if err != nil {
		return nil, at(Connect, err)
	}
	return conn, nil
}

// interruptible lets ctx end what waits on conn. The returned function ends that, and gives the error of ctx in place of
// the one that it caused.
func interruptible(ctx context.Context, conn net.Conn) func(error) error {
	stop := context.AfterFunc(ctx, func() { conn.SetDeadline(time.Unix(1, 0)) })
	return func(err error) error {
		if !stop() {
			return context.Cause(ctx)
		}
		return err
	}
}
