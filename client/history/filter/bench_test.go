package filter

import (
	"fmt"
	"sync"
	"testing"
	"time"

	"example.com/thingdeck/client/history"
)

// million is 1,000,000 messages of 200 bytes of JSON on 1,000 topics.
var million = sync.OnceValue(func() *history.History {
	var tail history.Tail
	h := history.New(history.Limits{Messages: 1_000_000, Bytes: 1 << 30})
	for i := range 1_000_000 {
		payload := fmt.Sprintf(`{"temp":%d.%d,"hum":%d,"room":"room-%03d","state":{"on":%v,"level":%d},"name":"sensor number %06d",`, i%40, i%10, i%100, i%500, i%2 == 0, i%7, i)
		payload += fmt.Sprintf("\"pad\":\"%0*d\"}", 200-len(payload)-len(`"pad":""}`), 0)
		tail.Append(history.Message{Time: time.Unix(0, int64(i)), Topic: fmt.Sprintf("site/%d/sensor/%d", i%10, i%1000), Payload: []byte(payload)})
		if i%10_000 == 9999 {
			h.Add(tail.Take())
		}
	}
	return h
})

// BenchmarkMillion filters the whole history on two workers.
func BenchmarkMillion(b *testing.B) {
	for name, text := range map[string]string{
		"words/absent": "nowhere", "words/1in1000": "room-123", "words/1in10": "site/3", "words/all": "sensor", "words/exact": "Nowhere", "words/two": "sensor hum",
		"topic":    "topic:site/3/#",
		"json/one": ".temp > 20", "json/nested": ".state.level == 3", "json/two": `.temp > 20 and .room == "room-123"`,
		"gojq/two": `jq:.temp > 20 and .room == "room-123"`, "regexp": `re:room-12\d`,
	} {
		f, err := Parse(text)
		if err != nil {
			b.Fatal(err)
		}
		b.Run(name, func(b *testing.B) {
			s := million().Snapshot()
			for b.Loop() {
				scan := NewScan(f, s, nil, s.First())
				for scan.More() {
					scan.Step()
				}
				b.ReportMetric(float64(len(scan.Found)), "matches")
			}
		})
		b.Run(name+"/first", func(b *testing.B) {
			s := million().Snapshot()
			for b.Loop() {
				scan := NewScan(f, s, nil, s.First())
				for scan.More() && len(scan.Found) < 50 {
					scan.Step()
				}
			}
		})
	}
}

// BenchmarkIncremental tests messages one by one, as they come.
func BenchmarkIncremental(b *testing.B) {
	for name, text := range map[string]string{"word": "nowhere", "topic": "topic:site/3/#", "json": ".temp > 20"} {
		f, _ := Parse(text)
		b.Run(name, func(b *testing.B) {
			h := million()
			m := f.Matcher()
			var r history.Record
			seq := h.First()
			for b.Loop() {
				if seq++; seq == h.End() {
					seq = h.First()
				}
				h.Record(seq, &r)
				m.Match(h, &r)
			}
		})
	}
}
