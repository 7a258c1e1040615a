// Package trigger does things when messages come: it rings, notifies, runs commands and publishes answers. Triggers run one after the
// other in a goroutine of their own, in the order of the messages, off the network and off the screen.
package trigger

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"example.com/thingdeck/client"
	"example.com/thingdeck/client/history/filter"
	"example.com/thingdeck/client/template"
)

// Trigger is a filter, a condition, and what to do with each message that both select.
type Trigger struct {
	Name   string
	Filter client.Filter
	QoS    byte
	// Where is a condition in the filter language of the message log (package filter), as in .temp > 30 and .unit == "C"; "" for every
	// message.
	Where string

	// Highlight marks the message in the log with the trigger's name. It is for the screen to do, which asks Engine.Marks.
	Highlight bool
	// Bell rings the terminal's bell, Notify shows a notification of the desktop, where the terminal can.
	Bell, Notify bool
	// Command is a program and its arguments, as they are: no shell reads them. The payload comes on its standard input, and the rest of
	// the message in its environment: see Environment.
	Command []string
	// Timeout ends the command (10 s when 0).
	Timeout time.Duration
	// Answer is published; its topic and payload are templates (package template) whose env knows what Environment lists, and
	// THINGDECK_PAYLOAD. Nil publishes nothing.
	Answer *client.Draft
	// Rate is how many messages a second may set off commands and answers (10 when 0), so that an answer that sets off its own trigger
	// does not run away. What is beyond it is held back and counted.
	Rate int
	// Off says that it does nothing until it is switched on.
	Off bool
}

// Limits of a trigger.
const (
	DefaultTimeout = 10 * time.Second
	DefaultRate    = 10
	MaxRate        = 50
	maxName        = 40
)

// compiled is a trigger ready to run.
type compiled struct {
	Trigger
	where  *filter.Filter
	answer *template.Message
	plain  bool // the answer's topic has no variables
}

// Check says what is wrong with the trigger; nil when it can run. The text names the part at fault.
func (t Trigger) Check() error {
	_, err := t.compile()
	return err
}

func (t Trigger) compile() (c compiled, err error) {
	c.Trigger = t
	switch {
	case t.Name == "":
		return c, errors.New("name: a trigger has a name")
	case len([]rune(t.Name)) > maxName:
		return c, fmt.Errorf("name: at most %d characters", maxName)
	case t.Filter == (client.Filter{}):
		return c, errors.New("filter: a trigger has a topic filter")
	case t.QoS > 2:
		return c, errors.New("qos: 0, 1 or 2")
	case t.Rate < 0 || t.Rate > MaxRate:
		return c, fmt.Errorf("rate: 1 to %d a second", MaxRate)
	case t.Timeout < 0 || t.Timeout > time.Hour:
		return c, errors.New("timeout: at most an hour")
	case len(t.Command) > 0 && t.Command[0] == "":
		return c, errors.New("command: the program has no name")
	case !t.Highlight && !t.Bell && !t.Notify && len(t.Command) == 0 && t.Answer == nil:
		return c, errors.New("it does nothing: give it highlight, bell, notify, command or publish")
	}
	for _, arg := range t.Command {
		if strings.ContainsRune(arg, 0) {
			return c, errors.New("command: an argument holds a null character")
		}
	}
	if c.where, err = filter.Parse(t.Where); err != nil {
		return c, fmt.Errorf("where: %w", err)
	}
	if t.Answer != nil {
		draft := *t.Answer
		draft.Variables = true
		if c.answer, err = template.OfDraft(draft); err != nil {
			return c, fmt.Errorf("publish: %w", err)
		}
		if len(c.answer.Asks()) > 0 {
			return c, errors.New("publish: nobody is there to answer {{ask}}")
		}
		if c.plain = !strings.Contains(draft.Topic, "{{"); c.plain {
			if _, err := client.ParseTopic(draft.Topic); err != nil {
				return c, fmt.Errorf("publish: %w", err)
			}
		}
	}
	if c.Rate == 0 {
		c.Rate = DefaultRate
	}
	if c.Timeout == 0 {
		c.Timeout = DefaultTimeout
	}
	return c, nil
}

// Loops reports whether the trigger's answer may set off the trigger itself. It is allowed, and held back by Rate.
func (t Trigger) Loops() bool {
	return t.Answer != nil && (strings.Contains(t.Answer.Topic, "{{") || t.Filter.MatchesStandard(t.Answer.Topic))
}

// Does names the actions in the order in which they run: "highlight, bell, command".
func (t Trigger) Does() string {
	var out []string
	for _, a := range []struct {
		on   bool
		name string
	}{
		{t.Highlight, "highlight"}, {t.Bell, "bell"}, {t.Notify, "notify"}, {len(t.Command) > 0, "command"}, {t.Answer != nil, "publish"},
	} {
		if a.on {
			out = append(out, a.name)
		}
	}
	return strings.Join(out, ", ")
}
