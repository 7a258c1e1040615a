package messages

import (
	"fmt"
	"testing"
	"time"

	"github.com/muesli/termenv"

	"example.com/thingdeck/client/history"
	"example.com/thingdeck/ui/panetest"
	"example.com/thingdeck/ui/theme"
)

func colour(b *testing.B) *rig {
	r := newRig(b, history.Limits{}, theme.New(theme.Options{Profile: termenv.TrueColor}))
	r.SetSize(160, 50)
	return r
}

func (r *rig) flood(n int, payload []byte) {
	for i := range n {
		r.tail.Append(history.Message{Time: r.at.Add(time.Duration(i) * 10 * time.Microsecond),
			Topic: fmt.Sprintf("sensors/room-%d/temp", i%1000), Payload: payload})
	}
	r.history.Add(r.tail.Take())
}

// BenchmarkRefresh draws frames of 160×50 while 100,000 messages a second come, 3,333 to a frame; taking them in is not counted.
func BenchmarkRefresh(b *testing.B) {
	object := func(size int) []byte {
		out := []byte(`{"temp":21.4,"hum":40,"room":"kitchen"`)
		for i := 0; len(out) < size; i++ {
			out = fmt.Appendf(out, `,"k%d":{"a":[1,2,3],"on":true}`, i)
		}
		return append(out, '}')
	}
	for name, payload := range map[string][]byte{"100B": object(100), "16KiB": object(16 << 10), "128KiB": object(128 << 10)} {
		for _, filtered := range []bool{false, true} {
			b.Run(fmt.Sprintf("%s/filtered=%v", name, filtered), func(b *testing.B) {
				r := colour(b)
				n := 3333
				if len(payload) > 1000 {
					n = 50
				}
				r.flood(n, payload)
				if filtered {
					r.Show("sensors/#", func(topic string) bool { return topic != "" }, 0)
				}
				r.Refresh(panetest.Now)
				b.ReportAllocs()
				b.ResetTimer()
				for range b.N {
					b.StopTimer()
					r.flood(n, payload)
					b.StartTimer()
					r.Refresh(panetest.Now)
					_ = r.View()
				}
			})
		}
	}
}

// BenchmarkRefreshStill draws frames in which nothing moved.
func BenchmarkRefreshStill(b *testing.B) {
	r := colour(b)
	r.flood(1000, []byte(`{"temp":21.4,"hum":40,"room":"kitchen"}`))
	b.ReportAllocs()
	for b.Loop() {
		r.Refresh(panetest.Now)
	}
}

// BenchmarkShow chooses a tenth of a million messages, or all of them, by topic and draws the first frame.
func BenchmarkShow(b *testing.B) {
	r := colour(b)
	for range 100 {
		r.flood(10_000, []byte(`{"temp":21.4}`))
	}
	for name, topics := range map[string]func(string) bool{
		"tenth": func(topic string) bool { return topic[len("sensors/room-")] == '7' },
		"all":   func(topic string) bool { return topic != "" },
	} {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				r.Show("sensors/+/temp", topics, 0)
				r.Refresh(panetest.Now)
			}
		})
	}
}
