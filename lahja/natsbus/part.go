package natsbus

import (
	"github.com/lahja/go-lahja/internal/wire"
	"github.com/lahja/go-lahja/lahja"
	"github.com/lahja/go-lahja/lahja/core"
)

// part is for whom an endpoint takes part in the bus: for itself (own), or for an endpoint that is
// elsewhere (Proxy). It is told what arrives, on the reader's goroutine, and must not block.
type part interface {
	// interests are what it subscribes to, with the number of that set.
	interests() (set map[string]lahja.Interest, number uint64)
	// descriptions are those of its versions of types, from the nth on.
	descriptions(n int) []core.Description
	// accepted: the hello of the peer was accepted. welcome answers it.
	accepted(l *link)
	// welcomed: the peer has accepted our hello. sayReady answers.
	welcomed(l *link)
	// ready: the peer knows what we subscribe to, and we what it does. If we dialled, list
	// lists it, else confirm does.
	ready(l *link)
	// knows is the number of the latest of the peer's sets, up to latest, that is known.
	knows(l *link, latest uint64) uint64
	// changed: the peer has announced its set, which differs from the last one if fresh.
	changed(l *link, fresh bool)
	// acknowledged: the peer knows our set of that number.
	acknowledged(l *link, number uint64)
	described(l *link, d core.Description) error
	// event: an event came, which the peer sent as that frame.
	event(l *link, m wire.EventMsg, frame []byte) error
	// sync: the peer wants to know when everything before has been handled. handled answers.
	sync(l *link, number uint64)
	// earlier: the peer has sent that many events to this part's inbox over connections that have ended.
	// Only a Proxy's peer says so: it sends nothing to everybody's subject.
	earlier(l *link, sent uint64)
	// leaves: the peer says goodbye, and waits for a farewell unless it is final.
	leaves(l *link, final bool)
	// ended: the connection to the peer has ended.
	ended(l *link, reason error)
}

// own takes part for the endpoint itself.
type own struct{ *Endpoint }

func (e own) interests() (map[string]lahja.Interest, uint64) { return e.core.Own() }

func (e own) descriptions(n int) []core.Description { return e.core.Descriptions(n) }

func (e own) accepted(l *link) { e.welcome(l) }

func (e own) welcomed(l *link) { e.sayReady(l) }

func (e own) ready(l *link) {
	if l.dialled {
		e.list(l)
		return
	}
	e.confirm(l)
}

func (e own) knows(_ *link, latest uint64) uint64 { return latest }

func (e own) changed(l *link, fresh bool) {
	e.mu.Lock()
	remote, theirs := l.remote, l.theirs
	e.mu.Unlock()
	if remote != nil && fresh {
		remote.SetSubscriptions(theirs.set())
	}
	e.acknowledge(l)
}

func (e own) acknowledged(*link, uint64) {}

func (e own) described(l *link, d core.Description) error {
	return e.core.Described(l.name, &l.types, d)
}

func (e own) event(l *link, m wire.EventMsg, _ []byte) error {
	return e.core.Deliver(core.Incoming{
		Type: string(m.TypeBytes), Shape: m.Shape, Origin: l.name,
		ID:      lahja.EventID{Instance: l.instance, Sequence: m.Sequence},
		Answers: lahja.EventID{Instance: m.AnswersInstance, Sequence: m.AnswersSequence},
		Headers: m.Headers, Groups: m.Groups, Payload: m.Payload,
		Types: &l.types,
	})
}

func (e own) sync(l *link, number uint64) { e.core.Barrier(func() { e.handled(l, number) }) }

func (e own) earlier(l *link, sent uint64) {
	if gap := e.core.EarlierTold(l.name, l.instance, sent); gap != nil {
		e.report(*gap)
	}
}

func (e own) leaves(l *link, final bool) {
	if !final {
		e.farewell(l)
	}
	e.drop(l, errGoodbye, false)
}

func (e own) ended(*link, error) {}
