package core

import (
	"github.com/lahja/go-lahja/lahja"
)

// arrivals are events that arrived one after the other and have not been observed.
type arrivals struct {
	first       uint64 // sequence
	count, size int
}

// saw notes the arrival of an event from b.from, so that several are observed at once.
func (b *Inbox) saw(sequence uint64, size int) {
	if b.unseen.count > 0 && sequence != b.unseen.first+uint64(b.unseen.count) {
		b.show()
	}
	if b.unseen.count == 0 {
		b.unseen.first = sequence
	}
	b.unseen.count++
	b.unseen.size += size
}

// show has the noted arrivals observed. Call it before anything else happens to the events.
func (b *Inbox) show() {
	if b.unseen.count == 0 {
		return
	}
	w := what{kind: lahja.EventReceived, at: b.time(), size: b.unseen.size}
	if b.unseen.count > 1 {
		w.count = b.unseen.count
	}
	b.core.observe(w, b.from, b.unseen.first, nil)
	b.unseen = arrivals{}
}
