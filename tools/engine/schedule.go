package engine

import (
	"context"
	"fmt"
)

// Scheduler is offered by sessions that decide who goes on.
type Scheduler interface {
	// Turn waits until it is the actor's turn to do what it says, or ctx ends. Drivers call it
	// before they start an action or a handler.
	Turn(ctx context.Context, actor string, what fmt.Stringer)
}
