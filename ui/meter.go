package ui

import "time"

// A meter is a rate over the last few seconds. The zero meter stands at nothing.
type meter struct {
	buckets [meterSeconds]uint64
	second  int64 // the second that the newest bucket counts
}

// meterSeconds is the length of the window: short enough to follow a change, long enough for one message a second to be steady.
const meterSeconds = 4

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

// perSecond is the rate over the whole seconds of the window; the running one counts only once it is over.
func (m *meter) perSecond(now time.Time) float64 {
	m.turn(now)
	var sum uint64
	for i, n := range m.buckets {
		if int64(i) != m.second%meterSeconds {
			sum += n
		}
	}
	return float64(sum) / (meterSeconds - 1)
}
