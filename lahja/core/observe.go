package core

import (
	"time"

	"github.com/lahja/go-lahja/lahja"
)

// Observes reports whether there is an observer.
func (b *base) Observes() bool { return b.cfg.Observer != nil }

// Observe shows the observer what happened at the endpoint, now unless o has a Time.
func (b *base) Observe(o lahja.Observation) {
	if b.cfg.Observer == nil {
		return
	}
	if o.Time.IsZero() {
		o.Time = b.now()
	}
	o.Endpoint = b.cfg.Name
	b.cfg.Observer(o)
}

// now reads only the monotonic clock, which takes half the time of both.
func (b *base) now() time.Time { return b.made.Add(time.Since(b.made)) }

// what happened to an event that arrived.
type what struct {
	kind lahja.ObservationKind
	// subscription is the number of the one that it concerns, 0 for none or all.
	subscription uint64
	at           time.Time
	size         int
	// count is how many events of following numbers it happened to; 0 means one.
	count int
	took  time.Duration
	err   error
}

// observe shows the observer what happened to an event of the source. The caller has checked
// that there is an observer. An Observation is large, so it is made where it is passed on.
func (b *base) observe(w what, from *source, sequence uint64, f *rareFields) {
	var none rareFields
	if f == nil {
		f = &none
	}
	b.cfg.Observer(lahja.Observation{Kind: w.kind, Time: w.at, Endpoint: b.cfg.Name, Peer: from.origin, Event: from.of.eventType.Name,
		ID: lahja.EventID{Instance: from.instance, Sequence: sequence}, Answers: f.answers, Headers: f.headers,
		Count: w.count, Size: w.size, Took: w.took, Subscription: w.subscription, Err: w.err})
}
