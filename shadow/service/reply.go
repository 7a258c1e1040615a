package service

import (
	"bytes"
	"strconv"

	"example.com/thingdeck/shadow"
)

func (o *operation) reply(answer shadow.Answer, payload []byte) Reply {
	return Reply{Topic: shadow.Topic{Name: o.name, Op: o.op, Answer: answer}.String(), Payload: payload}
}

// refuse answers with a code and a text, and with nothing else: captures show no timestamp.
func (o *operation) refuse(why *refusal) outcome {
	b := o.begin(`{"code":`)
	b = strconv.AppendInt(b, int64(why.code), 10)
	b = shadow.AppendString(append(b, `,"message":`...), why.message)
	return outcome{refused: why, replies: []Reply{o.reply(shadow.AnswerRejected, o.end(b))}}
}

func (o *operation) accept(payload []byte) outcome {
	return outcome{body: payload, replies: []Reply{o.reply(shadow.AnswerAccepted, payload)}}
}

// begin starts a payload in a buffer that is used again: one payload is written at a time.
func (o *operation) begin(s string) []byte { return append(o.buffer[:0], s...) }

// end appends the client token, if the request had one, closes the payload and returns a copy of its own.
func (o *operation) end(b []byte) []byte {
	if o.req.tokened {
		b = shadow.AppendString(append(b, `,"clientToken":`...), o.req.token)
	}
	o.buffer = append(b, '}')
	return bytes.Clone(o.buffer)
}

func appendVersion(b []byte, version int64) []byte {
	return strconv.AppendInt(append(b, `"version":`...), version, 10)
}

func (o *operation) appendTimestamp(b []byte) []byte {
	return strconv.AppendInt(append(b, `,"timestamp":`...), o.seconds, 10)
}

func (o *operation) deleteAccepted(version int64) []byte {
	return o.end(o.appendTimestamp(appendVersion(o.begin("{"), version)))
}

func (o *operation) getAccepted(doc shadow.Document) []byte {
	b := o.begin(`{"state":`)
	b = doc.AppendState(b)
	if delta := doc.Delta(); delta.Exists() {
		b = append(b[:len(b)-1], `,"delta":`...) // never the first: there is no difference without desired
		b = append(delta.State.Append(b), '}')
	}
	b = doc.AppendMetadata(append(b, `,"metadata":`...))
	b = appendVersion(append(b, ','), doc.Version)
	return o.end(o.appendTimestamp(b))
}

// updated returns the two or three messages of an accepted update.
func (o *operation) updated(previous *shadow.Document, current shadow.Document) outcome {
	out := o.accept(o.stated(o.req.state, shadow.Stamp(o.seconds), current.Version))
	if delta := current.Delta(); delta.Exists() {
		out.replies = append(out.replies, o.reply(shadow.AnswerDelta, o.stated(delta.State, delta.Metadata, current.Version)))
	}
	b := o.begin(`{"previous":`)
	if previous == nil {
		b = append(b, "null"...)
	} else {
		b = appendDocument(b, *previous)
	}
	b = appendDocument(append(b, `,"current":`...), current)
	b = o.end(o.appendTimestamp(b))
	out.replies = append(out.replies, o.reply(shadow.AnswerDocuments, b))
	return out
}

// stated is the form of update/accepted and update/delta.
func (o *operation) stated(state shadow.Value, metadata shadow.Metadata, version int64) []byte {
	b := state.Append(o.begin(`{"state":`))
	b = shadow.AppendMetadata(append(b, `,"metadata":`...), state, metadata)
	b = appendVersion(append(b, ','), version)
	return o.end(o.appendTimestamp(b))
}

func appendDocument(b []byte, doc shadow.Document) []byte {
	b = doc.AppendState(append(b, `{"state":`...))
	b = doc.AppendMetadata(append(b, `,"metadata":`...))
	return append(appendVersion(append(b, ','), doc.Version), '}')
}
