package shadow

// live is what the messages have told about a shadow. Messages may be late, doubled or out of order: versions put them in order
// within one life of the shadow, from its creation to its deletion, and times tell the lives apart.
type live struct {
	exists  bool
	missing bool // it is known not to exist
	sure    bool // since the latest connection something told
	doc     Document
	by      Author // who caused doc
	byKnown bool
	floor   int64                      // the version of doc, or the one the shadow was deleted at
	time    int64                      // of the newest message, seconds since 1970; 0 if it had none
	seen    int64                      // the newest version that a message told of
	step    int                        // when doc last changed
	heard   int                        // when seen was last told of
	gap     bool                       // a message told of what no version shows
	told    [AnswerDocuments + 1]int64 // the version of the last message of each kind
	held    map[int64]change           // accepted updates that came before what they build on
}

// change is an accepted update.
type change struct {
	state   Value
	seconds int64
	time    int64
	by      Author
}

const heldMost = 64

// life is more than clocks of servers differ by and less than the 48 hours for which a deleted shadow's numbers go on.
const life = 24 * 60 * 60

// doubt is called for a new connection.
func (l *live) doubt() {
	l.sure = false
	l.seen = l.floor
	clear(l.held)
}

func (l *live) behind() bool { return !l.sure || l.gap || l.seen > l.floor }

// holds reports whether a message tells of the version that is held.
func (l *live) holds(msg message) bool {
	return l.exists && msg.version == l.floor && !l.otherLife(msg.timestamp)
}

// otherLife reports whether a message is so much older or newer that its version says nothing about the one held.
func (l *live) otherLife(timestamp int64) bool {
	return timestamp != 0 && l.time != 0 && (timestamp <= l.time-life || timestamp >= l.time+life)
}

// newer reports whether a message tells of something after what is held; first says that it creates the shadow.
func (l *live) newer(msg message, first bool) bool {
	switch {
	case !l.sure, msg.asked > l.step:
		return true // whoever asks after the last news gets newer ones
	case l.time == 0 || msg.timestamp == 0:
		return msg.version > l.floor || first
	case msg.version > l.floor:
		return msg.timestamp > l.time-life
	}
	return msg.timestamp >= l.time+life || first && msg.timestamp > l.time
}

// take makes d the document.
func (l *live) take(d Document, step int) {
	if !l.exists || !l.sure || d.Version < l.floor || l.otherLife(d.Timestamp) {
		l.begin(d.Version, d.Timestamp)
	}
	l.exists, l.missing, l.sure, l.gap = true, false, true, false
	l.doc, l.floor, l.step = d, d.Version, step
	l.time = max(l.time, d.Timestamp)
	l.seen = max(l.seen, d.Version)
}

// begin forgets what may be of another life than the one of which a version and a time are known.
func (l *live) begin(version, timestamp int64) {
	if version < l.floor || l.otherLife(timestamp) {
		l.seen = 0
	}
	for v, c := range l.held {
		if timestamp != 0 && c.time <= timestamp-life || version < l.floor && c.time < l.time+life {
			delete(l.held, v)
		} else {
			l.seen = max(l.seen, v)
		}
	}
	l.told = [len(l.told)]int64{}
	l.time = 0
}

// bury notes that the shadow was deleted.
func (l *live) bury(version, timestamp int64, step int) {
	l.lose(0, step)
	l.floor, l.time = version, max(l.time, timestamp)
	l.seen = max(l.seen, version)
	l.catchUp()
}

// lose notes that there was no shadow some time after the step asked.
func (l *live) lose(asked, step int) {
	seen := l.seen
	if asked > l.heard {
		seen = l.floor
	}
	*l = live{missing: true, sure: true, floor: l.floor, seen: seen, time: l.time, step: step, heard: l.heard, held: l.held}
	for v := range l.held {
		l.seen = max(l.seen, v)
	}
}

// hear notes that there is a version, without knowing the document.
func (l *live) hear(msg message, step int) {
	l.heard = step
	if l.otherLife(msg.timestamp) && msg.version <= l.seen {
		l.gap = true
	}
	l.seen = max(l.seen, msg.version)
}

// hold keeps an accepted update and merges it as soon as the version before it is there.
func (l *live) hold(msg message, state Value, step int) {
	l.hear(msg, step)
	if len(l.held) >= heldMost {
		clear(l.held)
	}
	if l.held == nil {
		l.held = make(map[int64]change)
	}
	metadata, _ := msg.body.Member("metadata")
	seconds := ParseMetadata(metadata, state).Newest()
	if seconds == 0 {
		seconds = msg.timestamp
	}
	l.held[msg.version] = change{state, seconds, msg.timestamp, msg.by}
	before := l.floor
	l.catchUp()
	if l.floor != before {
		l.step = step
	}
}

// catchUp merges the held updates that follow the document.
func (l *live) catchUp() {
	l.create()
	for l.exists {
		c, ok := l.held[l.doc.Version+1]
		if !ok {
			break
		}
		l.doc = l.doc.merged(c)
		l.floor = l.doc.Version
		l.time = max(l.time, c.time)
		l.seen = max(l.seen, l.floor)
		l.by, l.byKnown = c.by, true
		delete(l.held, l.floor)
	}
	if !l.exists {
		return
	}
	for v := range l.held {
		if v <= l.floor {
			delete(l.held, v)
		}
	}
}

// create makes an empty document for a held update that must be the shadow's first: version 1, or two more than the version it
// was deleted at.
func (l *live) create() {
	c, first := l.held[1]
	version := int64(1)
	if l.exists && (!first || !l.otherLife(c.time) || c.time < l.time) {
		return
	}
	if !first {
		if version = l.floor + 2; !l.missing || l.floor == 0 {
			return
		}
		if _, ok := l.held[version]; !ok {
			return
		}
	}
	if version <= l.floor {
		l.seen = version
	}
	l.doc, l.floor = Document{Version: version - 1}, version-1
	l.exists, l.missing, l.sure, l.gap = true, false, true, false
	for v := range l.held {
		l.seen = max(l.seen, v)
	}
}

// merged returns the document after an accepted update.
func (d Document) merged(c change) Document {
	d.Version++
	d.Timestamp = c.time
	if c.state.IsNull() {
		d.Desired, d.Reported = Section{}, Section{}
		return d
	}
	if patch, ok := c.state.Member("desired"); ok {
		d.Desired = Merge(d.Desired, patch, c.seconds)
	}
	if patch, ok := c.state.Member("reported"); ok {
		d.Reported = Merge(d.Reported, patch, c.seconds)
	}
	return d
}
