package engine

import (
	"github.com/lahja/go-lahja/lahja/p2p"
)

// Named is offered by transports on which every endpoint shows who it is.
type Named interface {
	// As is the transport as the endpoint of that name uses it.
	As(endpoint string) (p2p.Transport, error)
}

// As is the transport as the endpoint of that name uses it: the transport itself where
// all use it alike.
func As(t p2p.Transport, endpoint string) (p2p.Transport, error) {
	if named, ok := t.(Named); ok {
		return named.As(endpoint)
	}
	return t, nil
}
