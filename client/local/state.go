package local

import "example.com/thingdeck/client/local/broker"

// State is what survives the process, in one file.
type State struct{}

func (s *State) retained() broker.RetainedStore { return nil }
