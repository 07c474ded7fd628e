package bridge

import (
	"errors"
	"fmt"
	"io"
	"slices"

	"github.com/lahja/go-lahja/internal/wire"
	"github.com/lahja/go-lahja/lahja"
	"github.com/lahja/go-lahja/lahja/core"
)

// upward takes in what comes from the local, on the goroutine that reads. If the server is slow, or
// away, it waits, and the socket is not read: so the local has as much room as its windows, and the
// queue to the server, allow (natsbus.Options.QueueBytes).
type upward struct {
	pair    *pair
	frames  *wire.Reader
	events  wire.EventReader
	longest int
	lists   bool           // the local has listed the remote
	held    int            // bytes of a frame that has arrived in part
	latest  string         // the type of the last event
	owed    map[string]int // what was taken of each type, and the local was not told of
}

func (u *upward) init(p *pair, frames *wire.Reader) {
	u.pair, u.frames, u.owed = p, frames, map[string]int{}
	u.longest = max(p.bridge.maxPayload()+wire.MaxEventOverhead+wire.MaxHeadersOverhead+wire.MaxGroupsOverhead, wire.MaxSubscriptions)
	frames.OnHold(u.holds)
}

// read reads until the connection ends. What comes after the pair has failed is discarded: the local
// reads meanwhile why it has.
func (u *upward) read() error {
	defer u.holds(0)
	for {
		kind, body, err := u.frames.Next(u.longest)
		if errors.Is(err, wire.ErrMalformed) || errors.Is(err, wire.ErrTooLarge) {
			u.pair.fail(err)
			_, _ = io.Copy(io.Discard, u.pair.conn) // Until it has read why, or its time is over.
		}
		if err != nil {
			return err
		}
		if u.pair.life.Err() != nil {
			continue
		}
		if err := u.take(kind, body); err != nil {
			u.pair.fail(err)
		}
	}
}

// holds counts what all connections hold of frames that have arrived in part.
func (u *upward) holds(bytes int) {
	more := bytes - u.held
	u.held = bytes
	if held := u.pair.bridge.held.Add(int64(more)); held > u.pair.bridge.hooks.held && more > 0 {
		u.pair.fail(refused(wire.RefuseLimit, "connections hold %d bytes of frames that have arrived in part; the limit is %d", held, u.pair.bridge.hooks.held))
		u.pair.conn.Close() // It would grow further.
	}
}

func malformed(format string, args ...any) error {
	return fmt.Errorf("%w: %s", wire.ErrMalformed, fmt.Sprintf(format, args...))
}

// take takes in a frame of the local's.
func (u *upward) take(kind wire.Kind, body []byte) error {
	p := u.pair
	switch kind {
	case wire.Event:
		return u.takeEvent(body)
	case wire.Subscriptions:
		return p.takeInterests(body)
	case wire.Described:
		return p.takeDescribed(body)
	case wire.Ready:
		_, err := wire.ParseReady(body)
		if err == nil {
			u.listed()
		}
		return err
	case wire.Taken:
		m, err := wire.ParseTaken(body)
		if err == nil {
			p.out.Acknowledge(m.TypeBytes, m.Bytes)
		}
		return err
	case wire.Goodbye:
		if _, err := wire.ParseGoodbye(body); err != nil {
			return err
		}
		return p.takeGoodbye()
	case wire.Refuse:
		m, err := wire.ParseRefuse(body)
		if err == nil {
			err = refused(m.Code, "%s refuses: %s", p.local.name, m.Reason)
		}
		return err
	case wire.SubscriptionsAck, wire.Sync, wire.SyncAck, wire.Ping, wire.Pong, wire.Earlier:
		m, err := wire.ParseNumber(body)
		if err != nil {
			return err
		}
		return p.takeNumber(kind, m.Number)
	}
	return malformed("%s out of turn", kind)
}

// listed: the local has listed the remote. Its first events may come before its ready.
func (u *upward) listed() {
	if !u.lists {
		u.lists = true
		u.pair.takeListed()
	}
}

