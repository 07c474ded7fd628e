// Package ordered gives locks an order, so that two goroutines cannot wait for each other.
//
// A goroutine may take a lock only if every lock that it holds comes before it:
//
//	Endpoint       peers, connection attempts and taps of an endpoint
//	Request        the answers to one request
//	Core           subscriptions, pending requests and the table of peers
//	Subscription   the queue of one subscription
//	Queue          what waits to be sent to one peer, or to all on a broker
//	Leaf           anything else: no lock is taken while it is held
//
// No lock is held during I/O, a callback to users, or a wait.
//
// In a program that is built with the tag lockorder a Mutex checks this, and panics when
// the order is broken. Otherwise it is a sync.Mutex.
package ordered

// Rank is a place in the order.
type Rank interface{ rank() int }

// The ranks, in order.
type (
	Endpoint     struct{}
	Request      struct{}
	Core         struct{}
	Subscription struct{}
	Queue        struct{}
	Leaf         struct{}
)

func (Endpoint) rank() int     { return 1 }
func (Request) rank() int      { return 2 }
func (Core) rank() int         { return 3 }
func (Subscription) rank() int { return 4 }
func (Queue) rank() int        { return 5 }
func (Leaf) rank() int         { return 6 }
