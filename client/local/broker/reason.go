package broker

import "github.com/mochi-mqtt/server/v2/packets"

// Reason codes of MQTT 5 that AWS is documented to send, and a few that MQTT itself demands.
const (
	codeSuccess          byte = 0x00
	codeWithWill         byte = 0x04
	codeNoSubscription   byte = 0x11
	codeUnspecified      byte = 0x80
	codeMalformed        byte = 0x81
	codeProtocolError    byte = 0x82
	codeVersion          byte = 0x84
	codeClientID         byte = 0x85
	codeNotAuthorized    byte = 0x87
	codeShuttingDown     byte = 0x8b
	codeKeepAlive        byte = 0x8d
	codeTakenOver        byte = 0x8e
	codeFilterInvalid    byte = 0x8f
	codeTopicInvalid     byte = 0x90
	codeAliasInvalid     byte = 0x94
	codePacketTooLarge   byte = 0x95
	codeQuota            byte = 0x97
	codeAdministrative   byte = 0x98
	codeFormatInvalid    byte = 0x99
	codeQoS              byte = 0x9b
	codeNoSubscriptionID byte = 0xa1
)

// Return codes of a CONNACK of MQTT 3.1.1.
const (
	v3BadVersion byte = 1
	v3BadID      byte = 2
)

// Cause is why a connection ended, in the words of AWS's lifecycle events.
type Cause string

// The causes this broker can give.
const (
	CauseAuth       Cause = "AUTH_ERROR"
	CauseClient     Cause = "CLIENT_INITIATED_DISCONNECT"
	CauseError      Cause = "CLIENT_ERROR"
	CauseLost       Cause = "CONNECTION_LOST"
	CauseDuplicate  Cause = "DUPLICATE_CLIENTID"
	CauseForbidden  Cause = "FORBIDDEN_ACCESS"
	CauseKeepAlive  Cause = "MQTT_KEEP_ALIVE_TIMEOUT"
	CauseServer     Cause = "SERVER_INITIATED_DISCONNECT"
	CauseServerFail Cause = "SERVER_ERROR"
	CauseAPI        Cause = "API_INITIATED_DISCONNECT"
)

// ending is how a connection ends: what the client is told, what others learn, whether its will is sent.
type ending struct {
	cause    Cause
	code     byte // of the DISCONNECT that MQTT 5 clients get; 0 sends none
	text     string
	noWill   bool
	byClient bool
}

// Error makes an ending the error that stops a connection's loop.
func (e ending) Error() string { return e.text }

func malformed(text string) ending {
	return ending{cause: CauseError, code: codeMalformed, text: "malformed packet: " + text}
}

func violation(text string) ending {
	return ending{cause: CauseError, code: codeProtocolError, text: "protocol error: " + text}
}

// Is makes an ending the rejection of a packet, the only error of a hook that ends mochi's reading.
func (e ending) Is(target error) bool { return target == error(packets.ErrRejectPacket) }
