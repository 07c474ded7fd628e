package bench

import (
	"bytes"
	"fmt"
	"time"
)

// tally counts the events of a receiver, and calls done when a phase is complete. It is not
// safe for concurrent use.
type tally struct {
	child   *child
	done    func(message) error
	want    []byte
	left    []phase
	next    uint64
	latency *latency
}

func newTally(c *child, done func(message) error) *tally {
	return &tally{child: c, done: done, want: payload(c.Payload), left: c.phases(), latency: newLatency()}
}

// got counts an event that the system has decoded.
func (t *tally) got(b body) error {
	if b.Index == 0 && !bytes.Equal(b.Payload, t.want) {
		return fmt.Errorf("the payload of the first event, %d bytes, is not the %d bytes that were sent", len(b.Payload), len(t.want))
	}
	return t.count(b.Index, b.SentAt, len(b.Payload))
}

// count counts an event by its index, its time and the length of its payload.
func (t *tally) count(index uint64, sentAt int64, length int) error {
	switch {
	case len(t.left) == 0:
		return fmt.Errorf("event %d came after the last one", index)
	case index != t.next:
		return fmt.Errorf("event %d came instead of event %d: events were lost, or came out of order", index, t.next)
	case length != len(t.want):
		return fmt.Errorf("event %d has %d bytes, want %d", index, length, len(t.want))
	}
	if sentAt != 0 {
		t.latency.add(time.Duration(t.child.now() - sentAt))
	}
	t.child.passed(index)
	if t.next++; t.next < uint64(t.left[0].events) {
		return nil
	}
	m := message{Kind: t.left[0].done, Last: t.child.now(), Latency: t.latency}
	t.left, t.next, t.latency = t.left[1:], 0, newLatency()
	return t.done(m)
}
