// Package stream has a control connection cross NATS as numbered messages, one at a time in each
// direction: the next one is sent when the one before has been acknowledged, and repeated until
// then. So nothing is lost, doubled or overtaken, also while NATS restarts, and at most one message
// is in flight. What is written meanwhile goes with the next one. Messages are sealed with a secret
// that only the two ends have.
package stream

import (
	"context"
	"errors"
	"fmt"
	"sync"
)

// Message is one of them: its number, from 1, and what it carries.
type Message struct {
	Number uint64
	Data   []byte
}

// Sender sends messages one after another.
type Sender struct {
	// Exchange sends a message until it is acknowledged. It fails if it never will be.
	Exchange func(ctx context.Context, raw []byte) error
	// Key seals the messages.
	Key Key

	sending sync.Mutex // held while one message is sent
	last    uint64
	failed  error
}

// Send returns when the message has been acknowledged.
func (s *Sender) Send(ctx context.Context, data []byte) error {
	s.sending.Lock()
	defer s.sending.Unlock()
	if s.failed == nil {
		s.last++
		s.failed = s.Exchange(ctx, s.Key.seal(Message{s.last, data}))
	}
	return s.failed
}

// ErrGap is that of a message which does not come next. The other side has lost count.
var ErrGap = errors.New("stream: a message of the control connection is missing")

// Order takes messages in, and tells which of them are new.
type Order struct {
	mu   sync.Mutex
	last uint64
}

// Next reports whether the message is new. One that was taken before is not, and is acknowledged
// again. One that is not the next fails.
func (o *Order) Next(number uint64) (fresh bool, err error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	switch {
	case number == o.last+1:
		o.last = number
		return true, nil
	case number <= o.last && number > 0:
		return false, nil
	}
	return false, fmt.Errorf("%w: got number %d after %d", ErrGap, number, o.last)
}
