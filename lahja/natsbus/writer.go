package natsbus

import (
	"errors"
	"maps"
	"time"

	"github.com/nats-io/nats.go"

	"github.com/lahja/go-lahja/lahja"
)

// writer sends everything to the server on one goroutine. So no lock is held across I/O,
// and messages are sent in the order in which they were queued. Only that goroutine uses
// its fields.
type writer struct {
	endpoint  *Endpoint
	conn      *nats.Conn
	sequences map[string]uint64   // of the last event of each type
	dirty     map[string]struct{} // the types with events since the last beat
	presences map[string]*nats.Subscription
	described int // how many of Core.Descriptions were told to all
}

// run ends when the outbox is closed.
func (w *writer) run() {
	defer close(w.endpoint.written)
	for {
		ops, stale, ok := w.endpoint.out.take()
		if !ok {
			return
		}
		if stale {
			w.announce()
		}
		for _, o := range ops {
			if !w.perform(o) {
				return
			}
			w.endpoint.out.wrote(o.limited)
		}
	}
}

// perform reports whether the writer should continue.
func (w *writer) perform(o op) bool {
	if o.do != nil {
		o.do()
		return true
	}
	if o.build != nil {
		if o.data = o.build(); o.data == nil {
			return true
		}
	}
	switch {
	case o.to != nil:
		o.to.sent++
		number(o.data, o.to.sent)
	case o.event != "":
		w.sequences[o.event]++
		number(o.data, w.sequences[o.event])
		w.dirty[o.event] = struct{}{}
	}
	return w.publish(o)
}

// publish waits while there is no connection. Messages lost with a broken connection were
// counted, so receivers notice.
func (w *writer) publish(o op) bool {
	for {
		online := w.endpoint.online()
		err := w.conn.PublishMsg(&nats.Msg{Subject: o.subject, Reply: o.reply, Data: o.data})
		if err == nil {
			return true
		}
		if !errors.Is(err, nats.ErrReconnectBufExceeded) {
			if w.conn.IsClosed() {
				return false
			}
			w.endpoint.core.Warn("lahja: message not sent", o.subject, err)
			return true
		}
		if isClosed(online) {
			online = afterPause() // the client knows of the loss before we are told
		}
		select {
		case <-online:
		case <-w.endpoint.stopped:
			return false
		}
	}
}

// announce updates the subscriptions at the server, and then tells peers: an endpoint that
// hears of a subscription can then send to it.
func (w *writer) announce() {
	e := w.endpoint
	set, number := e.part.interests()
	e.mu.Lock()
	current := maps.Clone(e.typeSubs)
	e.mu.Unlock()
	for name, sub := range current {
		if _, ok := set[name]; !ok {
			w.unsubscribe(sub)
			delete(current, name)
		}
	}
	for name := range set {
		if current[name] == nil {
			current[name] = w.subscribe(e.subjects.event(name))
		}
	}
	e.setAnnounced(current, set, number)
	added := e.part.descriptions(w.described)
	w.described += len(added)
	w.describe(op{subject: e.subjects.presence(e.name)}, added)
	body := appendControl(e.header(kindSubscriptions), control{Number: number, Types: set})
	w.perform(op{subject: e.subjects.presence(e.name), data: body})
}

// subscribe fails only if the connection is closed.
func (w *writer) subscribe(subject string) *nats.Subscription {
	sub, err := w.conn.ChanSubscribe(subject, w.endpoint.incoming)
	if err != nil && !w.conn.IsClosed() {
		w.endpoint.core.Warn("lahja: no subscription", subject, err)
	}
	return sub
}

func (w *writer) unsubscribe(sub *nats.Subscription) {
	if err := sub.Unsubscribe(); err != nil && !w.conn.IsClosed() {
		w.endpoint.core.Warn("lahja: subscription not ended", sub.Subject, err)
	}
}

// attend subscribes to name's presence, or unsubscribes, as the endpoint needs it.
func (w *writer) attend(name string) {
	wanted := w.endpoint.attends(name)
	sub := w.presences[name]
	switch {
	case wanted && sub == nil:
		w.presences[name] = w.subscribe(w.endpoint.subjects.presence(name))
	case !wanted && sub != nil:
		w.unsubscribe(sub)
		delete(w.presences, name)
	}
}

// marks returns how many events of these types were sent. Only the writer knows, for its
// place in the stream.
func (w *writer) marks(types map[string]lahja.Interest) map[string]uint64 {
	marks := map[string]uint64{}
	for name := range types {
		if sequence := w.sequences[name]; sequence > 0 {
			marks[name] = sequence
		}
	}
	return marks
}

// beat returns a message with how many events were sent of each type that had events since
// the last beat.
func (w *writer) beat() []byte {
	marks := make(map[string]uint64, len(w.dirty))
	for name := range w.dirty {
		marks[name] = w.sequences[name]
	}
	clear(w.dirty)
	return appendControl(w.endpoint.header(kindBeat), control{Marks: marks})
}

// afterPause returns a channel that is closed after a moment.
func afterPause() <-chan struct{} {
	over := make(chan struct{})
	time.AfterFunc(time.Millisecond, func() { close(over) })
	return over
}
