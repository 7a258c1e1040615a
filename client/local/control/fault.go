package control

import (
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
)

// fault is a refusal with AWS's name for it.
type fault struct {
	status int
	name   string
	text   string
	id     string // of the resource that exists already
	arn    string
}

func (f *fault) Error() string { return f.text }

func invalid(format string, args ...any) error {
	return &fault{status: http.StatusBadRequest, name: "InvalidRequestException", text: fmt.Sprintf(format, args...)}
}

func notFound(format string, args ...any) error {
	return &fault{status: http.StatusNotFound, name: "ResourceNotFoundException", text: fmt.Sprintf(format, args...)}
}

func conflict(format string, args ...any) error {
	return &fault{status: http.StatusConflict, name: "DeleteConflictException", text: fmt.Sprintf(format, args...)}
}

func exists(text, id, arn string) error {
	return &fault{status: http.StatusConflict, name: "ResourceAlreadyExistsException", text: text, id: id, arn: arn}
}

func limit(text string) error {
	return &fault{status: http.StatusGone, name: "LimitExceededException", text: text}
}

// refuse writes an error as the AWS SDKs read it.
func refuse(w http.ResponseWriter, err error) {
	f := &fault{status: http.StatusInternalServerError, name: "InternalFailureException", text: err.Error()}
	_ = errors.As(err, &f)
	w.Header().Set("x-amzn-ErrorType", f.name)
	answer(w, f.status, struct {
		Message string `json:"message"`
		Trace   string `json:"traceId"`
		ID      string `json:"resourceId,omitempty"`
		ARN     string `json:"resourceArn,omitempty"`
	}{f.text, uuid(), f.id, f.arn})
}

// answer writes a body, {} for nil.
func answer(w http.ResponseWriter, status int, body any) {
	if body == nil {
		body = struct{}{}
	}
	b, err := json.Marshal(body)
	if err != nil {
		panic(err) // answers are structs of strings and numbers
	}
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store") // a private key may be in it
	w.WriteHeader(status)
	_, _ = w.Write(b)
}

// uuid returns a random one, as AWS numbers things and requests.
func uuid() string {
	var b [16]byte
	_, _ = rand.Read(b[:]) // never fails
	b[6], b[8] = b[6]&0x0f|0x40, b[8]&0x3f|0x80
	h := hex.EncodeToString(b[:])
	return h[:8] + "-" + h[8:12] + "-" + h[12:16] + "-" + h[16:20] + "-" + h[20:]
}
