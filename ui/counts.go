package ui

import "example.com/thingdeck/ui/widget"

// lostMarks says that marked messages are no longer held.
func lostMarks(n int) string {
	if n == 1 {
		return "a marked message is no longer held: its mark went with it"
	}
	return widget.Count(uint64(n)) + " marked messages are no longer held: their marks went with them"
}
