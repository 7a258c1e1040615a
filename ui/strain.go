package ui

import (
	"fmt"
	"time"

	"example.com/thingdeck/ui/subs"
	"example.com/thingdeck/ui/widget"
)

// strain is what was told of a connection that comes near the limits of its broker.
type strain struct {
	rate time.Time // when the rate was last told
	subs bool      // too many subscriptions were told
}

// strainEvery is the time between two warnings of the rate.
const strainEvery = time.Minute

// strained is a warning to show: messages near the rate beyond which AWS IoT Core discards them without a word, or more
// subscriptions than a connection has. "" for none. Both can be raised for an account: so these are no errors.
func (t *tab) strained(now time.Time) string {
	limits := t.conn.Profile.Limits
	if most := limits.PublishesPerSecond(); most > 0 && now.Sub(t.strain.rate) >= strainEvery {
		if rate := t.in.perSecond(now) + t.out.perSecond(now); rate >= 0.9*float64(most) {
			t.strain.rate = now
			return fmt.Sprintf("%s messages a second: AWS IoT Core discards what is beyond %d a second on one connection", widget.Rate(rate), most)
		}
	}
	most := limits.MaxSubscriptions()
	over := most > 0 && len(t.book.rows) > most && t.book.held() > most
	if over && !t.strain.subs {
		t.strain.subs = true
		return fmt.Sprintf("%d subscriptions: AWS IoT Core gives a connection %d unless that is raised for the account", t.book.held(), most)
	}
	t.strain.subs = over
	return ""
}

// held is how many filters the broker holds for this connection.
func (b *book) held() int {
	seen := map[string]bool{}
	for _, s := range b.rows {
		if s.state == subs.Live {
			seen[s.filter.String()] = true
		}
	}
	return len(seen)
}
