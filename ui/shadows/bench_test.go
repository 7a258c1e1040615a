package shadows

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"example.com/thingdeck/keymap"
	"example.com/thingdeck/ui/panetest"
	"example.com/thingdeck/ui/theme"
	"github.com/muesli/termenv"
)

// nested is a section of that many leaves, in objects of ten.
func nested(leaves, value int) string {
	var b strings.Builder
	for i := range leaves {
		switch {
		case i == 0:
			b.WriteString("{")
		case i%10 == 0:
			b.WriteString("},")
		default:
			b.WriteString(",")
		}
		if i%10 == 0 {
			fmt.Fprintf(&b, `"group%04d":{`, i/10)
		}
		fmt.Fprintf(&b, `"key%02d":%d`, i%10, value+i)
	}
	return b.String() + "}}"
}

// crowded is a pane with 2,000 rows, all unfolded, half of them differing.
func crowded(b *testing.B) *Pane {
	p := New(theme.New(theme.Options{Profile: termenv.TrueColor}), keymap.Default(), func() time.Time { return panetest.Now })
	p.SetSize(86, 40)
	p.SetFocus(true)
	p.Connected(false)
	for _, i := range p.Choose("lamp", "") {
		if s, ok := i.(Subscribe); ok {
			for _, f := range s.Filters {
				p.Subscribed(f, "")
			}
		}
	}
	p.Handle("$aws/things/lamp/shadow/get/accepted", loaded(nested(1818, 0), nested(909, 0)), panetest.Now)
	p.Refresh(panetest.Now)
	p.Update(panetest.Key("*"))
	p.Refresh(panetest.Now)
	if len(p.rows) < 1990 {
		b.Fatalf("got %d rows; want 2,000", len(p.rows))
	}
	return p
}

// BenchmarkShadowView measures from a key, or a message, to the frame, with 2,000 rows. It reports the median.
func BenchmarkShadowView(b *testing.B) {
	for name, step := range map[string]func(p *Pane, i int){
		"cursor": func(p *Pane, i int) { p.Update(panetest.Key([]string{"down", "pgdown", "up"}[i%3])) },
		"fold":   func(p *Pane, i int) { p.Update(panetest.Key([]string{"*"}[0])) },
		"filter": func(p *Pane, i int) {
			if i == 0 {
				p.Update(panetest.Key("/"))
			}
			p.Update(panetest.Key([]string{"k", "e", "y", "backspace", "backspace", "backspace"}[i%6]))
		},
		"update": func(p *Pane, i int) {
			p.Handle("$aws/things/lamp/shadow/update/documents", fmt.Appendf(nil,
				`{"previous":{"state":{},"version":%d},"current":{"state":{"desired":%s},"version":%d}}`, 42+i, nested(1818, i), 43+i), panetest.Now)
		},
	} {
		b.Run(name, func(b *testing.B) {
			p := crowded(b)
			var took []time.Duration
			for i := 0; b.Loop(); i++ {
				start := time.Now()
				step(p, i)
				p.Refresh(panetest.Now)
				_ = p.View()
				took = append(took, time.Since(start))
			}
			slices.Sort(took)
			b.ReportMetric(float64(took[len(took)/2].Microseconds()), "median-us")
			b.ReportMetric(float64(took[len(took)*99/100].Microseconds()), "p99-us")
		})
	}
}
