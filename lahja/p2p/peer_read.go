package p2p

import (
	"errors"
	"fmt"
	"log/slog"
	"os"
	"time"

	"github.com/lahja/go-lahja/internal/wire"
	"github.com/lahja/go-lahja/lahja"
	"github.com/lahja/go-lahja/lahja/core"
	"github.com/lahja/go-lahja/lahja/internal/lease"
	"github.com/lahja/go-lahja/lahja/internal/sendq"
)

// turn is core.Turn: the time during which a goroutine is the reader.
type turn struct {
	lease   *lease.Lease
	call    uint64 // of Lease.Call
	calling bool
	over    bool // another goroutine has become the reader
}

// Call implements core.Turn.
func (t *turn) Call() { t.call, t.calling = t.lease.Call(), true }

// Return implements core.Turn.
func (t *turn) Return() bool {
	if t.calling {
		t.calling, t.over = false, !t.lease.Return(t.call)
	}
	return !t.over
}

// read handles what arrives until the connection ends, and then cleans up, or until another
// goroutine reads. It never waits for a subscriber: the one whose handler it calls has to
// return soon, or loses it. The reader, whichever goroutine it is, counts as work.
func (p *peer) read() {
	t := turn{lease: &p.lease}
	returned := false
	defer func() {
		if !returned && t.Return() { // Goexit: the goroutine is lost, the connection is not
			go p.read()
		}
	}()
	p.lease.Begin()
	if p.inbox.Begin() {
		p.frames.Leave()
	}
	p.inbox.Flush()
	reads, err := p.readFrames(&t)
	if reads {
		p.inbox.Flush()
	}
	returned = true
	if reads {
		p.ended(err)
	}
}

// ended cleans up after the connection.
func (p *peer) ended(err error) {
	defer p.endpoint.work.End()
	p.fail(p.endpoint.connectionError(p.name, "read", err))
	p.lease.End()
	if p.deadline != nil {
		p.deadline.Stop()
	}
	p.endpoint.release(p)
}

// readFrames reports whether the caller still is the reader, and if so, why reading ended.
func (p *peer) readFrames(t *turn) (reads bool, err error) {
	for p.broken == nil {
		kind, body, err := p.frames.Next(p.longest)
		if err != nil && p.direct != nil && errors.Is(err, os.ErrDeadlineExceeded) {
			p.uninterrupt()
			continue
		}
		late := p.lease.HasRead()
		if err == nil {
			err = p.handleFrame(kind, body)
		}
		if err != nil {
			return true, err
		}
		if late && !p.inbox.Answered() {
			p.lease.Distrust()
		}
		if p.frames.Ready() && !p.inbox.Lends() {
			continue
		}
		answered := p.inbox.Answered() && !p.frames.Ready()
		if !p.inbox.FlushAndCall(t) {
			return false, nil
		}
		if answered && p.direct != nil && p.lease.MayLend() {
			p.lease.Lend()
			return false, nil
		}
	}
	return true, p.broken
}

// handleFrame handles a frame. Events may wait for Flush. If it returns an error, the
// connection must end.
func (p *peer) handleFrame(kind wire.Kind, body []byte) error {
	p.inbox.Next()
	if kind != wire.Event && kind != wire.Taken {
		p.inbox.Flush() // The frame may refer to what came before.
	}
	return p.handle(kind, body)
}

func (p *peer) handle(kind wire.Kind, body []byte) error {
	switch kind {
	case wire.Event:
		return p.handleEvent(body)
	case wire.Subscriptions:
		return p.handleSubscriptions(body)
	case wire.Described:
		return p.handleDescribed(body)
	case wire.Ready:
		return p.handleReady(body)
	case wire.Goodbye:
		return p.handleGoodbye(body)
	case wire.Refuse:
		m, err := wire.ParseRefuse(body)
		if err != nil {
			return err
		}
		return p.endpoint.refusedError(p.name, m)
	case wire.Taken:
		m, err := wire.ParseTaken(body)
		if err != nil {
			return err
		}
		p.out.Acknowledge(m.TypeBytes, m.Bytes)
		return nil
	case wire.Hello, wire.Tap, wire.Inspected, wire.Tapped, wire.Lost:
		return p.outOfTurn(kind)
	}
	m, err := wire.ParseNumber(body)
	if err != nil {
		return err
	}
	return p.handleNumber(kind, m.Number)
}