func (p *pair) takeNumber(kind wire.Kind, number uint64) error {
	switch kind {
	case wire.SubscriptionsAck:
		return p.takeShown(number)
	case wire.Sync:
		return p.takeSync(number)
	case wire.SyncAck:
		p.mu.Lock()
		answer := p.answers[number]
		delete(p.answers, number)
		p.mu.Unlock()
		if answer != nil {
			answer()
		}
	case wire.Pong:
		p.ponged()
	case wire.Earlier:
		peer := p.remotePeer()
		if peer == nil {
			return malformed("%s out of turn", kind)
		}
		peer.Earlier(number)
	case wire.Ping:
		p.control(wire.NumberMsg{Number: number}.Append(nil, wire.Pong))
	}
	return nil
}

// takeInterests tells the server what the local subscribes to.
func (p *pair) takeInterests(body []byte) error {
	number, set, err := wire.ParseSubscriptionsTo(body, core.InterestOf)
	if err != nil {
		return err
	}
	p.out.Resize(func(event string) int { return set[event].Window })
	p.local.proxy.SetInterests(number, set)
	p.mu.Lock()
	p.theirs, p.ours = true, set
	p.mu.Unlock()
	p.goOn()
	return nil
}

// takeDescribed tells the remote the local's version of a type, once it can hear that.
func (p *pair) takeDescribed(body []byte) error {
	d, err := wire.ParseDescribed(body)
	if err != nil {
		return err
	}
	d.Layout = slices.Clone(d.Layout)
	p.mu.Lock()
	now := p.welcomed
	l := &p.layouts
	if !now {
		l.all = append(l.all, d)
		l.bytes += len(d.Type) + len(d.Layout)
	}
	much := len(l.all) > mostDescribed || l.bytes > mostDescribedBytes
	p.mu.Unlock()
	switch {
	case much:
		return malformed("it describes more than %d types, or with more than %d bytes", mostDescribed, mostDescribedBytes)
	case now:
		return p.remotePeer().Describe(p.life, d.Type, d.Layout)
	}
	return nil
}

// takeSync asks the remote whether it has handled everything before. The answer follows whatever has
// come from the remote before it.
func (p *pair) takeSync(number uint64) error {
	p.mu.Lock()
	peer := p.peer
	p.syncing++
	many := p.syncing > mostSyncs
	p.mu.Unlock()
	switch {
	case peer == nil:
		return malformed("%s out of turn", wire.Sync)
	case many:
		return malformed("%d of its syncs wait at once, which is more than the limit", mostSyncs)
	}
	peer.Sync(func(err error) {
		p.mu.Lock()
		p.syncing--
		p.mu.Unlock()
		if err == nil {
			p.down.then(func() { p.control(wire.NumberMsg{Number: number}.Append(nil, wire.SyncAck)) })
		}
	})
	return nil
}

// takeEvent sends an event to the remote.
func (u *upward) takeEvent(body []byte) error {
	p := u.pair
	peer := p.remotePeer()
	if peer == nil {
		return malformed("%s out of turn", wire.Event)
	}
	m, err := u.events.Parse(body, p.bridge.maxPayload())
	if err != nil {
		return err
	}
	if u.latest != string(m.TypeBytes) {
		u.latest = string(m.TypeBytes)
	}
	u.listed()
	switch err := peer.Send(p.life, body); {
	case p.life.Err() != nil:
		return nil
	case errors.Is(err, lahja.ErrTooLarge):
		p.bridge.lose(1, p, "they are larger than the NATS server takes (its max_payload)")
	case err != nil:
		return err
	default:
		p.toServer.add(len(body))
		p.bridge.counts.toServer.add(len(body))
		p.show(wire.Received, u.latest, body)
	}
	if m.AnswersInstance|m.AnswersSequence == 0 {
		u.owe(u.latest, len(m.Payload)+core.EventCost)
	}
	return nil
}

// owe gives the local credit back for an event, a quarter of the remote's window at once.
func (u *upward) owe(event string, cost int) {
	owed := u.owed[event] + cost
	if owed < u.pair.windowOf(event)/4 && len(u.owed) < wire.MaxTypes {
		u.owed[event] = owed
		return
	}
	delete(u.owed, event)
	u.pair.control(wire.TakenMsg{TypeBytes: []byte(event), Bytes: uint64(owed)}.Append(nil))
}

// windowOf is the local's window for events of a type to the remote, as far as it knows.
func (p *pair) windowOf(event string) int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.shown.set[event].Window
}
