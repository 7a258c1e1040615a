package ui

import (
	"math"
	"time"

	"example.com/thingdeck/ui/subs"
)

// A meter counts messages over the last seconds. The zero meter stands at nothing.
type meter struct {
	buckets [meterSeconds]uint64
	second  int64 // the second that the newest bucket counts
}

const (
	meterSeconds = 16
	rateSeconds  = 3 // short enough to follow a change, long enough for one message a second to be steady
)

func (m *meter) add(n uint64, now time.Time) {
	m.turn(now)
	m.buckets[m.second%meterSeconds] += n
}

// turn empties the buckets of the seconds that went by.
func (m *meter) turn(now time.Time) {
	s := now.Unix()
	if s-m.second >= meterSeconds || s < m.second {
		m.buckets = [meterSeconds]uint64{}
		m.second = s
	}
	for m.second < s {
		m.second++
		m.buckets[m.second%meterSeconds] = 0
	}
}

// perSecond is the rate over the newest whole seconds; the running one counts only once it is over.
func (m *meter) perSecond(now time.Time) float64 {
	m.turn(now)
	var sum uint64
	for i := int64(1); i <= rateSeconds; i++ {
		sum += m.at(m.second - i)
	}
	return float64(sum) / rateSeconds
}

// recent is the newest whole seconds one by one, the newest last.
func (m *meter) recent(now time.Time) (out subs.Recent) {
	m.turn(now)
	for i := range out {
		out[i] = uint32(min(m.at(m.second-int64(len(out)-i)), math.MaxUint32))
	}
	return out
}

func (m *meter) at(second int64) uint64 {
	if second < 0 {
		return 0
	}
	return m.buckets[second%meterSeconds]
}
