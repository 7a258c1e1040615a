package trigger

import (
	"fmt"
	"math/rand/v2"
	"os"
	"strconv"
	"strings"
	"time"

	"example.com/thingdeck/client"
	"example.com/thingdeck/client/history"
	"example.com/thingdeck/client/template"
)

// handle does what a trigger does with a message. A fault in it is told and ends only this one.
func (e *Engine) handle(ev event) {
	r, m := ev.of, ev.msg
	defer func() {
		if p := recover(); p != nil {
			e.count(r, func(s *Status) { s.Failed++ })
			e.tell(r.Name, fmt.Sprintf("internal error: %v", p), true)
		}
	}()
	if !r.test.Match(m) {
		return
	}
	e.count(r, func(s *Status) { s.Matched++ })
	if r.Bell || r.Notify {
		e.alert(r, m)
	}
	failed := false
	if len(r.Command) > 0 || r.answer != nil {
		ok, first := r.pace.allow(e.now())
		if !ok {
			e.count(r, func(s *Status) { s.HeldBack++ })
			if first {
				e.tell(r.Name, fmt.Sprintf("held back: more than %d a second", r.Rate), true)
			}
			return
		}
		failed = e.act(r, m)
	}
	e.count(r, func(s *Status) {
		s.Ran++
		if failed {
			s.Failed++
		}
	})
}

// act runs the command, then publishes the answer.
func (e *Engine) act(r *running, m history.Message) (failed bool) {
	if len(r.Command) > 0 {
		out, err := e.command(r, m)
		if failed = err != nil; failed {
			e.tell(r.Name, fmt.Sprintf("%s: %v%s", r.Command[0], err, said(out)), true)
		} else {
			e.tell(r.Name, r.Command[0]+" ran"+said(out), false)
		}
	}
	if r.answer != nil && e.ctx.Err() == nil {
		if err := e.publish(r, m); err != nil {
			e.tell(r.Name, err.Error(), true)
			return true
		}
	}
	return failed
}

// said is the output of a command as it stands in the log.
func said(out string) string {
	if out = strings.TrimSpace(out); out == "" {
		return ""
	}
	return ": " + out
}

// maxBody is how much of a payload a notification shows.
const maxBody = 120

// alert asks the screen to ring or notify, once a second at most.
func (e *Engine) alert(r *running, m history.Message) {
	if ok, _ := r.bells.allow(e.now()); !ok {
		return
	}
	s := Signal{Bell: r.Bell}
	if r.Notify {
		s.Title, s.Body = r.Name, m.Topic+"  "+string(m.Payload[:min(len(m.Payload), maxBody)])
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	if len(e.signals) < maxSignals {
		e.signals = append(e.signals, s)
	}
	e.signal()
}

// publish sends the answer.
func (e *Engine) publish(r *running, m history.Message) error {
	r.serial++
	d, err := r.answer.Render(template.Values{
		Now: e.now(), Seq: r.serial, Rand: rand.New(rand.NewPCG(rand.Uint64(), rand.Uint64())), Env: variables(r.Name, m),
	})
	if err != nil {
		return fmt.Errorf("publish: %w", err)
	}
	topic, err := client.ParseTopic(d.Topic)
	if err != nil {
		return fmt.Errorf("publish: %w", err)
	}
	e.session.Publish(client.Message{Topic: topic, Payload: d.Payload, QoS: d.QoS, Retain: d.Retain})
	e.tell(r.Name, "published on "+d.Topic, false)
	return nil
}

// Environment is what a command finds in its environment beside the program's own.
func Environment(name string, m history.Message) []string {
	return []string{
		"THINGDECK_TRIGGER=" + name, "THINGDECK_TOPIC=" + m.Topic, "THINGDECK_QOS=" + strconv.Itoa(int(m.QoS)),
		"THINGDECK_RETAIN=" + strconv.FormatBool(m.Retain), "THINGDECK_TIME=" + m.Time.UTC().Format(time.RFC3339Nano),
		"THINGDECK_SIZE=" + strconv.Itoa(len(m.Payload)),
	}
}

// variables looks up what the templates of an answer call env: the message first, then the environment.
func variables(name string, m history.Message) func(string) (string, bool) {
	return func(key string) (string, bool) {
		if key == "THINGDECK_PAYLOAD" {
			return string(m.Payload), true
		}
		for _, pair := range Environment(name, m) {
			if k, v, _ := strings.Cut(pair, "="); k == key {
				return v, true
			}
		}
		return os.LookupEnv(key)
	}
}
