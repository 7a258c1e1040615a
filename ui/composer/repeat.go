package composer

import (
	"fmt"
	"strings"
	"time"

	tea "github.com/charmbracelet/bubbletea"

	"example.com/thingdeck/client"
	"example.com/thingdeck/client/template"
	"example.com/thingdeck/ui/widget"
)

// Published asks the root to keep a row of what was published.
type Published struct{ Publication client.Publication }

// plan is what is repeated, and how often.
type plan struct {
	draft   Draft
	message *template.Message // of the draft, which the first message is of unless there are lines
	lines   []string          // a payload each, in the place of the draft's
	file    string            // where they come from
	every   time.Duration
	total   int // messages; 0 until stopped
	answers map[string]string
}

// repeat publishes again and again. Its moments are counted from the first, so that nothing adds up; those that went by unused, as
// while another program had the terminal, are left out.
type repeat struct {
	plan
	running  bool
	tag      uint64    // of this repeat; a tick of another one is late
	next     time.Time // when the next message is due
	sent     int
	acked    int
	failed   int
	open     map[uint64]bool // asked for and not at their end
	recent   []time.Time     // of the last messages, at most awsRate
	waits    string          // for what, "" while it goes on
	ended    string          // what became of it
	fault    bool            // ended for a fault
	offline  bool
	lastFail string
}

const (
	// awsRate is how many messages a second are published at most where AWS's limits hold: half of what a connection may carry.
	awsRate = 50
	// shortest is the shortest time between two messages elsewhere.
	shortest = time.Millisecond
	// burst is the time whose messages go out in one step, because timers are late.
	burst = 50 * time.Millisecond
	// maxOpen is how many messages wait for their acknowledgement before the repeat waits for them.
	maxOpen = 200
	// patience is how often a repeat that waits looks whether it may go on.
	patience = 100 * time.Millisecond
)

// tickMsg says that the next message of a repeat is due.
type tickMsg struct{ tag uint64 }

// Repeating reports whether messages are being repeated.
func (p *Pane) Repeating() bool { return p.repeat.running }

// SetOnline tells whether there is a connection. A repeat waits while there is none.
func (p *Pane) SetOnline(on bool) {
	if p.repeat.offline == on {
		p.repeat.offline = !on
		p.dirty = true
	}
}

// checkPlan says why something can't be repeated that often.
func (p *Pane) checkPlan(every time.Duration) error {
	if fastest := time.Second / awsRate; p.limits.AWS && every < fastest {
		return fmt.Errorf("AWS: at most %d messages a second, which is every %s", awsRate, fastest)
	}
	if every < shortest {
		return fmt.Errorf("every %s at least", shortest)
	}
	return nil
}

// Begun starts the repeat that a dialog made, once the dialog is gone.
func (p *Pane) Begun() ([]any, tea.Cmd) {
	if p.pending == nil {
		return nil, nil
	}
	p.repeat = repeat{plan: *p.pending, running: true, tag: p.repeat.tag + 1, next: p.now(), open: map[uint64]bool{}, offline: p.repeat.offline}
	p.pending = nil
	kept := p.repeat.draft
	if len(p.repeat.lines) > 0 {
		kept.Payload = []byte(p.repeat.lines[0])
	}
	intents, cmd := p.tick(tickMsg{p.repeat.tag})
	return append(intents, Published{p.note(kept)}), cmd
}

// Stop ends the repeat that runs, if any.
func (p *Pane) Stop() {
	if p.repeat.running {
		p.stop("stopped", false)
	}
}

// Repeated says in a few words how far the repeat is, "" when none runs.
func (p *Pane) Repeated() string {
	switch r := &p.repeat; {
	case !r.running:
		return ""
	case r.waits != "":
		return "repeat waits for " + r.waits
	default:
		return "repeating " + widget.Count(uint64(r.sent))
	}
}

// stop ends the repeat.
func (p *Pane) stop(why string, fault bool) {
	p.repeat.running, p.repeat.waits, p.repeat.ended, p.repeat.fault = false, "", why, fault
	p.dirty = true
}

