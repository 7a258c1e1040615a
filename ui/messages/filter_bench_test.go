package messages

import (
	"fmt"
	"slices"
	"testing"
	"time"

	tea "github.com/charmbracelet/bubbletea"
	"github.com/muesli/termenv"

	"example.com/thingdeck/client/history"
	"example.com/thingdeck/client/history/filter"
	"example.com/thingdeck/ui/panetest"
	"example.com/thingdeck/ui/theme"
)

// million takes in 1,000,000 messages of 200 bytes of JSON on 1,000 topics.
func million(b *testing.B) *rig {
	r := newRig(b, history.Limits{Bytes: 1 << 30}, theme.New(theme.Options{Profile: termenv.TrueColor}))
	r.SetSize(160, 50)
	for i := range 1_000_000 {
		payload := fmt.Appendf(nil, `{"temp":%d.%d,"room":"room-%03d","name":"sensor number %06d",`, i%40, i%10, i%500, i)
		payload = fmt.Appendf(payload, `"pad":"%0*d"}`, 200-len(payload)-len(`"pad":""}`), 0)
		r.tail.Append(history.Message{Time: r.at, Topic: fmt.Sprintf("site/%d/sensor/%d", i%10, i%1000), Payload: payload})
		if i%10_000 == 9999 {
			r.history.Add(r.tail.Take())
		}
	}
	return r
}

// BenchmarkFilter goes from a filter of 1,000,000 messages to the first row, to the first full screen, and to the end; and measures how
// long a key takes meanwhile, from Update to the built frame.
func BenchmarkFilter(b *testing.B) {
	r := million(b)
	for name, text := range map[string]string{"words": "site/3", "topic": "topic:site/3/#", "json": ".temp > 20", "gojq": `jq:.temp > 20 and .room != "x"`, "rare": `jq:(.name | endswith("777"))`} {
		b.Run(name, func(b *testing.B) {
			var row, first, whole time.Duration
			var keys []time.Duration
			for b.Loop() {
				r.setFilter(new(filter.Filter))
				began := time.Now()
				if err := r.SetFilter(text); err != nil {
					b.Fatal(err)
				}
				some, full := false, false
				for cmd := r.Work(); cmd != nil; cmd = r.Work() {
					keys = append(keys, r.keysUntil(cmd)...)
					r.Refresh(panetest.Now)
					if !some && len(r.rows) > 0 {
						some = true
						row += time.Since(began)
					}
					if !full && len(r.rows) >= 20 {
						full = true
						first += time.Since(began)
					}
				}
				whole += time.Since(began)
			}
			slices.Sort(keys)
			b.ReportMetric(row.Seconds()*1e3/float64(b.N), "ms-row")
			b.ReportMetric(float64(first.Milliseconds())/float64(b.N), "ms-first")
			b.ReportMetric(float64(whole.Milliseconds())/float64(b.N), "ms-whole")
			if len(keys) > 0 {
				b.ReportMetric(keys[len(keys)*99/100].Seconds()*1e3, "ms-key-p99")
			}
			b.ReportMetric(0, "ns/op")
		})
	}
}

// keysUntil presses keys, one every 5 ms, until a Cmd is done, and takes its outcome.
func (r *rig) keysUntil(cmd tea.Cmd) (took []time.Duration) {
	done := make(chan tea.Msg, 1)
	go func() { done <- cmd() }()
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for {
		select {
		case msg := <-done:
			r.Update(msg)
			return took
		case due := <-tick.C:
			panetest.Press(r.Pane, "up")
			r.Refresh(panetest.Now)
			took = append(took, time.Since(due))
		}
	}
}

// BenchmarkFollow tests messages as they come to a frame.
func BenchmarkFollow(b *testing.B) {
	r := million(b)
	for name, text := range map[string]string{"words": "nowhere", "topic": "topic:site/3/#", "json": ".temp > 20"} {
		b.Run(name, func(b *testing.B) {
			if err := r.SetFilter(text); err != nil {
				b.Fatal(err)
			}
			const batch = 400
			f := r.list.found()
			for b.Loop() {
				f.next, f.newer = r.history.End()-batch, f.newer[:0]
				f.follow()
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*batch), "ns/msg")
		})
	}
}
