package client_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/eclipse/paho.mqtt.golang/packets"

	"example.com/thingdeck/client"
)

func TestAFilterWantedTwiceIsSubscribedOnce(t *testing.T) {
	s := startScripted(t, nil)
	o := newObserver(t, quick())
	o.Connect(s.profile())
	f := filter(t, "a/#")
	for range 2 {
		id := o.Subscribe(f, 1)
		if sub, _ := await[client.Subscribed](o); sub.ID != id || sub.Granted != 1 || sub.Asked != 1 {
			t.Errorf("got %+v; want %d granted with QoS 1", sub, id)
		}
	}
	id := o.Subscribe(f, 0)
	if sub, _ := await[client.Subscribed](o); sub.ID != id || sub.Granted != 1 || sub.Asked != 0 {
		t.Errorf("got %+v; want the QoS granted before", sub)
	}
	for range 2 {
		o.Unsubscribe(f)
		if u, _ := await[client.Unsubscribed](o); !u.Held {
			t.Errorf("got %+v; want it still held", u)
		}
	}
	id = o.Unsubscribe(f)
	if u, _ := await[client.Unsubscribed](o); u.ID != id || u.Held {
		t.Errorf("got %+v; want it let go", u)
	}
	s.await("1 SUBSCRIBE [a/#] [1]", "1 UNSUBSCRIBE [a/#]")
	if got := s.count("1 SUBSCRIBE") + s.count("1 UNSUBSCRIBE"); got != 2 {
		t.Errorf("got %q; want one SUBSCRIBE and one UNSUBSCRIBE", s.seen)
	}
	o.Unsubscribe(f)
	await[client.Unsubscribed](o)
}

func TestAHigherQoSSubscribesAgain(t *testing.T) {
	s := startScripted(t, nil)
	o := newObserver(t, quick())
	o.Connect(s.profile())
	await[client.Connected](o)
	var ids []client.RequestID
	for _, qos := range []byte{0, 1, 0} {
		ids = append(ids, o.Subscribe(filter(t, "a"), qos))
	}
	granted := map[client.RequestID]byte{}
	for range ids {
		sub, _ := await[client.Subscribed](o)
		granted[sub.ID] = sub.Granted
	}
	if got := fmt.Sprint(granted[ids[0]], granted[ids[1]], len(granted)); got != "0 1 3" {
		t.Errorf("got %v; want an answer for each, QoS 1 for the second", granted)
	}
	s.await("1 SUBSCRIBE [a] [0]", "1 SUBSCRIBE [a] [1]")
}

func TestARefusedFilterIsNotHeld(t *testing.T) {
	_, profile, _ := startBroker(t, "127.0.0.1:0", &allow{refuseFilter: "secret"})
	o := newObserver(t, quick())
	o.Connect(profile)
	for range 2 {
		id := o.Subscribe(filter(t, "secret"), 1)
		if sub, _ := await[client.Subscribed](o); sub.ID != id || errText(sub.Err) != "refused by the broker (SUBACK 0x80)" || sub.Granted != 0 {
			t.Errorf("got %+v; want it refused", sub)
		}
	}
	o.Subscribe(filter(t, "open"), 1)
	if sub, _ := await[client.Subscribed](o); sub.Err != nil {
		t.Errorf("got %+v; want it granted", sub)
	}
}

func TestASUBACKOfTheWrongLengthEndsTheConnection(t *testing.T) {
	for _, codes := range [][]byte{{0, 0}, {1, 1, 1, 1, 1, 1}} {
		s := startScripted(t, func(c *scriptedConn, p packets.ControlPacket) bool {
			sub, ok := p.(*packets.SubscribePacket)
			if ok && c.number == 1 {
				c.suback(sub.MessageID, codes...)
				return true
			}
			return false
		})
		o := newObserver(t, quick())
		o.Connect(s.profile())
		o.Subscribe(filter(t, "a"), 0)
		want := fmt.Sprintf("the broker does not speak MQTT 3.1.1: a SUBACK with %d codes for 1 filters", len(codes))
		if r, _ := await[client.Reconnecting](o); r.Why.Text != want {
			t.Errorf("got %q; want %q", r.Why.Text, want)
		}
		await[client.Subscribed](o) // by the next connection
	}
}

