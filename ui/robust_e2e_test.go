package ui_test

import (
	"testing"
	"time"

	mqtt "github.com/eclipse/paho.mqtt.golang"

	"example.com/thingdeck/ui/ptytest"
)

// TestAClientIDThatAnotherUses: another client takes the connection again and again; the program gives in, says so, and a key connects
// it with a client ID of its own.
func TestAClientIDThatAnotherUses(t *testing.T) {
	path := ptytest.Program(t)
	address, _ := serveBroker(t, path, "127.0.0.1:0")
	tm := ptytest.Start(t, path, ptytest.Options{W: 120, H: 36, Args: []string{"--broker", "mqtt://" + address, "--client-id", "lamp", "-t", "a/#"}})
	tm.Wait(`● connected`)
	other := mqtt.NewClient(mqtt.NewClientOptions().AddBroker("tcp://" + address).SetClientID("lamp").
		SetAutoReconnect(true).SetMaxReconnectInterval(100 * time.Millisecond))
	if token := other.Connect(); !token.WaitTimeout(5*time.Second) || token.Error() != nil {
		t.Fatalf("the other client: %v", token.Error())
	}
	defer other.Disconnect(0)
	tm.Wait(`another client uses the client ID lamp: f7 connects with a new one`)
	tm.Send("2")
	tm.Wait(`refused: another client uses the client ID lamp.*f7 new client ID.*f5 retry`)
	tm.Send("\x1b[18~") // f7
	tm.Wait(`● connected.* lamp-[0-9a-f]{4} `)
	tm.Send("pa/b\t\t\t1\x13")
	tm.Wait(`a/b +1`)
	tm.Send("\x1b2")
	tm.Gone(`f7 new client ID`)
	tm.Send("!")
	tm.Wait(`another program or window uses`)
	tm.Send("\x1bq")
	if status := tm.Exit(); status != 0 {
		t.Errorf("status %d; want 0", status)
	}
}
