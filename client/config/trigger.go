package config

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"example.com/thingdeck/client"
	"example.com/thingdeck/client/trigger"
)

// triggerTable is a [[trigger]] of config.toml, and where it stands.
type triggerTable struct {
	trigger.Trigger
	at FileError
}

// takeTrigger takes the header of a [[trigger]] or one of its keys.
func (c *Configuration) takeTrigger(e entry, key string) error {
	header, isTable := e.value.(table)
	switch {
	case isTable && key == "" && header.many:
		c.triggers = append(c.triggers, &triggerTable{at: e.at})
		return nil
	case key == "" || len(c.triggers) == 0 || isTable && (key != "publish" || header.many):
		return e.errorf("triggers are tables of their own: write [[trigger]] and below it name, filter and what to do")
	case isTable:
		return nil
	}
	if err := c.triggers[len(c.triggers)-1].set(key, e.value); err != nil {
		return e.errorf("trigger: %s: %w", key, err)
	}
	return nil
}

// set takes one key.
func (t *triggerTable) set(key string, value any) (err error) {
	switch key {
	case "name":
		err = assign(&t.Name, value, "a text in quotes")
	case "filter":
		var text string
		if err = assign(&text, value, "a text in quotes"); err == nil {
			t.Filter, err = client.ParseFilter(text)
		}
	case "qos":
		t.QoS, err = qos(value)
	case "where":
		err = assign(&t.Where, value, "a text in quotes")
	case "highlight":
		err = assign(&t.Highlight, value, "true or false")
	case "bell":
		err = assign(&t.Bell, value, "true or false")
	case "notify":
		err = assign(&t.Notify, value, "true or false")
	case "off":
		err = assign(&t.Off, value, "true or false")
	case "command":
		err = t.command(value)
	case "timeout":
		var text string
		if err = assign(&text, value, `a text such as "10s"`); err == nil {
			t.Timeout, err = time.ParseDuration(text)
		}
	case "rate":
		var n int64
		err = assign(&n, value, "a number without quotes")
		t.Rate = int(max(-1, min(n, 1000)))
	default:
		return t.setAnswer(key, value)
	}
	return err
}

// setAnswer takes a key of publish.
func (t *triggerTable) setAnswer(key string, value any) (err error) {
	part, ok := strings.CutPrefix(key, "publish.")
	if !ok {
		return errors.New("no trigger has such a key: there are name, filter, qos, where, highlight, bell, notify, command, timeout, publish, rate and off")
	}
	if t.Answer == nil {
		t.Answer = &client.Draft{}
	}
	var text string
	switch part {
	case "topic":
		err = assign(&t.Answer.Topic, value, "a text in quotes")
	case "payload":
		err = assign(&text, value, "a text in quotes")
		t.Answer.Payload = []byte(text)
	case "qos":
		t.Answer.QoS, err = qos(value)
	case "retain":
		err = assign(&t.Answer.Retain, value, "true or false")
	default:
		err = errors.New("publish has topic, payload, qos and retain")
	}
	return err
}

func (t *triggerTable) command(value any) error {
	list, ok := value.([]any)
	if !ok || len(list) == 0 {
		return errors.New(`a list of the program and its arguments is wanted, as in ["/usr/bin/logger", "-t", "lamp"]`)
	}
	words, err := stringsOf(list)
	t.Command = words
	return err
}

func assign[T any](to *T, value any, wanted string) error {
	v, ok := value.(T)
	if !ok {
		return fmt.Errorf("%s is wanted", wanted)
	}
	*to = v
	return nil
}

func qos(value any) (byte, error) {
	n, ok := value.(int64)
	if !ok || n < 0 || n > 2 {
		return 0, errors.New("0, 1 or 2 is wanted")
	}
	return byte(n), nil
}

// checkTriggers fills in Triggers. An error names the place of the trigger.
func (c *Configuration) checkTriggers() error {
	for _, t := range c.triggers {
		err := t.Check()
		if err == nil && slices.ContainsFunc(c.Triggers, func(o trigger.Trigger) bool { return o.Name == t.Name }) {
			err = errors.New("name: another trigger has it")
		}
		if err != nil {
			at := t.at
			at.Err = fmt.Errorf("trigger %q: %w", short(t.Name), err)
			return &at
		}
		c.Triggers = append(c.Triggers, t.Trigger)
	}
	return nil
}

// triggerItems are those of [[trigger]]: the filter and what is done.
func (c *Configuration) triggerItems() []Item {
	var items []Item
	for _, t := range c.triggers {
		items = append(items, Item{"trigger." + oneLine(t.Name), oneLine(t.Filter.String() + "  " + t.Does()), entry{at: t.at}.origin()})
	}
	return items
}
