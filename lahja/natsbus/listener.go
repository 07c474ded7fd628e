package natsbus

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/nats-io/nats.go"

	"github.com/lahja/go-lahja/internal/brief"
	"github.com/lahja/go-lahja/internal/wire"
	"github.com/lahja/go-lahja/lahja"
)

const (
	// mostServing is how many endpoints that serve a Listener knows. Any client of the server
	// can claim that more do.
	mostServing = 10_000
	// tellAgain is how soon a Listener says again for whom it listens. Whoever asks earlier
	// hears it with the next heartbeat.
	tellAgain = 50 * time.Millisecond
)

// Listener listens on the server for endpoints that are elsewhere, and knows which endpoints serve
// there. It is for package bridge.
//
// All methods are safe for concurrent use.
type Listener struct {
	endpoint *Endpoint // for its connection and its options; it takes no part in the bus
	events   ListenerEvents

	mu       sync.Mutex
	names    map[string]*nats.Subscription // for whom it listens, by name
	subjects map[string]string             // and their names, by subject
	others   map[string]time.Time          // who serves, and when it was last heard of
	told     time.Time                     // when it last said for whom it listens
	asked    bool                          // somebody has asked since
}

// ListenerEvents is told what a Listener hears, on one goroutine. Its methods must not block.
type ListenerEvents interface {
	// Hello: somebody wants to connect to an endpoint. Pass it to that endpoint's Proxy, or
	// refuse it. Whoever hears no answer says hello again.
	Hello(h Hello)
	// Serves: an endpoint of that name serves on the server.
	Serves(name string)
	// Served: it does so no more.
	Served(name string)
	// Alive asks whether an endpoint that is listened for lives. answer may be called on any
	// goroutine, or never. It says where the endpoint is.
	Alive(name string, answer func(where string))
}

// Hello is a message to an endpoint that a Listener listens for.
type Hello struct {
	// To is that endpoint, From the one that wants to connect, and Instance its run.
	To, From string
	Instance uint64

	message *nats.Msg
	token   uint64
}

// NewListener connects to the server. The name is for logs and for the server alone.
func NewListener(ctx context.Context, name string, opts *Options, events ListenerEvents) (*Listener, error) {
	e, err := New(name, opts)
	if err != nil {
		return nil, err
	}
	l := &Listener{endpoint: e, events: events, names: map[string]*nats.Subscription{}, subjects: map[string]string{}, others: map[string]time.Time{}}
	e.hears = l.hear
	e.beats = l.beat
	if err := e.Run(ctx); err != nil {
		return nil, err
	}
	for _, subject := range []string{e.subjects.serving(), e.subjects.who()} {
		if _, err := e.conn.ChanSubscribe(subject, e.incoming); err != nil {
			return nil, errors.Join(e.fail("listen", "", nil, "it cannot subscribe at the NATS server", err), e.Close())
		}
	}
	l.ask()
	if err := flush(ctx, e.conn); err != nil {
		return nil, errors.Join(e.fail("listen", "", nil, "the NATS server does not answer", err), e.Close())
	}
	return l, nil
}

// Free returns an error if an endpoint serves under the name on the server. It says which one.
func (l *Listener) Free(ctx context.Context, name string) error {
	return l.endpoint.isFree(ctx, l.endpoint.conn, "look for", name)
}

// Listen listens for an endpoint of that name. It fails if one serves under it on the server.
func (l *Listener) Listen(ctx context.Context, name string) error {
	e := l.endpoint
	if err := e.isFree(ctx, e.conn, "listen", name); err != nil {
		return err
	}
	subject := e.subjects.listen(name)
	sub, err := e.conn.ChanSubscribe(subject, e.incoming)
	if err != nil {
		return e.fail("listen", name, nil, "it cannot subscribe at the NATS server", err)
	}
	l.mu.Lock()
	l.names[name], l.subjects[subject] = sub, name
	l.mu.Unlock()
	if err := flush(ctx, e.conn); err != nil {
		l.Unlisten(name)
		return e.fail("listen", name, nil, "the NATS server does not answer", err)
	}
	l.say(name, false)
	return nil
}

// Unlisten ends that.
func (l *Listener) Unlisten(name string) {
	l.mu.Lock()
	sub := l.names[name]
	delete(l.names, name)
	delete(l.subjects, l.endpoint.subjects.listen(name))
	l.mu.Unlock()
	if sub != nil {
		l.endpoint.writer.unsubscribe(sub)
		l.say(name, true)
	}
}