func (p *peer) handleNumber(kind wire.Kind, number uint64) error {
	switch kind {
	case wire.SubscriptionsAck:
		return p.handleAcknowledged(number)
	case wire.Sync:
		if n := p.syncs.Add(1); n > maxSyncs {
			return fmt.Errorf("%w: %d syncs of its own wait at once; the limit is %d", wire.ErrMalformed, n, maxSyncs)
		}
		p.endpoint.core.Barrier(func() { p.synced(number) })
	case wire.Ping:
		p.controlNow(wire.NumberMsg{Number: number}.Append(nil, wire.Pong))
	case wire.SyncAck, wire.Pong:
		p.answered(number)
	case wire.Earlier:
		if gap := p.endpoint.core.EarlierTold(p.name, p.instance, number); gap != nil {
			p.endpoint.core.Lost(gap)
		}
	}
	return nil
}

// synced answers a sync, unless the handlers are only done because the endpoint closes.
func (p *peer) synced(number uint64) {
	p.syncs.Add(-1)
	select {
	case <-p.endpoint.core.Done():
	default:
		p.controlNow(wire.NumberMsg{Number: number}.Append(nil, wire.SyncAck))
	}
}

func (p *peer) handleEvent(body []byte) error {
	if p.listed == nil && !p.saidBye() {
		return p.outOfTurn(wire.Event)
	}
	if sequence, payload, ok := p.events.Another(body, p.endpoint.opts.MaxPayload); ok && p.inbox.TakesShortcut(payload) {
		if err := p.latest.holds(len(payload) + core.EventCost); err != nil {
			return err
		}
		return p.inbox.DeliverShortcut(sequence, payload)
	}
	m, err := p.events.Parse(body, p.endpoint.opts.MaxPayload)
	if err != nil {
		return err
	}
	f, err := p.flow(m.TypeBytes)
	if err != nil {
		return err
	}
	in := core.Incoming{
		Type: f.event, Shape: m.Shape, Origin: p.name,
		ID:      lahja.EventID{Instance: p.instance, Sequence: m.Sequence},
		Answers: lahja.EventID{Instance: m.AnswersInstance, Sequence: m.AnswersSequence},
		Headers: m.Headers, Groups: m.Groups, Payload: m.Payload, Types: &p.types,
	}
	in.Flow, in.Cost = f, len(m.Payload)+core.EventCost
	hold := f.holds
	if !in.Answers.IsZero() {
		in.Flow, hold = &p.answers, p.answers.holds
	}
	if err := hold(in.Cost); err != nil {
		return err
	}
	return p.inbox.Deliver(&in)
}

func (p *peer) handleSubscriptions(body []byte) error {
	number, theirs, err := wire.ParseSubscriptionsTo(body, core.InterestOf)
	if err != nil {
		return err
	}
	p.theirs = theirs
	p.out.Resize(windowsOf(p.theirs))
	if p.listed != nil {
		p.listed.SetSubscriptions(p.theirs)
	}
	p.control(wire.NumberMsg{Number: number}.Append(nil, wire.SubscriptionsAck))
	p.list()
	return nil
}

// windowsOf returns a function that returns the window of each type.
func windowsOf(set map[string]lahja.Interest) func(event string) int {
	return func(event string) int { return set[event].Window }
}

func (p *peer) handleDescribed(body []byte) error {
	m, err := wire.ParseDescribed(body)
	if err != nil {
		return err
	}
	return p.endpoint.core.Described(p.name, &p.types, core.Description(m))
}

// describeTo is core.Config.Describe. A peer that reads nothing may not receive the
// description, and receives nothing else either.
func describeTo(link any, d core.Description) {
	frame := wire.DescribedMsg(d).Append(nil)
	link.(*peer).out.Offer(&sendq.Frame{Bytes: frame, Control: true})
}

func (p *peer) handleAcknowledged(number uint64) error {
	p.acknowledged, p.known = true, number
	if p.listed != nil {
		p.listed.SetKnows(number)
	}
	p.list()
	return nil
}

