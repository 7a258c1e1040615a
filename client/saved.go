package client

import (
	"maps"
	"slices"
)

// SavedSubscription is a subscription as it is kept from one start of the program to the next. A file may have held anything: the
// filter is not checked.
type SavedSubscription struct {
	Filter string `json:"filter"`
	QoS    byte   `json:"qos,omitempty"`
	// Group is the set of reserved topics that it belongs to, or "".
	Group string `json:"group,omitempty"`
	// Label, Tone and Keep are how it is shown: its name, a number of a colour, how many messages.
	Label string `json:"label,omitempty"`
	Tone  int    `json:"tone,omitempty"`
	Keep  int    `json:"keep,omitempty"`
	// Paused says that its view stands still.
	Paused bool `json:"paused,omitempty"`
}

// SavedSubscriptions are those of a connection, in order, the favourites, and what payloads are shown as: kinds of payload by the
// title of what is subscribed to, "" for all messages.
type SavedSubscriptions struct {
	Subscriptions []SavedSubscription `json:"subscriptions"`
	Favourites    []SavedSubscription `json:"favourites,omitempty"`
	Displays      map[string]string   `json:"displays,omitempty"`
}

// Equal reports whether both hold the same in the same order.
func (s SavedSubscriptions) Equal(o SavedSubscriptions) bool {
	return slices.Equal(s.Subscriptions, o.Subscriptions) && slices.Equal(s.Favourites, o.Favourites) && maps.Equal(s.Displays, o.Displays)
}