// Refuse refuses a hello. One that may come again is refused because the endpoint is closing.
func (l *Listener) Refuse(h Hello, again bool, reason string) {
	code := wire.RefuseName
	if again {
		code = wire.RefuseClosing
	}
	l.endpoint.tell(h.Instance, kindRefuse, control{Name: h.To, Code: code, Reason: brief.Text(reason), Token: h.token})
}

// Lost returns a channel that is closed when the client has given the server up for good, for example
// because its credentials have expired, or Close was called. Why returns the reason.
func (l *Listener) Lost() <-chan struct{} { return l.endpoint.hungUp }

// Why returns why the connection to the server has ended.
func (l *Listener) Why() error {
	return l.endpoint.fail("listen", "", nil, "the connection to the NATS server has ended", l.endpoint.conn.LastError())
}

// Close ends the listener.
func (l *Listener) Close() error {
	l.mu.Lock()
	names := l.names
	l.names, l.subjects = map[string]*nats.Subscription{}, map[string]string{}
	l.mu.Unlock()
	for name := range names {
		l.say(name, true)
	}
	return l.endpoint.Close()
}

func (l *Listener) say(name string, ended bool) {
	e := l.endpoint
	e.out.add(op{subject: e.subjects.serving(), data: appendControl(e.header(kindServing), control{Name: name, Final: ended})})
}

// ask asks which endpoints serve.
func (l *Listener) ask() {
	e := l.endpoint
	e.out.add(op{subject: e.subjects.who(), data: appendControl(e.header(kindWho), control{})})
}

// listening returns the name whose subject that is.
func (l *Listener) listening(subject string) (name string, ok bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	name, ok = l.subjects[subject]
	return name, ok
}

// hear takes in a message. It reports whether that is done.
func (l *Listener) hear(m *nats.Msg, msg message) bool {
	e := l.endpoint
	name, listening := l.listening(m.Subject)
	switch {
	case listening && msg.kind == kindHello:
		l.hello(m, msg, name)
	case listening && msg.kind == kindPing:
		if c, err := parseControl(msg.body); err == nil && m.Reply != "" {
			l.events.Alive(name, func(where string) { e.pong(m.Reply, control{Number: c.Number, Reason: brief.Text(where)}) })
		}
	case m.Subject == e.subjects.who():
		l.tell(false)
	case m.Subject == e.subjects.serving():
		l.serving(msg)
	default:
		return false
	}
	return true
}

func (l *Listener) hello(m *nats.Msg, msg message, to string) {
	c, err := parseControl(msg.body)
	if err == nil {
		err = lahja.ValidateName(c.Name)
	}
	if err != nil {
		l.endpoint.refused("", err)
		return
	}
	l.events.Hello(Hello{To: to, From: c.Name, Instance: msg.instance, message: m, token: c.Token})
}

// tell says for whom it listens, unless it has just done so: then the next heartbeat does.
func (l *Listener) tell(later bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	now := time.Now()
	if later && !l.asked {
		return
	}
	if l.asked = now.Sub(l.told) < tellAgain; l.asked {
		return
	}
	l.told = now
	for name := range l.names {
		l.say(name, false)
	}
}

func (l *Listener) serving(msg message) {
	c, err := parseControl(msg.body)
	if err == nil {
		err = lahja.ValidateName(c.Name)
	}
	if err != nil {
		l.endpoint.refused("", fmt.Errorf("who serves: %w", err))
		return
	}
	if change := l.noteServing(c.Name, c.Final); change && c.Final {
		l.events.Served(c.Name)
	} else if change {
		l.events.Serves(c.Name)
	}
}

// noteServing notes whether an endpoint serves. It reports whether that is new.
func (l *Listener) noteServing(name string, ended bool) (change bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	_, known := l.others[name]
	switch {
	case ended:
		delete(l.others, name)
		return known
	case known || len(l.others) < mostServing:
		l.others[name] = time.Now()
		return !known
	}
	return false
}

// beat asks which endpoints serve, and finds those that no longer do.
func (l *Listener) beat(now time.Time) {
	if !isClosed(l.endpoint.online()) {
		return
	}
	for _, name := range l.silent(now) {
		l.events.Served(name)
	}
	l.tell(true)
	l.ask()
}

// silent forgets and returns the endpoints that have not said for three heartbeats that they serve.
func (l *Listener) silent(now time.Time) (gone []string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for name, heard := range l.others {
		if now.Sub(heard) > 3*l.endpoint.opts.Heartbeat {
			delete(l.others, name)
			gone = append(gone, name)
		}
	}
	return gone
}