func TestSubscriptionsAreRestored(t *testing.T) {
	s := startScripted(t, nil)
	o := newObserver(t, quick())
	var want []string
	for i := range 20 {
		name := fmt.Sprintf("f/%02d", i)
		want = append(want, name)
		o.Subscribe(filter(t, name), byte(i%2))
	}
	p := s.profile()
	o.Connect(p)
	for range want {
		await[client.Subscribed](o, func(e client.Subscribed) bool { return e.ID != 0 })
	}
	s.connection(1).Close()
	if r, _ := await[client.Reconnecting](o); !r.Lost {
		t.Errorf("got %+v; want a lost connection", r)
	}
	for i := range want {
		if sub, _ := await[client.Subscribed](o); sub.ID != 0 || sub.Err != nil || sub.Granted != sub.Asked {
			t.Errorf("restored %d: got %+v; want no request", i, sub)
		}
	}
	for _, connection := range []string{"1 ", "2 "} {
		checkRestored(t, s.lines(connection+"SUBSCRIBE "), want)
	}
}

// checkRestored wants all filters, once each, in SUBSCRIBE packets of at most 8.
func checkRestored(t *testing.T, lines, want []string) {
	t.Helper()
	var got []string
	for _, l := range lines {
		list, _, _ := strings.Cut(l[strings.IndexByte(l, '[')+1:], "]")
		filters := strings.Fields(list)
		if len(filters) > 8 {
			t.Errorf("got %d filters in one packet; want at most 8", len(filters))
		}
		got = append(got, filters...)
	}
	slices.Sort(got)
	if !slices.Equal(got, want) {
		t.Errorf("got %v; want %v", got, want)
	}
}

func TestAKeptSessionIsNotSubscribedAgain(t *testing.T) {
	s := startScripted(t, func(c *scriptedConn, p packets.ControlPacket) bool {
		return c.number > 1 && onConnect(0x20, 2, 1, 0)(c, p)
	})
	o := newObserver(t, quick())
	p := s.profile()
	p.Persistent = true
	o.Connect(p)
	for _, name := range []string{"kept", "left"} {
		o.Subscribe(filter(t, name), 1)
		await[client.Subscribed](o)
	}
	o.Disconnect()
	await[client.Disconnected](o)
	o.Unsubscribe(filter(t, "left"))
	await[client.Unsubscribed](o)
	o.Subscribe(filter(t, "kept"), 0)
	if sub, _ := await[client.Subscribed](o); sub.Granted != 1 {
		t.Errorf("got %+v; want what the kept session has", sub)
	}
	id := o.Subscribe(filter(t, "new"), 0)
	p.ClientID = "" // made up anew: another client
	o.Connect(p)
	if c, _ := await[client.Connected](o); !c.SessionPresent {
		t.Errorf("got %+v; want the session present", c)
	}
	await[client.Subscribed](o, func(e client.Subscribed) bool { return e.ID == id })
}

func TestChangesMadeWhileAwayReachAKeptSession(t *testing.T) {
	s := startScripted(t, func(c *scriptedConn, p packets.ControlPacket) bool {
		return c.number > 1 && onConnect(0x20, 2, 1, 0)(c, p)
	})
	o := newObserver(t, quick())
	p := s.profile()
	p.Persistent, p.ClientID = true, "me"
	o.Connect(p)
	for _, name := range []string{"kept", "left"} {
		o.Subscribe(filter(t, name), 1)
		await[client.Subscribed](o)
	}
	o.Disconnect()
	await[client.Disconnected](o)
	o.Unsubscribe(filter(t, "left"))
	await[client.Unsubscribed](o)
	o.Subscribe(filter(t, "new"), 0)
	o.Connect(p)
	await[client.Subscribed](o)
	s.await("2 SUBSCRIBE [new] [0]", "2 UNSUBSCRIBE [left]")
	if got := s.lines("2 SUBSCRIBE"); len(got) != 1 {
		t.Errorf("got %q; want only what is new", got)
	}
}

func TestUnsubscribeBeforeThereIsAConnection(t *testing.T) {
	o := newObserver(t, quick())
	asked := o.Subscribe(filter(t, "a"), 0)
	o.Unsubscribe(filter(t, "a"))
	if sub, _ := await[client.Subscribed](o); sub.ID != asked || errText(sub.Err) != "unsubscribed before it was sent" {
		t.Errorf("got %+v; want an answer to %d that says so", sub, asked)
	}
	await[client.Unsubscribed](o)
}

