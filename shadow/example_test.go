package shadow_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"example.com/thingdeck/client"
	"example.com/thingdeck/client/history"
	"example.com/thingdeck/client/local"
	"example.com/thingdeck/shadow"
	"example.com/thingdeck/shadow/service"
)

// ThingShadow joins a Manager, which sends nothing itself, to a Session: it subscribes to the answers, publishes requests
// when all SUBACKs have come, and gives the Manager what arrives. Copy it, and change it as needed. The Session calls
// message and event one at a time; the lock is for Ask, which any goroutine may call, and for the timer.
type ThingShadow struct {
	session *client.Session
	tell    func(shadow.Result)
	remove  []func() // from the Session

	mu      sync.Mutex
	manager *shadow.Manager
	filters map[client.Filter]bool // whether the broker granted it on this connection
	refused error                  // why one of them is not held
	ready   chan struct{}          // closed while all are granted
	answers map[string]chan shadow.Result
	timer   *time.Timer // to the next timeout
}

// Join subscribes to the answers of a shadow. tell is given every Result, also of what other clients do.
func Join(s *client.Session, name shadow.Name, o shadow.Options, tell func(shadow.Result)) (*ThingShadow, error) {
	if err := name.Check(); err != nil {
		return nil, err
	}
	t := &ThingShadow{
		session: s, tell: tell,
		manager: shadow.NewManager(name, o),
		filters: make(map[client.Filter]bool),
		ready:   make(chan struct{}),
		answers: make(map[string]chan shadow.Result),
	}
	t.timer = time.AfterFunc(time.Hour, t.expire)
	for _, text := range t.manager.Filters() {
		f, err := client.ParseFilter(text)
		if err != nil {
			return nil, err
		}
		t.filters[f] = false
		t.remove = append(t.remove, s.Handle(f, t.message))
	}
	t.remove = append(t.remove, s.HandleEvents(t.event))
	for f := range t.filters {
		s.Subscribe(f, 1) // the Session does so again on each new connection
	}
	return t, nil
}

