package natsbus

import (
	"fmt"

	"github.com/nats-io/nats.go"

	"github.com/lahja/go-lahja/internal/brief"
	"github.com/lahja/go-lahja/internal/wire"
	"github.com/lahja/go-lahja/lahja"
	"github.com/lahja/go-lahja/lahja/internal/payload"
)

// handleHello handles a hello:
//
//	dialler                          listener
//	hello           ->
//	                <-  welcome (what it subscribes to)
//	ready (what it subscribes to)  ->
//	                <-  ready
//
// The dialler describes the types that it subscribes to before its ready, the listener
// after its welcome.
//
// Each side listens to the other's presence before it announces its own state, so that no
// later change is missed.
func (e *Endpoint) handleHello(msg message, c control) {
	if code, reason := e.judge(c); code != 0 {
		e.turnAway(msg.instance, c, code, reason)
		return
	}
	e.mu.Lock()
	l, holder, refusal := e.acceptLocked(msg, c)
	contested := holder != nil && (e.contests[msg.instance] || len(e.contests) >= mostContests)
	if holder != nil && !contested {
		e.contests[msg.instance] = true
		e.work.Add(1)
	}
	e.mu.Unlock()
	switch {
	case refusal.code != 0:
		e.turnAway(msg.instance, c, refusal.code, refusal.reason)
	case contested:
		e.turnAway(msg.instance, c, refuseYet, "")
	case holder != nil:
		go e.contest(holder, msg, c)
	default:
		e.part.accepted(l)
	}
}

// judge returns what is wrong with a hello by itself.
func (e *Endpoint) judge(c control) (wire.RefuseCode, string) {
	if c.Codec != payload.CodecName {
		return wire.RefuseProtocol, fmt.Sprintf("%s encodes events as %s, not %q", e.name, payload.CodecName, c.Codec)
	}
	if err := lahja.ValidateName(c.Name); err != nil {
		return wire.RefuseName, err.Error()
	}
	if c.Name == e.name {
		return wire.RefuseName, fmt.Sprintf("the endpoint it dialled is named %q too", e.name)
	}
	return 0, ""
}

// acceptLocked claims the name for the sender of a hello. Otherwise it returns the reason
// to refuse, or the other run that holds the name.
func (e *Endpoint) acceptLocked(msg message, c control) (l, holder *link, refusal outcome) {
	holder = e.links[c.Name]
	a := e.dials.OfLocked(c.Name)
	switch {
	case e.closing:
		return nil, nil, outcome{code: wire.RefuseClosing, reason: e.name + " is closing"}
	case holder == nil && a != nil && a.Introduced && e.name < c.Name:
		return nil, nil, outcome{code: wire.RefuseRedundant,
			reason: fmt.Sprintf("%s dials %s itself, and that connection is kept", e.name, c.Name)}
	case holder == nil && e.halfLocked() >= mostHalf:
		return nil, nil, outcome{code: wire.RefuseLimit, reason: fmt.Sprintf("%s has %d connections that are not ready yet, which is the limit", e.name, mostHalf)}
	case holder == nil:
		l = e.newLink(c.Name, msg.instance, false)
		l.token = c.Token
		e.claimLocked(l)
		return l, nil, outcome{}
	case holder.instance != msg.instance, holder.remote != nil && c.Replace:
		return nil, holder, outcome{}
	case holder.remote != nil:
		return nil, nil, outcome{code: wire.RefuseConnected, reason: c.Name + " is already connected"}
	case holder.dialled:
		return nil, nil, outcome{code: wire.RefuseRedundant, reason: c.Name + " is being connected to"}
	}
	holder.token = c.Token
	return holder, nil, outcome{} // it did not hear the first welcome
}

// halfLocked counts the links that others asked for and that are not ready.
func (e *Endpoint) halfLocked() (n int) {
	for _, l := range e.links {
		if l.remote == nil && !l.dialled {
			n++
		}
	}
	return n
}

