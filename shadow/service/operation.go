package service

import (
	"strconv"
	"time"

	"example.com/thingdeck/shadow"
)

// outcome is what a request led to.
type outcome struct {
	refused *refusal // nil if the request was accepted
	body    []byte   // payload of the accepted answer
	replies []Reply
}

// operation is one request being carried out.
type operation struct {
	*Service
	name    shadow.Name
	op      shadow.Op
	req     request
	seconds int64
	*scratch
}

// do carries out a request and calls done once, while no other request for the same shadow can go on.
func (s *Service) do(name shadow.Name, op shadow.Op, payload []byte, now time.Time, done func(outcome)) {
	s.forget(now)
	work := s.spare.Get().(*scratch)
	defer s.spare.Put(work)
	o := operation{Service: s, name: name, op: op, seconds: now.Unix(), scratch: work}
	bad := o.parse(payload)
	if bad != nil {
		done(o.refuse(bad))
		return
	}
	r := s.lock(name, op == shadow.OpUpdate)
	if r == nil {
		done(o.refuse(notFound(name)))
		return
	}
	defer s.unlock(name, r)
	if r.expired(now) {
		s.drop(name, r)
	}
	if !r.exists && op != shadow.OpUpdate {
		done(o.refuse(notFound(name)))
		return
	}
	switch op {
	case shadow.OpGet:
		done(o.get(r))
	case shadow.OpUpdate:
		done(o.update(r))
	case shadow.OpDelete:
		done(o.delete(r))
	}
}

func (o *operation) get(r *record) outcome {
	doc, err := r.document(&o.parser)
	if err != nil {
		return o.refuse(failure)
	}
	return o.accept(o.getAccepted(doc))
}

func (o *operation) delete(r *record) outcome {
	next := record{version: r.version, deleted: o.seconds}
	if err := o.save(&next); err != nil {
		return o.refuse(failure)
	}
	r.set(&next)
	o.remember(o.name, o.seconds)
	return o.accept(o.deleteAccepted(r.version))
}

func (o *operation) update(r *record) outcome {
	if o.req.version != "" && (!r.exists || o.req.version != strconv.FormatInt(r.version, 10)) {
		return o.refuse(versionConflict)
	}
	old, err := r.document(&o.parser)
	if err != nil {
		return o.refuse(failure)
	}
	doc := o.merge(old)
	doc.Version = r.next(o.first)
	next := record{exists: true, version: doc.Version}
	o.buffer = next.write(doc, o.buffer[:0])
	if len(next.desired)+len(next.reported) > o.size {
		return o.refuse(tooLarge)
	}
	if err := o.save(&next); err != nil {
		return o.refuse(failure)
	}
	previous := &old
	if !r.exists {
		previous = nil
	}
	r.set(&next)
	return o.updated(previous, doc)
}

// merge writes the request's state over a document.
func (o *operation) merge(doc shadow.Document) shadow.Document {
	if o.req.state.IsNull() {
		return shadow.Document{}
	}
	if patch, ok := o.req.state.Member("desired"); ok {
		doc.Desired = shadow.Merge(doc.Desired, patch, o.seconds)
	}
	if patch, ok := o.req.state.Member("reported"); ok {
		doc.Reported = shadow.Merge(doc.Reported, patch, o.seconds)
	}
	return doc
}

// write makes the record's texts from a document, in buffer, which it returns.
func (r *record) write(doc shadow.Document, buffer []byte) []byte {
	var small [64]byte
	packed := small[:0]
	if doc.Desired.Exists() {
		buffer = doc.Desired.State.Append(buffer[:0])
		r.desired = string(buffer)
		packed = doc.Desired.Metadata.Pack(packed)
	}
	if doc.Reported.Exists() {
		buffer = doc.Reported.State.Append(buffer[:0])
		r.reported = string(buffer)
		packed = doc.Reported.Metadata.Pack(packed)
	}
	r.packed = string(packed)
	return buffer
}

// set takes over the content of another record.
func (r *record) set(from *record) {
	r.exists, r.version, r.deleted = from.exists, from.version, from.deleted
	r.desired, r.reported, r.packed = from.desired, from.reported, from.packed
}

// save stores what the shadow is going to be.
func (o *operation) save(next *record) error {
	if o.store == nil {
		return nil
	}
	return o.store.Save(key(o.name), next.marshal())
}
