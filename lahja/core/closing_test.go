package core_test

import (
	"context"
	"testing"

	"github.com/lahja/go-lahja/lahja"
	"github.com/lahja/go-lahja/lahja/core"
)

// Gated is decoded when the test says so.
type Gated struct{ N int }

func (Gated) EventName() string { return "test/gated" }

// gates hands the decoder of a Gated to the test.
var gates = make(chan chan struct{})

func (*Gated) UnmarshalCBOR([]byte) error {
	gate := make(chan struct{})
	gates <- gate
	<-gate
	return nil
}

func (Gated) MarshalCBOR() ([]byte, error) { return []byte{0xa0}, nil }

// The delivery found the subscription before it was closed, and hands it the
// event when both it and the core have been closed.
func TestNoHandlerStartsOnceCloseHasReturned(t *testing.T) {
	b := &bus{}
	var gate chan struct{}
	delivered := make(chan error, 1)
	made, err := core.New(core.Config{Name: "self", Endpoint: b, OwnChanged: func() {
		if gate == nil {
			return
		}
		// The subscription has left, and is not stopped yet.
		check(t, b.Close())
		close(gate)
		check(t, <-delivered)
		b.WaitHandlers()
	}})
	check(t, err)
	b.Core = made
	check(t, b.Start())
	called := false
	s, err := lahja.Subscribe(b, func(context.Context, lahja.Event[Gated]) error {
		called = true
		return nil
	})
	check(t, err)
	go func() {
		delivered <- b.Deliver(core.Incoming{Type: "test/gated", Origin: "other", Payload: []byte{0xa0}})
	}()
	gate = <-gates
	s.Close()
	if called {
		t.Error("the handler was called after Close had returned")
	}
}