func (e *Endpoint) welcome(l *link) {
	e.mu.Lock()
	token := l.token
	e.mu.Unlock()
	e.later(l, kindWelcome, func(c *control) {
		c.Token, c.Codec, c.Name, c.Acknowledged, c.Marks = token, payload.CodecName, e.name, 0, nil
	})
	e.describeOwn(l)
}

// contest decides when a second endpoint claims a name: it replaces a dead holder, and a
// live one keeps the name. It does not hold up the reader.
func (e *Endpoint) contest(holder *link, msg message, c control) {
	defer e.work.Done()
	defer func() {
		e.mu.Lock()
		delete(e.contests, msg.instance)
		e.mu.Unlock()
	}()
	if holder.instance != msg.instance && e.alive(holder) {
		e.turnAway(msg.instance, c, wire.RefuseName,
			fmt.Sprintf("another endpoint named %q is connected to %s and alive; names are unique", holder.name, e.name))
		return
	}
	e.drop(holder, e.fail("probe", holder.name, lahja.ErrRemoteDisconnected,
		"another run of it came under its name, and it did not answer", nil), false)
	e.handleHello(msg, c)
}

// turnAway tells the sender of the hello, and the observer, why it may not stay.
func (e *Endpoint) turnAway(instance uint64, hello control, code wire.RefuseCode, reason string) {
	name := hello.Name
	e.tell(instance, kindRefuse, control{Name: e.name, Code: code, Reason: reason, Token: hello.Token})
	if code == wire.RefuseRedundant || code == wire.RefuseClosing || code == refuseYet {
		return
	}
	e.refused(name, e.fail("accept", name, lahja.ErrConnectionAttemptRejected, reason, nil))
}

// handleWelcome makes the link that our hello asked for.
func (e *Endpoint) handleWelcome(msg message, c control) {
	e.mu.Lock()
	a := e.dials.OfLocked(c.Name)
	if a == nil || !a.Introduced || c.Token != a.Own.token || e.closing || e.links[c.Name] != nil {
		e.mu.Unlock()
		return
	}
	l := e.newLink(c.Name, msg.instance, true)
	l.theirs = control{Number: c.Number, Types: c.Types}
	l.inboxGot = msg.sequence
	e.claimLocked(l)
	e.mu.Unlock()
	e.part.welcomed(l)
}

// sayReady answers a welcome.
func (e *Endpoint) sayReady(l *link) {
	e.describeOwn(l)
	e.later(l, kindReady, nil)
}

// confirm answers the ready of a peer that dialled.
func (e *Endpoint) confirm(l *link) { e.later(l, kindReady, func(*control) { e.list(l) }) }

// handleReady lists the other side. The answer (confirm) goes before anything else that is sent to
// it, so the peer is listed by the time the answer is published.
func (e *Endpoint) handleReady(l *link, msg message, c control) {
	e.mu.Lock()
	if l.remote != nil || isClosed(l.done) {
		e.mu.Unlock()
		return
	}
	if c.Number >= l.theirs.Number {
		l.theirs = control{Number: c.Number, Types: c.Types}
	}
	l.acknowledged = c.Acknowledged
	l.inboxGot = max(l.inboxGot, msg.sequence)
	e.mu.Unlock()
	e.baseline(l, c)
	e.part.ready(l)
}

// handleRefuse ends the attempt that was refused, or the connection.
func (e *Endpoint) handleRefuse(msg message, l *link, c control) {
	if l != nil && c.Code == refuseMalformed {
		e.drop(l, e.fail("read", l.name, lahja.ErrRemoteDisconnected, "it ended the connection: "+brief.Text(c.Reason), nil), false)
		return
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	if a := e.dials.OfLocked(c.Name); a != nil && a.Introduced && c.Token == a.Own.token {
		a.Own.settleLocked(outcome{code: c.Code, reason: brief.Text(c.Reason)})
	}
}

func (e *Endpoint) handlePing(m *nats.Msg, msg message, c control) {
	if m.Reply != "" {
		e.pong(m.Reply, control{Number: c.Number})
	}
}

func (e *Endpoint) pong(subject string, c control) {
	e.out.add(op{subject: subject, data: appendControl(e.header(kindPong), c)})
}
