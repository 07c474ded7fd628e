package natsbus

// control sends a control message to a peer's inbox.
func (e *Endpoint) control(l *link, k kind, c control) {
	e.out.add(op{subject: l.inbox, to: l, data: appendControl(e.header(k), c)})
}

// later sends a message that is completed when it is published, with its place in the
// stream of events and the set last announced.
func (e *Endpoint) later(l *link, k kind, complete func(c *control)) {
	e.out.add(op{subject: l.inbox, to: l, build: func() []byte {
		e.mu.Lock()
		theirs, own := l.theirs, e.announced
		e.mu.Unlock()
		c := control{Number: own.Number, Types: own.Types,
			Acknowledged: e.part.knows(l, theirs.Number), Marks: e.writer.marks(theirs.Types)}
		if complete != nil {
			complete(&c)
		}
		return appendControl(e.header(k), c)
	}})
}

// acknowledge says which of the peer's sets we know, and how far its types are.
func (e *Endpoint) acknowledge(l *link) { e.later(l, kindAcknowledged, withoutTypes) }

func (e *Endpoint) tellMarks(l *link) { e.later(l, kindMarks, withoutTypes) }

func withoutTypes(c *control) { c.Number, c.Types = 0, nil }

// tell sends an uncounted message to an inbox, because there is no link, or none yet.
func (e *Endpoint) tell(instance uint64, k kind, c control) {
	e.out.add(op{subject: e.subjects.inbox(instance), data: appendControl(e.header(k), c)})
}

// ping asks an instance whether it lives. If it has no connection any more, the server says
// so at once.
func (e *Endpoint) ping(instance, number uint64) {
	e.out.add(op{subject: e.subjects.inbox(instance), reply: e.subjects.absent(e.core.Instance(), hex(instance)),
		data: appendControl(e.header(kindPing), control{Number: number})})
}