func TestABrokerThatIsStartedAgain(t *testing.T) {
	_, profile, stop := startBroker(t, "127.0.0.1:0")
	o := newObserver(t, quick())
	o.Connect(profile)
	o.Subscribe(filter(t, "$share/group/a/#"), 1)
	o.Subscribe(filter(t, "b"), 1)
	await[client.Subscribed](o)
	await[client.Subscribed](o)
	stop()
	if r, _ := await[client.Reconnecting](o); !r.Lost || r.Why.Text == "" {
		t.Errorf("got %+v; want a lost connection with its reason", r)
	}
	id := o.Publish(client.Message{Topic: topic(t, "a/b"), Payload: []byte("meanwhile"), QoS: 1})
	startBroker(t, profile.Broker.Address())
	await[client.Connected](o)
	await(o, step(client.Acknowledged), func(p client.Published) bool { return p.ID == id })
	o.awaitMessages(1)
	if m, _ := o.History.At(0); string(m.Payload) != "meanwhile" {
		t.Errorf("got %q; want what was published while away", m.Payload)
	}
}

func TestSeveralFiltersShareAPacket(t *testing.T) {
	s := startScripted(t, nil)
	o := newObserver(t, quick())
	o.Connect(s.profile())
	await[client.Connected](o)
	var all []client.Subscription
	for i := range 9 {
		all = append(all, client.Subscription{Filter: filter(t, fmt.Sprint("f", i)), QoS: 1})
	}
	all = append(all, all[0])
	ids := o.SubscribeAll(all...)
	for range ids {
		if sub, _ := await[client.Subscribed](o); sub.Err != nil || !slices.Contains(ids, sub.ID) {
			t.Errorf("got %+v", sub)
		}
	}
	s.await("1 SUBSCRIBE [f8] [1]") // the library gives the filters of a packet any order
	if got := s.count("1 SUBSCRIBE"); got != 2 {
		t.Errorf("got %q; want two SUBSCRIBE", s.seen)
	}
}

func TestTheQoSChangesWithoutAGap(t *testing.T) {
	s := startScripted(t, nil)
	o := newObserver(t, quick())
	o.Connect(s.profile())
	await[client.Connected](o)
	f := filter(t, "a/#")
	o.Subscribe(f, 1)
	await[client.Subscribed](o)
	for _, qos := range []byte{0, 1} {
		id := o.ChangeQoS(f, qos)
		if sub, _ := await[client.Subscribed](o); sub.ID != id || sub.Granted != qos || sub.Err != nil {
			t.Errorf("got %+v; want QoS %d", sub, qos)
		}
	}
	o.Unsubscribe(f)
	if u, _ := await[client.Unsubscribed](o); u.Held {
		t.Error("a change of the QoS holds the filter once more")
	}
	s.await("1 SUBSCRIBE [a/#] [1]", "1 SUBSCRIBE [a/#] [0]", "1 SUBSCRIBE [a/#] [1]", "1 UNSUBSCRIBE [a/#]")
	if id := o.ChangeQoS(f, 1); true {
		if sub, _ := await[client.Subscribed](o); sub.ID != id || errText(sub.Err) != "not subscribed" {
			t.Errorf("got %+v; want it refused here", sub)
		}
	}
}

func TestAQoSThatIsRefusedLeavesTheFilterAsItWas(t *testing.T) {
	s := startScripted(t, func(c *scriptedConn, p packets.ControlPacket) bool {
		sub, ok := p.(*packets.SubscribePacket)
		if !ok || sub.Qoss[0] == 0 {
			return false
		}
		c.suback(sub.MessageID, 0x80)
		return true
	})
	o := newObserver(t, quick())
	o.Connect(s.profile())
	await[client.Connected](o)
	f := filter(t, "a")
	o.Subscribe(f, 0)
	await[client.Subscribed](o)
	id := o.ChangeQoS(f, 1)
	if sub, _ := await[client.Subscribed](o); sub.ID != id || sub.Err == nil {
		t.Errorf("got %+v; want it refused", sub)
	}
	o.Unsubscribe(f)
	if u, _ := await[client.Unsubscribed](o); u.Held {
		t.Errorf("got %+v; want the one hold let go", u)
	}
	s.await("1 UNSUBSCRIBE [a]")
}
