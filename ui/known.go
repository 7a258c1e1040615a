package ui

import (
	"slices"

	"example.com/thingdeck/client"
)

// maxKnown bounds the names of one kind that reserved topics are completed with.
const maxKnown = 50

// known are the names for reserved topics: of the shadow that is shown, of this client, and of topics seen.
func (t *tab) known(topics []string) client.Known {
	k := client.Known{}
	k.Add("client", t.clientID, maxKnown)
	for _, n := range t.memory.recents {
		k.Add("thing", n.Thing, maxKnown)
		k.Add("shadow", n.Shadow, maxKnown)
	}
	k.Add("thing", t.conn.Thing, maxKnown)
	for name, values := range client.KnownFrom(slices.Values(topics), maxKnown) {
		for _, value := range values {
			k.Add(name, value, maxKnown)
		}
	}
	return k
}
