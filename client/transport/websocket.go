package transport

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/gorilla/websocket"
	"golang.org/x/net/http/httpguts"

	"example.com/thingdeck/client/transport/sigv4"
)

// dialWebSocket opens the stream below and asks for the upgrade.
func (o Options) dialWebSocket(ctx context.Context) (net.Conn, error) {
	address, header, err := o.request(ctx)
	if err != nil {
		return nil, err
	}
	below, err := o.dialStream(ctx)
	if err != nil {
		return nil, err
	}
	done := interruptible(ctx, below)
	limited := &limitedConn{Conn: below, left: maxUpgrade}
	given := func(context.Context, string, string) (net.Conn, error) { return limited, nil }
	dialer := websocket.Dialer{
		NetDialContext: given, NetDialTLSContext: given, Subprotocols: o.WebSocket.Subprotocols,
		ReadBufferSize: 16 << 10, WriteBufferSize: 4 << 10,
	}
	ws, response, err := dialer.DialContext(context.WithoutCancel(ctx), address, header)
	if err := done(err); err != nil {
		below.Close()
		return nil, upgradeFailure(response, err, o.Now())
	}
	limited.left = -1
	below.SetDeadline(time.Time{})
	return &webSocketConn{Conn: below, ws: ws}, nil
}

// request returns the URL to ask for, signed if need be, and the headers.
func (o Options) request(ctx context.Context) (string, http.Header, error) {
	header := http.Header{}
	maps.Copy(header, o.WebSocket.Header.Clone())
	query := url.Values{}
	maps.Copy(query, o.WebSocket.Query)
	switch o.carrier() {
	case Headers:
		maps.Copy(header, o.Authorizer.Header())
	case Query:
		maps.Copy(query, o.Authorizer.Query())
	}
	raw := query.Encode()
	if o.SigV4 != nil {
		var err error
		if raw, err = o.sign(ctx, query); err != nil {
			return "", nil, err
		}
	}
	address := o.Scheme + "://" + o.hostHeader() + o.Path
	if raw != "" {
		address += "?" + raw
	}
	return address, header, nil
}

// hostHeader leaves out a port that is the scheme's own: what the Host header says is what AWS signs.
func (o Options) hostHeader() string {
	switch {
	case o.Port != defaultPort(o.Scheme):
		return o.Address()
	case strings.Contains(o.Host, ":"):
		return "[" + o.Host + "]"
	}
	return o.Host
}

func (o Options) sign(ctx context.Context, query url.Values) (string, error) {
	keys, err := o.SigV4.Credentials.Retrieve(ctx)
	if err != nil {
		return "", credentialsFailure(err)
	}
	region := o.SigV4.Region
	if region == "" {
		region = sigv4.Region(o.Host)
	}
	if region == "" {
		region = keys.Region
	}
	if region == "" {
		return "", credentialsFailure(fmt.Errorf("%s does not tell its AWS region: name it with --region", o.Host))
	}
	raw, err := sigv4.Presign(keys, sigv4.Request{Host: o.hostHeader(), Path: o.Path, Query: query, Region: region}, o.Now())
	if err != nil {
		return "", credentialsFailure(err)
	}
	return raw, nil
}

func credentialsFailure(err error) *Failure {
	f := &Failure{Stage: Credentials, Kind: BadCredentials, Text: printable(err.Error()), Err: err}
	if errors.Is(err, context.DeadlineExceeded) {
		f.Kind, f.Text = Timeout, timeoutText(Credentials)
	} else if errors.Is(err, context.Canceled) {
		f.Kind, f.Text = Cancelled, "given up"
	}
	return f
}

// checkRequest says which header or path cannot be sent.
func (o Options) checkRequest() error {
	for name, values := range o.WebSocket.Header {
		canonical := http.CanonicalHeaderKey(name)
		switch {
		case !httpguts.ValidHeaderFieldName(name):
			return fmt.Errorf("%q cannot be the name of an HTTP header", name)
		case canonical == "Host" || canonical == "Upgrade" || canonical == "Connection" || strings.HasPrefix(canonical, "Sec-Websocket-"):
			return fmt.Errorf("the header %s is set by the connection itself", canonical)
		}
		for _, v := range values {
			if !httpguts.ValidHeaderFieldValue(v) {
				return fmt.Errorf("the header %s holds a control character", canonical)
			}
		}
	}
	for _, p := range o.WebSocket.Subprotocols {
		if !httpguts.ValidHeaderFieldName(p) {
			return fmt.Errorf("%q cannot be a WebSocket subprotocol", p)
		}
	}
	if !o.webSocket() {
		return nil
	}
	u, err := url.Parse(o.Scheme + "://" + o.hostHeader() + o.Path)
	if err != nil || !strings.HasPrefix(o.Path, "/") || u.EscapedPath() != o.Path || u.Host != o.hostHeader() {
		return fmt.Errorf("host %q and path %q do not make a URL: the path begins with a slash and is escaped", o.Host, o.Path)
	}
	return nil
}

// upgradeFailure says why the upgrade was refused. The URL holds secrets and stays out of it.
func upgradeFailure(response *http.Response, err error, now time.Time) *Failure {
	if !errors.Is(err, websocket.ErrBadHandshake) || response == nil {
		f := Classify(at(Upgrade, err))
		if f.Kind == Other {
			f.Kind, f.Text, f.Err = NotWebSocket, "what answers does not speak HTTP", nil
		}
		return f
	}
	f := &Failure{Stage: Upgrade, Kind: HTTPStatus, Status: response.StatusCode}
	if response.StatusCode == http.StatusSwitchingProtocols || response.StatusCode == http.StatusOK {
		f.Kind, f.Text = NotWebSocket, "the server speaks HTTP, but no WebSocket at this path"
		return f
	}
	f.Text = strings.TrimSpace(fmt.Sprintf("WebSocket refused with HTTP %d %s", f.Status, strings.ToLower(http.StatusText(f.Status))))
	if said := saidBy(response); said != "" {
		f.Text += ": " + said
	}
	if off := clockOff(response, now); off != "" {
		f.Text += "; " + off
	}
	return f
}

