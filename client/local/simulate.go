package local

import (
	"context"
	"fmt"
	"time"

	mqtt "github.com/eclipse/paho.mqtt.golang"
)

const (
	connectIn   = 5 * time.Second
	comeBackIn  = 2 * time.Second // between two attempts of the simulated thing to connect
	deviceQueue = 256             // messages to the simulated thing that wait
)

// simulate runs the simulated thing until ctx ends. It is a device like any other: a client over TCP whose client ID is
// the thing's name. A real device with that ID takes its place for as long as it stays.
func (s *Server) simulate(ctx context.Context) {
	l := newLamp(s.opt.Simulate, s.opt.ObeyAfter)
	for {
		if !s.broker.Connected(s.opt.Simulate) {
			if err := s.live(ctx, l); err != nil && ctx.Err() == nil {
				s.opt.Log.Warn("simulated thing", "thing", s.opt.Simulate, "error", err)
			}
		}
		select {
		case <-ctx.Done():
			return
		case <-time.After(comeBackIn):
		}
	}
}

// live is one connection of the simulated thing.
func (s *Server) live(ctx context.Context, l *lamp) error {
	arrived := make(chan mqtt.Message, deviceQueue)
	lost := make(chan error, 1)
	client := mqtt.NewClient(s.deviceOptions(arrived, lost))
	defer client.Disconnect(100)
	if err := settled(client.Connect(), "connect"); err != nil {
		return err
	}
	wanted := map[string]byte{}
	for _, f := range l.filters() {
		wanted[f] = 1
	}
	if err := settled(client.SubscribeMultiple(wanted, nil), "subscribe"); err != nil {
		return err
	}
	send := func(out []sent) {
		for _, r := range out {
			qos := byte(1)
			if r.topic == l.thing+"/telemetry" {
				qos = 0
			}
			client.Publish(r.topic, qos, false, r.payload)
		}
	}
	send(l.begin(s.opt.Now()))
	tick := time.NewTicker(s.opt.ReportEach)
	defer tick.Stop()
	due := time.NewTimer(time.Hour)
	defer due.Stop()
	for {
		due.Reset(max(time.Millisecond, l.next().Sub(s.opt.Now())))
		select {
		case <-ctx.Done():
			return nil
		case err := <-lost:
			return fmt.Errorf("connection lost: %w", err)
		case m := <-arrived:
			send(l.handle(m.Topic(), m.Payload(), s.opt.Now()))
		case <-tick.C:
			send([]sent{l.telemetry(s.opt.Now())})
		case <-due.C:
			send(l.due(s.opt.Now()))
		}
	}
}

func (s *Server) deviceOptions(arrived chan<- mqtt.Message, lost chan<- error) *mqtt.ClientOptions {
	return mqtt.NewClientOptions().
		AddBroker("tcp://" + s.Addr().String()).SetClientID(s.opt.Simulate).SetProtocolVersion(4).
		SetAutoReconnect(false).SetConnectRetry(false).SetKeepAlive(30 * time.Second).
		SetConnectTimeout(connectIn).SetWriteTimeout(connectIn).
		SetConnectionLostHandler(func(_ mqtt.Client, err error) { lost <- err }).
		SetDefaultPublishHandler(func(_ mqtt.Client, m mqtt.Message) {
			select {
			case arrived <- m:
			default: // the lamp is far behind; its shadow tells it later
			}
		})
}

// settled waits for what a token stands for.
func settled(t mqtt.Token, what string) error {
	if !t.WaitTimeout(connectIn) {
		return fmt.Errorf("%s: no answer within %v", what, connectIn)
	}
	if err := t.Error(); err != nil {
		return fmt.Errorf("%s: %w", what, err)
	}
	return nil
}
