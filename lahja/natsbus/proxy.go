package natsbus

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"

	"github.com/lahja/go-lahja/internal/brief"
	"github.com/lahja/go-lahja/internal/wire"
	"github.com/lahja/go-lahja/lahja"
	"github.com/lahja/go-lahja/lahja/core"
)

// Proxy stands on the server for an endpoint that is elsewhere, under its name and with the
// instance of its run. What arrives for that endpoint is passed on as it came, and what the
// endpoint sends is published as it is. It is for package bridge.
//
// All methods are safe for concurrent use.
type Proxy struct {
	endpoint *Endpoint
	events   ProxyEvents

	mu     sync.Mutex
	number uint64
	set    map[string]lahja.Interest
}

// ProxyEvents is told what arrives for the endpoint, on one goroutine. Its methods must not block.
type ProxyEvents interface {
	// Accepted: the peer has connected, and waits for Proceed, before which the proxy is told
	// what the endpoint subscribes to (SetInterests).
	Accepted(p *ProxyPeer)
	// Welcomed: the peer has accepted the connection that Connect asked for. Its Interests are
	// known. It waits for Proceed, as in Accepted.
	Welcomed(p *ProxyPeer)
	// Ready: the peer knows what the endpoint subscribes to. If the peer has connected
	// (Accepted), its Interests are known now, and it waits for Proceed.
	Ready(p *ProxyPeer)
	// Changed: the peer's Interests have changed. It waits for Know.
	Changed(p *ProxyPeer)
	// Acknowledged: the peer knows the endpoint's interests of that number.
	Acknowledged(p *ProxyPeer, number uint64)
	// Described: the peer has told its version of a type, as an encoded layout.
	Described(p *ProxyPeer, event string, layout []byte)
	// Event: the peer has sent an event. The frame holds it as it goes over a socket, but for the
	// groups for which the endpoint was chosen. Both may be kept, and not changed.
	Event(p *ProxyPeer, event wire.EventMsg, frame []byte)
	// Sync: the peer waits until the endpoint has handled everything before. answer may be
	// called on any goroutine.
	Sync(p *ProxyPeer, answer func())
	// Earlier: the peer has sent that many events to this run of the endpoint over connections that
	// have ended.
	Earlier(p *ProxyPeer, sent uint64)
	// Leaving: the peer has said goodbye. Unless it is final, it waits for Farewell.
	Leaving(p *ProxyPeer, final bool)
	// Ended: the connection to the peer has ended.
	Ended(p *ProxyPeer, reason error)
}

// ProxyPeer is a peer of the endpoint, on the server.
type ProxyPeer struct {
	proxy *Proxy
	link  *link
	// Owner is the bridge's.
	Owner any

	// Guarded by Proxy.mu.
	knows   uint64 // the number of its interests that the endpoint knows
	readied bool   // it connected, and has said that it is ready
}

// NewProxy returns a proxy that has connected to the server. Nobody can connect to it but by
// Hello.
func NewProxy(ctx context.Context, name string, instance uint64, opts *Options, events ProxyEvents) (*Proxy, error) {
	e, err := newEndpoint(name, instance, opts)
	if err != nil {
		return nil, err
	}
	p := &Proxy{endpoint: e, events: events}
	e.part, e.relinks = &onBehalf{Endpoint: e, proxy: p}, false
	e.socket.abrupt = true // A later proxy may stand for the same run. What this one sent must not arrive then.
	if err := e.Run(ctx); err != nil {
		return nil, err
	}
	return p, nil
}

// Connect connects to an endpoint that serves under that name on the server. It returns when both
// sides are ready.
func (p *Proxy) Connect(ctx context.Context, name string) error {
	return p.endpoint.ConnectToEndpoints(ctx, lahja.ConnectionConfig{Name: name})
}

// Hello takes in a message that Listener heard for the endpoint. If too much waits already, it is
// dropped: whoever sent it says hello again.
func (p *Proxy) Hello(h Hello) {
	if h.message == nil {
		return
	}
	select {
	case p.endpoint.incoming <- h.message:
	default:
	}
}

// Busy reports whether messages wait that ProxyEvents has not been told of.
func (p *Proxy) Busy() bool { return len(p.endpoint.incoming) > 0 }

// SetInterests tells peers what the endpoint subscribes to, with the number that it gave the set.
func (p *Proxy) SetInterests(number uint64, set map[string]lahja.Interest) {
	p.mu.Lock()
	fresh := number > p.number || p.set == nil
	if fresh {
		p.number, p.set = number, set
	}
	p.mu.Unlock()
	if fresh {
		p.endpoint.out.markStale()
	}
}

