package trigger

import (
	"context"
	"fmt"
	"testing"
	"time"

	"example.com/thingdeck/client"
	"example.com/thingdeck/client/history"
)

// BenchmarkHandle is what a trigger with a condition costs a message, from the Session's handler to the end of its actions.
func BenchmarkHandle(b *testing.B) {
	for _, where := range []string{"", ".temp > 30", "warm"} {
		b.Run(fmt.Sprintf("where %q", where), func(b *testing.B) {
			s := client.NewSession(nil, client.Settings{})
			e := New(s, time.Now, nil, []Trigger{{Name: "b", Filter: wanted(b, "#"), Where: where, Bell: true}})
			defer func() {
				e.Close()
				_ = s.Close(context.Background())
			}()
			m := history.Message{Topic: "sensors/hall/temp", Payload: []byte(`{"temp":21.4,"hum":40,"unit":"C","on":true,"place":{"room":"hall","floor":2}}`), Time: time.Now()}
			b.ReportAllocs()
			for b.Loop() {
				e.offer(e.triggers[0], m)
				if next, ok := e.next(); ok {
					e.handle(next)
				}
			}
		})
	}
}