// list lists the peer once each side knows what the other subscribes to, and tells the
// other side.
func (p *peer) list() {
	if p.listed != nil || p.theirs == nil || !p.acknowledged || p.saidBye() {
		return
	}
	if p.deadline != nil {
		p.deadline.Stop() // From now on the peer may be stopped.
	}
	cfg := core.RemoteConfig{Name: p.name, Instance: p.instance, Subscriptions: p.theirs, Types: &p.types, Knows: p.known, Link: p, Lease: p}
	p.listed = p.endpoint.core.AddPeer(cfg)
	p.mu.Lock()
	p.remote = p.listed
	bye := p.bye
	p.mu.Unlock()
	if bye && p.listed != nil { // goodbye came in between, and saw no Remote yet
		p.listed.Leave(errGoodbye)
	}
	if sent := p.endpoint.core.EarlierSent(p.instance); sent > 0 {
		p.control(wire.NumberMsg{Number: sent}.Append(nil, wire.Earlier))
	}
	p.control(wire.ReadyMsg{}.Append(nil))
}

func (p *peer) handleReady(body []byte) error {
	if _, err := wire.ParseReady(body); err != nil {
		return err
	}
	if p.listed == nil && p.saidBye() {
		return nil // it has not received our goodbye yet
	}
	if p.listed == nil || p.readyArrived {
		return p.outOfTurn(wire.Ready)
	}
	p.readyArrived = true
	close(p.ready)
	return nil
}

// handleGoodbye sends what still waits for the other side, and then says goodbye too.
func (p *peer) handleGoodbye(body []byte) error {
	if _, err := wire.ParseGoodbye(body); err != nil {
		return err
	}
	p.answerGoodbye()
	p.partly(heardGoodbye)
	return nil
}

func (p *peer) outOfTurn(kind wire.Kind) error {
	return fmt.Errorf("%w: %s out of turn", wire.ErrMalformed, kind)
}

// release cleans up after a connection, and frees its name.
func (e *Endpoint) release(p *peer) {
	unsent := p.out.Rest()
	p.holdNothing()
	reason := p.concluded(unsent)
	if p.listed != nil {
		p.listed.Remove(reason)
	}
	if unsent > 0 {
		e.core.Observe(lahja.Observation{Kind: lahja.EventDropped, Outgoing: true, Peer: p.name, Size: unsent, Err: reason})
	}
	sent, _ := p.out.Totals()
	e.core.CountEarlier(p.instance, sent.Events, p.received.Now().Events)
	e.mu.Lock()
	closing := e.closing
	p.addTo(&e.past)
	e.past.UnsentBytes += uint64(unsent)
	if e.peers[p.name] == p {
		delete(e.peers, p.name)
		e.dials.PokeLocked(p.name)
		e.dials.LostLocked(p.name, p.lasted())
	}
	e.mu.Unlock()
	close(p.done)
	e.logEnd(p, reason, closing)
}

// lasted returns for how long the peer has been listed.
func (p *peer) lasted() time.Duration {
	if p.listed == nil {
		return 0
	}
	return time.Since(p.listed.Since())
}

// concluded returns why the connection ended. The end was orderly if the other side said
// goodbye and nothing was left to send to it.
func (p *peer) concluded(unsent int) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.unsent = unsent
	switch {
	case unsent > 0:
		e := &lahja.Error{Op: "send", Endpoint: p.endpoint.name, Peer: p.name, Kind: lahja.ErrRemoteDisconnected,
			Detail: fmt.Sprintf("%d bytes of events were queued for it and not sent", unsent), Err: p.err}
		if errors.Is(p.err, lahja.ErrLifecycle) {
			e.Kind = lahja.ErrLifecycle
			if linger := p.endpoint.opts.Linger; linger > 0 {
				e.Detail += fmt.Sprintf(" within %v (Options.Linger)", linger)
			}
		}
		p.err = e
	case p.partial&heardGoodbye != 0 && !errors.Is(p.err, lahja.ErrMalformed):
		p.err = errGoodbye
	}
	return p.err
}

func (e *Endpoint) logEnd(p *peer, reason error, closing bool) {
	level := slog.LevelDebug
	switch {
	case errors.Is(reason, lahja.ErrMalformed), errors.Is(reason, lahja.ErrTooLarge), errors.Is(reason, lahja.ErrConnectionAttemptRejected),
		errors.Is(reason, lahja.ErrQueueFull),
		p.unsent > 0 && (e.opts.Linger > 0 || !errors.Is(reason, lahja.ErrLifecycle)):
		level = slog.LevelWarn
	case closing, reason == errGoodbye:
		return
	}
	e.log(level, "lahja: connection ended", p.name, p.conn, reason)
}