// tick publishes what is due and waits for the next.
func (p *Pane) tick(msg tickMsg) (intents []any, cmd tea.Cmd) {
	r := &p.repeat
	if !r.running || msg.tag != r.tag {
		return nil, nil
	}
	p.dirty = true
	now := p.now()
	due := 0
	if !now.Before(r.next) {
		due = min(int(now.Sub(r.next)/r.every)+1, max(1, int(burst/r.every)))
	}
	for range due {
		if r.waits = r.hindrance(now, p.limits.AWS); r.waits != "" {
			break
		}
		publish, err := p.nextMessage()
		if err != nil {
			p.stop("stopped: "+err.Error(), true)
			return intents, nil
		}
		intents = append(intents, publish)
		r.sent++
		r.recent = append(r.recent[max(0, len(r.recent)-awsRate+1):], now)
		if r.total > 0 && r.sent == r.total {
			p.stop("", false)
			return intents, nil
		}
	}
	if late := now.Sub(r.next); late >= 0 {
		r.next = r.next.Add((late/r.every + 1) * r.every)
	}
	wait := r.next.Sub(now)
	if r.waits != "" {
		wait = max(wait, patience)
	}
	tag := r.tag
	return intents, tea.Tick(wait, func(time.Time) tea.Msg { return tickMsg{tag} })
}

// hindrance is what the next message has to wait for.
func (r *repeat) hindrance(now time.Time, aws bool) string {
	switch {
	case r.offline:
		return "a connection"
	case len(r.open) >= maxOpen:
		return "acknowledgements"
	case aws && len(r.recent) == awsRate && now.Sub(r.recent[0]) < time.Second:
		return "its turn"
	}
	return ""
}

// nextMessage renders the message that is due.
func (p *Pane) nextMessage() (Publish, error) {
	r := &p.repeat
	message := r.message
	if n := len(r.lines); n > 0 {
		d := r.draft
		d.Payload = []byte(r.lines[r.sent%n])
		var err error
		if message, err = template.OfDraft(d); err != nil {
			return Publish{}, fmt.Errorf("line %d: %w", r.sent%n+1, err)
		}
	}
	d, err := message.Render(p.values(p.seed(), r.answers))
	if err != nil {
		return Publish{}, err
	}
	m, err := p.message(d)
	p.seq++
	return Publish{Topic: m.Topic, Payload: m.Payload, QoS: m.QoS, Retain: m.Retain, Repeated: true}, err
}

func (r *repeat) asked(id uint64) {
	if r.open == nil {
		r.open = map[uint64]bool{}
	}
	r.open[id] = true
}

// outcome counts a step of one of the messages and reports whether it was one.
func (r *repeat) outcome(id uint64, progress Progress) bool {
	if !r.open[id] {
		return false
	}
	if progress.Final {
		delete(r.open, id)
		if progress.Failed {
			r.failed++
			r.lastFail = progress.Text
		} else {
			r.acked++
		}
	}
	return true
}

// rate is messages a second, from the first of the last ones to the last.
func (r *repeat) rate() float64 {
	n := len(r.recent)
	if n < 2 {
		return 0
	}
	span := r.recent[n-1].Sub(r.recent[0])
	if span <= 0 {
		return 0
	}
	return float64(n-1) / span.Seconds()
}

// line says how far the repeat is, "" when there was none.
func (p *Pane) repeatLine() (text string, fault bool) {
	r := &p.repeat
	if r.tag == 0 {
		return "", false
	}
	count := widget.Count(uint64(r.sent))
	if r.total > 0 && (r.running || r.sent < r.total) {
		count += " of " + widget.Count(uint64(r.total))
	}
	parts := []string{"repeated " + count}
	switch {
	case r.running && r.waits != "":
		parts = []string{"repeat waits for " + r.waits, count}
	case r.running:
		parts = []string{"repeating " + count, widget.Rate(r.rate())}
	case r.ended != "":
		parts = append(parts, r.ended)
	}
	if r.running {
		if key := p.keys.Action("publish.repeat").Key(); key != "" {
			parts = append(parts, key+" stops")
		}
	}
	if r.failed > 0 {
		parts = append(parts, fmt.Sprintf("%d failed: %s", r.failed, r.lastFail))
	}
	if len(r.open) > 0 {
		parts = append(parts, fmt.Sprintf("%d waiting", len(r.open)))
	}
	text, _ = widget.Sanitize(strings.Join(parts, " "+p.theme.Bar+" "), maxShown)
	return text, r.fault
}