// Close ends all connections and the proxy.
func (p *Proxy) Close() error { return p.endpoint.Close() }

func (p *Proxy) peer(l *link) *ProxyPeer {
	if r := l.proxied.Load(); r != nil {
		return r
	}
	l.proxied.CompareAndSwap(nil, &ProxyPeer{proxy: p, link: l})
	return l.proxied.Load()
}

// Name returns the peer's name.
func (r *ProxyPeer) Name() string { return r.link.name }

// Instance returns the instance of its run.
func (r *ProxyPeer) Instance() uint64 { return r.link.instance }

// Interests are what the peer subscribes to, with the number of that set. Not to be changed.
func (r *ProxyPeer) Interests() (number uint64, set map[string]lahja.Interest) {
	e := r.proxy.endpoint
	e.mu.Lock()
	defer e.mu.Unlock()
	return r.link.theirs.Number, r.link.theirs.set()
}

// Dialled reports whether the endpoint has connected to the peer, and not the other way round.
func (r *ProxyPeer) Dialled() bool { return r.link.dialled }

// Forget ends a connection for which nobody waits, without a word.
func (r *ProxyPeer) Forget() { r.proxy.endpoint.drop(r.link, errUnwanted, false) }

// Hello is the message with which the peer connects. Passed to Proxy.Hello it has no effect: the
// peer says hello again.
func (r *ProxyPeer) Hello() Hello {
	e := r.proxy.endpoint
	e.mu.Lock()
	defer e.mu.Unlock()
	return Hello{To: e.name, From: r.Name(), Instance: r.Instance(), token: r.link.token}
}

// Proceed goes on with a connection that waits for it (ProxyEvents).
func (r *ProxyPeer) Proceed() {
	e := r.proxy.endpoint
	switch {
	case r.link.dialled:
		e.sayReady(r.link)
	case r.hasReadied():
		e.confirm(r.link)
	default:
		e.welcome(r.link)
	}
}

func (r *ProxyPeer) hasReadied() bool {
	r.proxy.mu.Lock()
	defer r.proxy.mu.Unlock()
	return r.readied
}

// Know tells the peer that the endpoint knows its interests of that number.
func (r *ProxyPeer) Know(number uint64) {
	r.proxy.mu.Lock()
	r.knows = max(r.knows, number)
	r.proxy.mu.Unlock()
	if isClosed(r.link.ready) { // Else what goes on with the connection says it.
		r.proxy.endpoint.acknowledge(r.link)
	}
}

// Describe tells the peer the endpoint's version of a type. It waits for room, as Send does.
func (r *ProxyPeer) Describe(ctx context.Context, event string, layout []byte) error {
	return r.send(ctx, appendControl(r.proxy.endpoint.header(kindDescribed), control{Layouts: map[string][]byte{event: layout}}))
}

// DescribeNow is Describe without a wait, for a bounded number of types.
func (r *ProxyPeer) DescribeNow(event string, layout []byte) {
	r.proxy.endpoint.describe(r.link, core.Description{Type: event, Layout: layout})
}

// Send sends an event, as the body of its frame. It waits for room in the queue of what waits for
// the server, which all peers of the endpoint share. Answers wait too: nothing that the queue waits
// for waits for an answer. An event that the server does not take (its max_payload) is ErrTooLarge.
func (r *ProxyPeer) Send(ctx context.Context, body []byte) error {
	const frame = 5 // a frame's length and kind
	data := appendHeader(make([]byte, 0, headerSize+frame+len(body)), kindEvent, r.proxy.endpoint.core.Instance())
	return r.send(ctx, wire.AppendFrame(data, wire.Event, body))
}

// send sends a message to the peer's inbox.
func (r *ProxyPeer) send(ctx context.Context, data []byte) error {
	e := r.proxy.endpoint
	if most := e.most.Load(); int64(len(data)) > most {
		return e.fail("send", r.link.name, lahja.ErrTooLarge, fmt.Sprintf("%d bytes to send, the NATS server takes %d (its max_payload)", len(data), most), nil)
	}
	switch result, why := e.queue(ctx, []op{{subject: r.link.inbox, to: r.link, data: data, limited: len(data) + core.EventCost}}, false); result {
	case full:
		return e.fail("send", r.link.name, lahja.ErrQueueFull, "", why)
	case gone:
		return e.core.LifecycleError("send")
	}
	return nil
}

