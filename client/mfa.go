package client

import (
	"errors"

	"example.com/thingdeck/client/transport/sigv4"
)

// WantsMFA says that the AWS credentials want the code of the user's device: whoever opens the connection has to ask for it.
func (r Reason) WantsMFA() bool { return errors.Is(r.Err, sigv4.ErrMFA) }
