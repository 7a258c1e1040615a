package shadows

import (
	"context"
	"slices"
	"strings"

	"example.com/thingdeck/shadow"
)

// Lister lists what an AWS account holds. It is called off the screen's goroutine; names come in any order.
type Lister interface {
	// Things returns the names of things, at most a few hundred.
	Things(ctx context.Context) ([]string, error)
	// Shadows returns the names of a thing's named shadows.
	Shadows(ctx context.Context, thing string) ([]string, error)
}

// known is what there is to choose from besides what was seen in traffic.
type known struct {
	clientID   string
	recents    []shadow.Name // newest first
	favourites []shadow.Name
	lister     Lister // nil without an account
}

// maxRecents is how many shadows chosen before are offered.
const maxRecents = 20

func (k *known) use(n shadow.Name) {
	k.recents = slices.DeleteFunc(k.recents, func(o shadow.Name) bool { return o == n })
	k.recents = slices.Insert(k.recents, 0, n)
	k.recents = k.recents[:min(len(k.recents), maxRecents)]
}

// SetClientID tells the client ID of the connection: a thing of that name is offered first.
func (p *Pane) SetClientID(id string) { p.known.clientID = id }

// SetRecents tells which shadows were chosen before, newest first.
func (p *Pane) SetRecents(names []shadow.Name) { p.known.recents = slices.Clone(names) }

// SetFavourites tells which shadows are favourites.
func (p *Pane) SetFavourites(names []shadow.Name) { p.known.favourites = slices.Clone(names) }

// SetLister makes the things of an account a choice; nil takes them away.
func (p *Pane) SetLister(l Lister) { p.known.lister = l }

func (p *Pane) favourite(n shadow.Name) bool { return slices.Contains(p.known.favourites, n) }

// favour makes the shadow shown a favourite, or no longer.
func (p *Pane) favour() []any {
	n := p.talk.manager.Name()
	if p.favourite(n) {
		p.known.favourites = slices.DeleteFunc(slices.Clone(p.known.favourites), func(o shadow.Name) bool { return o == n })
		return []any{Favour{n, false}}
	}
	p.known.favourites = append(p.known.favourites, n)
	return []any{Favour{n, true}}
}

// candidate is a shadow to choose, and why it is offered.
type candidate struct {
	name shadow.Name
	why  string
}

// candidates are the shadows to choose from, likely ones first, each once.
func (p *Pane) candidates(things []string, named []shadow.Name) []candidate {
	var out []candidate
	add := func(why string, names ...shadow.Name) {
		for _, n := range names {
			if !slices.ContainsFunc(out, func(c candidate) bool { return c.name == n }) {
				out = append(out, candidate{n, why})
			}
		}
	}
	if own := (shadow.Name{Thing: p.known.clientID}); check(own) == nil {
		add("this client's ID", own)
	}
	add("favourite", p.known.favourites...)
	add("recent", p.known.recents...)
	add("seen in traffic", p.seen.names()...)
	add("in the account", named...)
	for _, thing := range things {
		add("in the account", shadow.Name{Thing: thing})
	}
	return out
}

// fits reports whether what was typed so far can become the candidate.
func (c candidate) fits(thing, named string) bool {
	contains := func(text, part string) bool { return strings.Contains(strings.ToLower(text), strings.ToLower(part)) }
	return contains(c.name.Thing, thing) && (named == "" || contains(c.name.Shadow, named))
}