// Sync asks whether the peer has handled everything that was sent before, and calls done when it
// has, or with the reason why nobody will know.
func (r *ProxyPeer) Sync(done func(error)) {
	e := r.proxy.endpoint
	answered, number, forget := e.ask(r.link)
	e.askSync(r.link, number)
	go func() {
		defer forget()
		done(e.awaitSynced(context.Background(), r.link, number, answered))
	}()
}

// Earlier tells the peer how many events the endpoint has sent to it over connections that have ended.
func (r *ProxyPeer) Earlier(sent uint64) {
	r.proxy.endpoint.control(r.link, kindEarlier, control{Number: sent})
}

// Goodbye tells the peer that the endpoint leaves, after what was sent. The connection ends with
// the peer's answer, after what it has sent.
func (r *ProxyPeer) Goodbye() {
	e := r.proxy.endpoint
	e.mu.Lock()
	r.link.said = true
	e.mu.Unlock()
	e.control(r.link, kindGoodbye, control{})
}

// Farewell answers the peer's goodbye, and ends the connection.
func (r *ProxyPeer) Farewell() {
	r.proxy.endpoint.farewell(r.link)
	r.proxy.endpoint.drop(r.link, errGoodbye, false)
}

// End ends the connection for that reason, which the peer is told.
func (r *ProxyPeer) End(reason error) {
	e := r.proxy.endpoint
	e.tell(r.link.instance, kindRefuse, control{Code: refuseMalformed, Reason: brief.Text(reason.Error())})
	e.drop(r.link, reason, false)
}

// IsGoodbye reports whether a connection ended as its peer, or the endpoint, had announced.
func IsGoodbye(reason error) bool { return errors.Is(reason, errGoodbye) }

// onBehalf takes part for a Proxy.
type onBehalf struct {
	*Endpoint
	proxy *Proxy
}

func (b *onBehalf) interests() (map[string]lahja.Interest, uint64) {
	b.proxy.mu.Lock()
	defer b.proxy.mu.Unlock()
	return b.proxy.set, b.proxy.number
}

// descriptions are none: each peer is told by itself (ProxyPeer.Describe).
func (b *onBehalf) descriptions(int) []core.Description { return nil }

func (b *onBehalf) accepted(l *link) { b.proxy.events.Accepted(b.proxy.peer(l)) }

func (b *onBehalf) welcomed(l *link) { b.proxy.events.Welcomed(b.proxy.peer(l)) }

func (b *onBehalf) ready(l *link) {
	r := b.proxy.peer(l)
	if l.dialled {
		b.list(l)
	} else {
		b.proxy.mu.Lock()
		r.readied = true
		b.proxy.mu.Unlock()
	}
	b.proxy.events.Ready(r)
	b.mu.Lock()
	number := l.acknowledged
	b.mu.Unlock()
	b.proxy.events.Acknowledged(r, number)
}

func (b *onBehalf) knows(l *link, latest uint64) uint64 {
	r := b.proxy.peer(l)
	b.proxy.mu.Lock()
	defer b.proxy.mu.Unlock()
	return min(r.knows, latest)
}

func (b *onBehalf) changed(l *link, fresh bool) {
	if fresh {
		b.proxy.events.Changed(b.proxy.peer(l))
		return
	}
	b.acknowledge(l)
}

func (b *onBehalf) acknowledged(l *link, number uint64) {
	b.proxy.events.Acknowledged(b.proxy.peer(l), number)
}

func (b *onBehalf) described(l *link, d core.Description) error {
	b.proxy.events.Described(b.proxy.peer(l), d.Type, slices.Clone(d.Layout))
	return nil
}

func (b *onBehalf) event(l *link, m wire.EventMsg, frame []byte) error {
	b.proxy.events.Event(b.proxy.peer(l), m, frame)
	return nil
}

func (b *onBehalf) sync(l *link, number uint64) {
	b.proxy.events.Sync(b.proxy.peer(l), func() { b.handled(l, number) })
}

func (b *onBehalf) earlier(l *link, sent uint64) { b.proxy.events.Earlier(b.proxy.peer(l), sent) }

func (b *onBehalf) leaves(l *link, final bool) {
	b.proxy.events.Leaving(b.proxy.peer(l), final)
	if final {
		b.drop(l, errGoodbye, false)
	}
}

func (b *onBehalf) ended(l *link, reason error) {
	b.proxy.events.Ended(b.proxy.peer(l), reason)
}
