package natsbus

import (
	"github.com/lahja/go-lahja/lahja/inspect"
)

// Inspect implements inspect.Inspector. All peers share the queue to the server, so each
// shows the same one. The server does not report how fast subscribers read, so there are no
// windows. The number of unsent bytes is known once the endpoint is closed. Messages that did
// not arrive are not included: see Stats.
func (e *Endpoint) Inspect() inspect.Inspection {
	i := e.core.Inspect()
	queue := e.out.inspect()
	i.Address = e.serverURL()
	e.mu.Lock()
	defer e.mu.Unlock()
	for n := range i.Peers {
		seen := &i.Peers[n]
		seen.Queue = queue
		if l := e.links[seen.Name]; l != nil {
			seen.Dialled, seen.Sent, seen.Received = l.dialled, l.sentEvents, l.receivedEvents
		}
	}
	i.Totals.Sent, i.Totals.DroppedForPeers = e.past, e.dropped.Load()
	if isClosed(e.written) { // The rest is never sent.
		i.Totals.UnsentBytes = uint64(e.out.load())
	}
	for _, l := range e.links {
		i.Totals.Sent.Events += l.sentEvents.Events
		i.Totals.Sent.Bytes += l.sentEvents.Bytes
	}
	return i
}

// serverURL returns the URL of the server that the endpoint is connected to, without
// credentials.
func (e *Endpoint) serverURL() string {
	e.mu.Lock()
	conn := e.conn
	e.mu.Unlock()
	if conn == nil {
		return ""
	}
	return conn.ConnectedUrlRedacted()
}

// inspect counts the limited ops, which are events.
func (q *outbox) inspect() inspect.Queue {
	q.mu.Lock()
	defer q.mu.Unlock()
	seen := inspect.Queue{Bytes: q.waiting, Limit: q.limit}
	for _, o := range q.ops {
		if o.limited > 0 {
			seen.Events++
		}
	}
	return seen
}

// counts counts an event that was queued for peers. Some may have gone by now.
func (e *Endpoint) counts(to []*link, size int) {
	e.mu.Lock()
	defer e.mu.Unlock()
	for _, l := range to {
		count := &l.sentEvents
		if isClosed(l.done) {
			count = &e.past
		}
		count.Events++
		count.Bytes += uint64(size)
	}
}

// received counts an event from a peer.
func (e *Endpoint) received(l *link, size int) {
	e.mu.Lock()
	defer e.mu.Unlock()
	l.receivedEvents.Events++
	l.receivedEvents.Bytes += uint64(size)
}