// Leave lets the subscriptions go.
func (t *ThingShadow) Leave() {
	for _, remove := range t.remove {
		remove()
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	t.timer.Stop()
	for f := range t.filters {
		t.session.Unsubscribe(f)
	}
}

// Ask makes a request, as in Ask(ctx, (*shadow.Manager).Get), and returns its answer: Accepted, Rejected or TimedOut.
func (t *ThingShadow) Ask(ctx context.Context, request func(*shadow.Manager, time.Time) shadow.Request) (shadow.Result, error) {
	if err := t.Ready(ctx); err != nil { // an answer that comes before its SUBACK is lost
		return nil, err
	}
	answer, err := t.Send(request)
	if err != nil {
		return nil, err
	}
	select {
	case result := <-answer:
		return result, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// Ready waits until the broker has answered all subscriptions. Its error is that of one which it refused.
func (t *ThingShadow) Ready(ctx context.Context) error {
	t.mu.Lock()
	ready := t.ready
	t.mu.Unlock()
	select {
	case <-ready:
	case <-ctx.Done():
		return ctx.Err()
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.refused
}

// Send is Ask without waiting, for functions such as tell that must not wait. The answer goes to tell too.
func (t *ThingShadow) Send(ask func(*shadow.Manager, time.Time) shadow.Request) (<-chan shadow.Result, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	request := ask(t.manager, time.Now())
	topic, err := client.ParseTopic(request.Topic)
	if err != nil {
		return nil, err
	}
	answer := make(chan shadow.Result, 1)
	t.answers[request.Token] = answer
	t.session.Publish(client.Message{Topic: topic, Payload: request.Payload, QoS: 1})
	t.watch()
	return answer, nil
}

func (t *ThingShadow) message(m history.Message) {
	t.mu.Lock()
	results := t.manager.Handle(m.Topic, m.Payload, m.Time)
	t.watch()
	t.mu.Unlock()
	t.report(results)
}

func (t *ThingShadow) expire() {
	t.mu.Lock()
	results := t.manager.Expire(time.Now())
	t.watch()
	t.mu.Unlock()
	t.report(results)
}

// watch sets the timer to the next timeout.
func (t *ThingShadow) watch() {
	if at, ok := t.manager.NextExpiry(); ok {
		t.timer.Reset(time.Until(at))
	}
}

// report tells the results, then gives those that are answers to who waits for them.
func (t *ThingShadow) report(results []shadow.Result) {
	for _, result := range results {
		t.tell(result)
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, result := range results {
		token := ""
		switch r := result.(type) {
		case shadow.Accepted:
			token = r.Request.Token
		case shadow.Rejected:
			token = r.Request.Token
		case shadow.TimedOut:
			token = r.Request.Token
		}
		if answer := t.answers[token]; answer != nil {
			answer <- result
			delete(t.answers, token)
		}
	}
}

// event follows the connection: a shadow may be asked for when all its filters are granted on this connection.
func (t *ThingShadow) event(e client.Event) {
	t.mu.Lock()
	defer t.mu.Unlock()
	switch e := e.(type) {
	case client.Connected:
		t.manager.Connect() // what is known may be old: ask with Get
		for f, granted := range t.filters {
			t.filters[f] = granted && e.SessionPresent
		}
	case client.Subscribed:
		if _, ours := t.filters[e.Filter]; !ours {
			return
		}
		t.filters[e.Filter] = true
		if e.Err != nil { // the Session does not hold it
			delete(t.filters, e.Filter)
			t.refused = fmt.Errorf("subscribe %s: %w", e.Filter, e.Err)
		}
	case client.Reconnecting, client.Refused, client.Disconnected:
		t.setReady(false)
		return
	}
	for _, granted := range t.filters {
		if !granted {
			return
		}
	}
	t.setReady(true)
}

func (t *ThingShadow) setReady(ready bool) {
	select {
	case <-t.ready:
		if !ready {
			t.ready = make(chan struct{})
		}
	default:
		if ready {
			close(t.ready)
		}
	}
}

// startLocal runs a broker with a Device Shadow service on a free port. An AWS endpoint takes its place.
func startLocal() *local.Server {
	shadows, err := service.New(service.Options{})
	if err != nil {
		panic(err)
	}
	server, err := local.Start(context.Background(), local.Options{
		Listen: "127.0.0.1:0",
		Shadows: local.ShadowsFunc(func(topic string, payload []byte, now time.Time, publish func(string, []byte)) bool {
			return shadows.HandleTo(topic, payload, now, func(replies []service.Reply) {
				for _, r := range replies {
					publish(r.Topic, r.Payload)
				}
			})
		}),
	})
	if err != nil {
		panic(err)
	}
	return server
}

// state is a value written as JSON.
func state(text string) shadow.Value {
	v, err := shadow.Parse([]byte(text))
	if err != nil {
		panic(err)
	}
	return v
}

// show prints what a result means.
func show(result shadow.Result) {
	switch r := result.(type) {
	case shadow.Accepted:
		fmt.Printf("%s accepted, version %d\n", r.Request.Op, r.Version)
	case shadow.Rejected:
		fmt.Printf("%s rejected: %d %s\n", r.Request.Op, r.Code, r.Message)
	case shadow.TimedOut:
		fmt.Printf("%s: no answer\n", r.Request.Op)
	case shadow.Loaded:
		fmt.Printf("loaded %s\n", r.Document.AppendState(nil))
	case shadow.Differs:
		fmt.Printf("differs: %s\n", r.Delta.State)
	case shadow.Deleted:
		fmt.Printf("deleted\n")
	}
}

// connect makes a client and connects it. Run hands on what it receives until stop is called, which also disconnects.
func connect(server *local.Server, clientID string) (s *client.Session, stop func()) {
	broker, err := client.ParseBroker("mqtt://" + server.Addr().String())
	if err != nil {
		panic(err)
	}
	s = client.NewSession(nil, client.Settings{})
	s.HandleEvents(func(e client.Event) {
		switch e := e.(type) {
		case client.Connected:
			fmt.Println("connected as", e.ClientID)
		case client.Reconnecting:
			fmt.Println("not connected:", e.Why)
		case client.Refused:
			fmt.Println("refused:", e.Why)
		}
	})
	ended := make(chan error)
	go func() { ended <- s.Run(context.Background()) }()
	s.Connect(client.Profile{Broker: broker, ClientID: clientID})
	return s, func() {
		ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
		defer cancel()
		if err := s.Close(ctx); err != nil { // sends DISCONNECT
			fmt.Println("close:", err)
		}
		if err := <-ended; !errors.Is(err, client.ErrClosed) {
			fmt.Println("run:", err)
		}
	}
}

// The whole life: a client connects, connects a named shadow with all its answers, creates, updates, gets and deletes it,
// and disconnects. Two more functions listen to one of the topics.
func Example() {
	server := startLocal()
	defer server.Close()
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()

	session, disconnect := connect(server, "console")
	defer disconnect()
	lamp, err := Join(session, shadow.Name{Thing: "lamp", Shadow: "light"}, shadow.Options{}, show)
	if err != nil {
		panic(err)
	}
	defer lamp.Leave()

	// Any number of functions on one filter. They are called in the order in which they were given, after those of Join.
	delta, err := client.ParseFilter("$aws/things/lamp/shadow/name/light/update/delta")
	if err != nil {
		panic(err)
	}
	remove := session.Handle(delta, func(m history.Message) { fmt.Println("  first function on", m.Topic) })
	count := 0
	session.Handle(delta, func(history.Message) {
		count++
		fmt.Println("  second function: deltas so far:", count)
	})

	ask := func(request func(*shadow.Manager, time.Time) shadow.Request) {
		if _, err := lamp.Ask(ctx, request); err != nil { // the answer is shown by show
			fmt.Println(err)
		}
	}
	ask((*shadow.Manager).Get) // there is none yet: Create would overwrite it
	ask(func(m *shadow.Manager, now time.Time) shadow.Request {
		return m.Create(state(`{"desired":{"on":true},"reported":{"on":false}}`), now)
	})
	ask((*shadow.Manager).Get)
	remove()
	ask(func(m *shadow.Manager, now time.Time) shadow.Request {
		return m.Update(state(`{"desired":{"level":7}}`), m.Version(), now)
	})
	ask(func(m *shadow.Manager, now time.Time) shadow.Request {
		return m.Update(state(`{"desired":{"level":8}}`), 1, now) // not the version that the shadow has
	})
	ask((*shadow.Manager).Delete)

	// Output:
	// connected as console
	// get rejected: 404 No shadow exists with name: 'light'
	// update accepted, version 1
	// differs: {"on":true}
	//   first function on $aws/things/lamp/shadow/name/light/update/delta
	//   second function: deltas so far: 1
	// get accepted, version 1
	// loaded {"desired":{"on":true},"reported":{"on":false}}
	// update accepted, version 2
	// differs: {"level":7,"on":true}
	//   second function: deltas so far: 2
	// update rejected: 409 Version conflict
	// delete accepted, version 2
	// deleted
}
