package client

import (
	"context"
	"time"
)

// Trial is what became of one attempt to connect.
type Trial struct {
	// Why is the reason when it failed; zero when it worked.
	Why Reason
	// ClientID is the one that was used: the profile's, or the one made up.
	ClientID string
	// Took is the time from the beginning to the answer.
	Took time.Duration
}

// OK says that the connection could be made.
func (t Trial) OK() bool { return t.Why.Text == "" }

// Try connects once as the profile says, leaves with a DISCONNECT packet, and tells what became of it. It takes as long as ctx
// allows and Settings.ConnectTimeout at most. A client ID that is connected elsewhere is taken over, as by every connection.
func Try(ctx context.Context, p Profile, set Settings) Trial {
	began := time.Now()
	s := NewSession(nil, set)
	defer func() {
		leave, cancel := context.WithTimeout(context.Background(), 2*time.Second)
		defer cancel()
		_ = s.Close(leave)
	}()
	s.Connect(p)
	t := Trial{ClientID: p.ClientID}
	for {
		batch, err := s.Next(ctx)
		if err != nil {
			t.Why, t.Took = p.reason(err), time.Since(began)
			return t
		}
		for _, e := range batch.Events {
			ended := true
			switch ev := e.Event.(type) {
			case Connected:
				t.ClientID = ev.ClientID
			case Reconnecting:
				t.Why = ev.Why
			case Refused:
				t.Why = ev.Why
			case Disconnected:
				t.Why = ev.Why
			default:
				ended = false
			}
			if ended {
				t.Took = time.Since(began)
				return t
			}
		}
	}
}
