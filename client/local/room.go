package local

import (
	"math"
	"math/rand/v2"
	"time"
)

// room is the place the simulated thing stands in: its climate follows the time of day, the weather and the lamp,
// slowly, and the same for the same seed and times.
type room struct {
	phase       [4]float64 // of the slow waves that stand for weather and people
	last        time.Time
	temperature float64 // °C
	humidity    float64 // %
	started     bool
}

// reading is what the sensors show.
type reading struct {
	Temperature float64 `json:"temperature"`
	Humidity    float64 `json:"humidity"`
	Lux         int     `json:"lux"`
}

func newRoom(seed uint64) *room {
	r := &room{}
	rnd := rand.New(rand.NewPCG(seed, 1))
	for i := range r.phase {
		r.phase[i] = rnd.Float64() * 2 * math.Pi
	}
	return r
}

// at moves the room on to a time and returns what the sensors show then. power is the lamp's, from 0 to 1.
func (r *room) at(now time.Time, power float64) reading {
	hours := float64(now.Hour()) + float64(now.Minute())/60 + float64(now.Second())/3600
	target := 20.5 + 1.8*math.Sin((hours-9)/24*2*math.Pi) + 1.2*power + 0.4*r.wave(now, 0, 1700)
	damp := 46 - 1.6*(target-20.5) + 3*r.wave(now, 1, 2900)
	if !r.started {
		r.temperature, r.humidity, r.started = target, damp, true
	} else {
		// The room follows within some ten minutes.
		k := 1 - math.Exp(-max(0, now.Sub(r.last).Seconds())/600)
		r.temperature += (target - r.temperature) * k
		r.humidity += (damp - r.humidity) * k
	}
	r.last = now
	daylight := 420 * max(0, math.Sin((hours-6.5)/11*math.Pi))
	if hours < 6.5 || hours > 17.5 {
		daylight = 0
	}
	lux := daylight*(1+0.12*r.wave(now, 2, 240)) + 260*power + 3
	return reading{
		Temperature: round(r.temperature+0.03*r.wave(now, 3, 23), 100),
		Humidity:    round(min(95, max(5, r.humidity+0.2*r.wave(now, 1, 37))), 10),
		Lux:         int(math.Round(lux)),
	}
}

// wave is a smooth disturbance between -1 and 1 with about this period in seconds.
func (r *room) wave(now time.Time, n int, period float64) float64 {
	t := float64(now.UnixMilli()) / 1000 / period * 2 * math.Pi
	return (math.Sin(t+r.phase[n]) + 0.6*math.Sin(t*0.37+2*r.phase[n]) + 0.4*math.Sin(t*2.3+3*r.phase[n])) / 2
}

func round(v, per float64) float64 { return math.Round(v*per) / per }
