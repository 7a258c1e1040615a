package broker

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"errors"
	"io"

	"github.com/mochi-mqtt/server/v2/packets"
)

// frame is a packet as it came: the first byte and what follows the length.
type frame struct {
	head byte
	body []byte
}

// readFrame reads one packet of at most limit bytes after the fixed header.
func readFrame(r *bufio.Reader, limit int) (frame, error) {
	head, err := r.ReadByte()
	if err != nil {
		return frame{}, err
	}
	n, err := binary.ReadUvarint(r)
	if err != nil {
		return frame{}, err
	}
	if n > uint64(limit) {
		return frame{}, errors.New("packet too large")
	}
	body := make([]byte, n)
	_, err = io.ReadFull(r, body)
	return frame{head: head, body: body}, err
}

// encode turns a packet into bytes.
func encode(pk packets.Packet, write func(*packets.Packet, *bytes.Buffer) error) ([]byte, error) {
	var buf bytes.Buffer
	err := write(&pk, &buf)
	return buf.Bytes(), err
}

// outgoing is a PUBLISH of MQTT 3.1.1 to be written many times.
type outgoing struct {
	m   *Message
	id  uint16
	qos byte
}

func appendPublish3(dst []byte, o *outgoing) []byte {
	n := 2 + len(o.m.Topic) + len(o.m.Payload) + 2*int(o.qos)
	dst = binary.AppendUvarint(append(dst, packets.Publish<<4|o.qos<<1), uint64(n))
	dst = append(binary.BigEndian.AppendUint16(dst, uint16(len(o.m.Topic))), o.m.Topic...)
	if o.qos > 0 {
		dst = binary.BigEndian.AppendUint16(dst, o.id)
	}
	return append(dst, o.m.Payload...)
}
