package ui

import "runtime/debug"

// Bounds of what the garbage collector may let pile up, in percent of what is in use. See paceCollector.
const (
	garbage     = 48 << 20
	besides     = 8 << 20 // in use beside the histories
	leastGrowth = 15
	mostGrowth  = 400
)

// paceCollector lets about the same amount of garbage pile up between two collections however much the histories hold:
// else a collection would come every few frames while they are small, and cost as much as the messages. The histories
// hold no pointers, so that a collection costs the same whatever their size.
func (m *Model) paceCollector() {
	held := int64(besides)
	for _, t := range m.tabs {
		held += t.history.Stats().Bytes
	}
	growth := int(min(max(garbage*100/held, leastGrowth), mostGrowth))
	if less := m.growth - growth; less > m.growth/8 || less < -m.growth/8 {
		m.growth = growth
		debug.SetGCPercent(growth)
	}
}
