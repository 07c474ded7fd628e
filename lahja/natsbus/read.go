package natsbus

import (
	"strings"
	"time"

	"github.com/nats-io/nats.go"

	"github.com/lahja/go-lahja/internal/wire"
	"github.com/lahja/go-lahja/lahja"
)

// noResponders is how the server says that nobody listens.
const noResponders = "503"

// read handles everything that arrives, one message after the other, so that the
// order across subjects is kept. Nothing in it waits for a subscriber.
func (e *Endpoint) read() {
	defer e.work.Done()
	ticker := time.NewTicker(e.opts.Heartbeat)
	defer ticker.Stop()
	for {
		select {
		case m := <-e.incoming:
			e.handle(m)
		case now := <-ticker.C:
			e.tick(now)
			if e.beats != nil {
				e.beats(now)
			}
		case <-e.hungUp:
			e.hangUp()
			return
		case <-e.stopped:
			return
		}
	}
}

// hangUp records that the client has given the server up for good, for example because its
// credentials have expired.
func (e *Endpoint) hangUp() {
	for _, l := range e.all() {
		e.drop(l, e.fail("read", l.name, lahja.ErrRemoteDisconnected, "the connection to the NATS server has ended", e.conn.LastError()), false)
	}
}

func (e *Endpoint) handle(m *nats.Msg) {
	if len(m.Data) == 0 && m.Header.Get("Status") == noResponders {
		e.absent(m.Subject)
		return
	}
	msg, err := parseMessage(m.Data)
	if err != nil {
		e.refused("", err)
		return
	}
	if msg.instance == e.core.Instance() {
		return
	}
	if e.hears != nil && e.hears(m, msg) {
		return
	}
	if msg.kind == kindEvent || msg.kind == kindGroupEvent {
		e.handleEvent(m, msg)
		return
	}
	c, err := parseControl(msg.body)
	l := e.linkOf(msg)
	if err != nil {
		e.malformed(l, err)
		return
	}
	if msg.sequence > 0 && l != nil {
		e.counted(l, msg.sequence, false)
	}
	e.handleControl(m, msg, l, c)
}

// linkOf returns the link that a message is from. The message is a sign of life.
func (e *Endpoint) linkOf(msg message) *link {
	e.mu.Lock()
	defer e.mu.Unlock()
	l := e.instances[msg.instance]
	if l != nil {
		l.heard = time.Now()
	}
	return l
}

// handleControl first handles messages that anybody may send, and then those that only a
// peer may send.
func (e *Endpoint) handleControl(m *nats.Msg, msg message, l *link, c control) {
	switch msg.kind {
	case kindHello:
		e.handleHello(msg, c)
		return
	case kindPing:
		e.handlePing(m, msg, c)
		return
	case kindWho:
		e.sayServing(false)
		return
	case kindPong:
		e.answered(msg.instance, c.Number)
		return
	case kindWelcome:
		e.handleWelcome(msg, c)
		return
	case kindRefuse:
		e.handleRefuse(msg, l, c)
		return
	}
	if l == nil {
		return // an origin that we are not connected to
	}
	switch msg.kind {
	case kindReady:
		e.handleReady(l, msg, c)
	case kindSubscriptions:
		e.handleSubscriptions(l, c)
	case kindDescribed:
		e.handleDescribed(l, c)
	case kindAcknowledged:
		e.handleAcknowledged(l, c)
	case kindSync:
		e.checkMarks(l, c.Marks)
		e.part.sync(l, c.Number)
	case kindSynced:
		e.checkMarks(l, c.Marks)
		e.answered(l.instance, c.Number)
	case kindBeat, kindMarks:
		e.checkMarks(l, c.Marks)
	case kindEarlier:
		e.part.earlier(l, c.Number)
	case kindResume:
		e.tellMarks(l)
		e.describeAgain(l)
	case kindGoodbye:
		e.part.leaves(l, c.Final)
	case kindFarewell:
		e.handleFarewell(l)
	}
}

// absent is called when the server reports that nobody listens at what was addressed to a
// name or an instance.
func (e *Endpoint) absent(subject string) {
	target := subject[strings.LastIndexByte(subject, '.')+1:]
	e.mu.Lock()
	var gone *link
	for _, l := range e.links {
		if hex(l.instance) == target {
			gone = l
		}
	}
	for a := range e.dials.AllLocked() {
		if a.Own.target == target {
			a.Own.settleLocked(outcome{absent: true})
		}
	}
	e.mu.Unlock()
	if gone != nil {
		e.drop(gone, e.fail("read", gone.name, lahja.ErrRemoteDisconnected, "its connection to the NATS server has ended", nil), true)
	}
}

// handled answers a sync, unless the handlers are only done because the endpoint
// closes.
func (e *Endpoint) handled(l *link, number uint64) {
	if !isClosed(e.core.Done()) {
		e.later(l, kindSynced, func(c *control) { c.Number, c.Types = number, nil })
	}
}

func (e *Endpoint) handleEvent(m *nats.Msg, msg message) {
	event, frame, err := e.parseEvent(msg)
	l := e.linkOf(msg)
	if l == nil || !isClosed(l.ready) {
		return // an origin that we are not connected to
	}
	if err != nil {
		e.malformed(l, err)
		return
	}
	name := string(event.TypeBytes)
	if m.Subject == e.subjects.inbox(e.core.Instance()) {
		e.counted(l, msg.sequence, true)
	} else if !e.countedEvent(l, m.Sub, name, msg.sequence) {
		return
	}
	if msg.kind == kindGroupEvent && event.Groups == nil && !e.everyone(name) {
		return // It is for other members.
	}
	e.received(l, len(event.Payload))
	err = e.part.event(l, event, frame)
	if err != nil {
		e.malformed(l, err)
	}
}

// parseEvent returns the event, and the frame as it was sent.
func (e *Endpoint) parseEvent(msg message) (event wire.EventMsg, frame []byte, err error) {
	if msg.kind == kindGroupEvent {
		return parseGroupEvent(msg.body, e.core.Instance(), e.opts.MaxPayload)
	}
	event, err = parseEvent(msg.body, e.opts.MaxPayload)
	return event, msg.body, err
}

// everyone reports whether the endpoint subscribes outside of groups.
func (e *Endpoint) everyone(event string) bool {
	set, _ := e.part.interests()
	return set[event].Everyone
}

// handleSubscriptions takes a set unless a later one is known.
func (e *Endpoint) handleSubscriptions(l *link, c control) {
	e.mu.Lock()
	fresh := c.Number >= l.theirs.Number
	changed := c.Number > l.theirs.Number
	if fresh {
		l.theirs = control{Number: c.Number, Types: c.Types}
	}
	e.mu.Unlock()
	if fresh {
		e.part.changed(l, changed)
	}
}

func (e *Endpoint) handleAcknowledged(l *link, c control) {
	e.baseline(l, c)
	e.mu.Lock()
	l.acknowledged = max(l.acknowledged, c.Acknowledged)
	remote := l.remote
	e.mu.Unlock()
	if remote != nil {
		remote.SetKnows(c.Acknowledged)
	}
	e.part.acknowledged(l, c.Acknowledged)
}

// farewell answers a goodbye. What was queued for the peer is sent before it.
func (e *Endpoint) farewell(l *link) { e.control(l, kindFarewell, control{}) }

// handleFarewell handles the answer to a goodbye. It is ignored unless we said goodbye.
func (e *Endpoint) handleFarewell(l *link) {
	e.mu.Lock()
	said := l.said
	e.mu.Unlock()
	if said {
		e.drop(l, errGoodbye, false)
	}
}