// saidBy is the message of an answer in AWS's form, unless it may repeat what is secret.
func saidBy(response *http.Response) string {
	said := response.Header.Get("X-Amzn-Errortype")
	body, _ := io.ReadAll(io.LimitReader(response.Body, 1024))
	var answer struct{ Message string }
	if json.Unmarshal(bytes.TrimSpace(body), &answer) == nil && answer.Message != "" {
		said = strings.TrimPrefix(said+": "+answer.Message, ": ")
	}
	if strings.Contains(strings.ToLower(said), "x-amz-") {
		return ""
	}
	return printable(said)
}

// clockOff compares the clock with the server's: AWS refuses signatures of another time.
func clockOff(response *http.Response, now time.Time) string {
	theirs, err := http.ParseTime(response.Header.Get("Date"))
	if err != nil {
		return ""
	}
	off := now.Sub(theirs)
	switch {
	case off > maxSkew:
		return fmt.Sprintf("this computer's clock is %s ahead of the server's", minutes(off))
	case off < -maxSkew:
		return fmt.Sprintf("this computer's clock is %s behind the server's", minutes(-off))
	}
	return ""
}

func minutes(d time.Duration) string { return strings.TrimSuffix(d.Round(time.Minute).String(), "0s") }

const (
	maxSkew    = 4 * time.Minute
	maxUpgrade = 64 << 10 // bytes of an answer to the upgrade, and what came with it
	byeIn      = time.Second
)

// limitedConn bounds what is read while left is not negative.
type limitedConn struct {
	net.Conn
	left int
}

func (c *limitedConn) Read(p []byte) (int, error) {
	if c.left == 0 {
		return 0, errors.New("the answer is too long")
	}
	if c.left > 0 && len(p) > c.left {
		p = p[:c.left]
	}
	n, err := c.Conn.Read(p)
	if c.left > 0 {
		c.left -= n
	}
	return n, err
}

// CloseFrame is how a WebSocket was closed by the broker. It is an io.EOF.
type CloseFrame struct {
	// Code is that of RFC 6455, section 7.4: 1000 is a normal end, 1005 none given.
	Code int
	// Reason may be empty.
	Reason string
}

// Error is one line.
func (c *CloseFrame) Error() string {
	text := "WebSocket closed by the broker"
	if c.Code != websocket.CloseNormalClosure && c.Code != websocket.CloseNoStatusReceived {
		text += " with code " + strconv.Itoa(c.Code)
	}
	if c.Reason != "" {
		text += ": " + printable(c.Reason)
	}
	return text
}

// Is says that a close frame is an io.EOF.
func (c *CloseFrame) Is(target error) bool { return target == io.EOF }

var errText = errors.New("the broker sends text over the WebSocket, where MQTT is binary")

func judgeWebSocket(f *Failure, err error) bool {
	if c := (*CloseFrame)(nil); errors.As(err, &c) {
		f.Kind, f.Status, f.Text = WebSocketClosed, c.Code, c.Error()
		return true
	}
	if errors.Is(err, errText) {
		f.Kind, f.Text = NotWebSocket, errText.Error()
		return true
	}
	return false
}

// webSocketConn is a WebSocket as a stream of bytes. Deadlines and addresses are those of the connection below.
type webSocketConn struct {
	net.Conn
	ws    *websocket.Conn
	r     io.Reader // rest of the message being read, nil between messages
	write sync.Mutex
	bye   sync.Once
}

// Read reads on in the messages; their borders mean nothing to MQTT.
func (c *webSocketConn) Read(p []byte) (int, error) {
	if len(p) == 0 {
		return 0, nil
	}
	for {
		if c.r == nil {
			kind, r, err := c.ws.NextReader()
			if err != nil {
				return 0, ending(err)
			}
			if kind != websocket.BinaryMessage {
				return 0, errText
			}
			c.r = r
		}
		n, err := c.r.Read(p)
		if err == io.EOF { // of the message
			c.r, err = nil, nil
		}
		if n > 0 || err != nil {
			return n, ending(err)
		}
	}
}

func ending(err error) error {
	var closed *websocket.CloseError
	if !errors.As(err, &closed) {
		return err
	}
	if closed.Code == websocket.CloseAbnormalClosure {
		return io.ErrUnexpectedEOF
	}
	return &CloseFrame{Code: closed.Code, Reason: closed.Text}
}

// Write sends p as one binary message.
func (c *webSocketConn) Write(p []byte) (int, error) {
	c.write.Lock()
	defer c.write.Unlock()
	if err := c.ws.WriteMessage(websocket.BinaryMessage, p); err != nil {
		return 0, err
	}
	return len(p), nil
}

// Close sends a close frame, unless the connection does not take it at once, and closes the connection.
func (c *webSocketConn) Close() error {
	err := net.ErrClosed
	c.bye.Do(func() {
		frame := websocket.FormatCloseMessage(websocket.CloseNormalClosure, "")
		_ = c.ws.WriteControl(websocket.CloseMessage, frame, time.Now().Add(byeIn))
		err = c.Conn.Close()
	})
	return err
}
