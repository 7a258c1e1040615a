package payload

import (
	"bytes"
	"compress/gzip"
	"compress/zlib"
	"encoding/base64"
	"io"
)

// maxOpened bounds what is inflated: what is beyond it is cut.
const maxOpened = 4 << 20

// Open returns what is packed in a payload of kind Gzip or Zlib, at most 4 MiB of it; cut says that there is more. False when the
// payload is not of the kind, or broken before that.
func Open(k Kind, data []byte) (inner []byte, cut, ok bool) {
	var r io.ReadCloser
	var err error
	switch {
	case k == Gzip && len(data) > 18 && data[0] == 0x1f && data[1] == 0x8b:
		r, err = gzip.NewReader(bytes.NewReader(data))
	case k == Zlib && len(data) > 6 && data[0]&0x8f == 0x08 && (int(data[0])<<8|int(data[1]))%31 == 0:
		r, err = zlib.NewReader(bytes.NewReader(data))
	default:
		return nil, false, false
	}
	if err != nil {
		return nil, false, false
	}
	defer r.Close()
	inner, err = io.ReadAll(io.LimitReader(r, maxOpened+1))
	if err != nil {
		return nil, false, false
	}
	if len(inner) > maxOpened {
		return inner[:maxOpened], true, true
	}
	return inner, false, true
}

// Base64 decodes a text that is base64, of the standard alphabet or that of URLs, with padding or without. Short texts and plain
// words are not taken for it.
func Base64(text string) ([]byte, bool) {
	const shortest = 8
	if len(text) < shortest {
		return nil, false
	}
	for _, e := range []*base64.Encoding{base64.StdEncoding, base64.RawStdEncoding, base64.URLEncoding, base64.RawURLEncoding} {
		if data, err := e.Strict().DecodeString(text); err == nil {
			return data, true
		}
	}
	return nil, false
}
