package subprocess

import (
	"github.com/lahja/go-lahja/tools/engine"
)

// What only a parent and its children say to each other, besides what drivers record.
const (
	kindHello    engine.RecordKind = "hello"    // child, the first: it has dispatched
	kindLaunch   engine.RecordKind = "launch"   // parent, the first: what to run
	kindArrive   engine.RecordKind = "arrive"   // child: its driver waits at a point
	kindReleased engine.RecordKind = "released" // parent: the answer to a call
	kindStop     engine.RecordKind = "stop"     // parent: stop; child: it was told to
	kindPause    engine.RecordKind = "pause"    // child: stop the process of the driver named
	kindResume   engine.RecordKind = "resume"   // child: let it continue
	kindKill     engine.RecordKind = "kill"     // child: kill the process of the driver named
	kindRestart  engine.RecordKind = "restart"  // child: start the driver named again, which was killed
	kindFinish   engine.RecordKind = "finish"   // parent, to a restarted child: all others have ended
	kindFault    engine.RecordKind = "fault"    // child: make a fault in the network
	kindReap     engine.RecordKind = "reap"     // child: wait until the killed processes have ended
	kindPublish  engine.RecordKind = "publish"  // child: a listener has the name
	kindWithdraw engine.RecordKind = "withdraw" // child: the listener Serial has gone
	kindLookup   engine.RecordKind = "lookup"   // child: which listener has the name
	kindDone     engine.RecordKind = "done"     // child: its driver has done all it had to do
)

// message is one line on the control connection: a record, or what makes a call.
type message struct {
	engine.Record
	// Call numbers what is answered, so that the answers find it.
	Call uint64 `json:"call,omitempty"`
	// Error is why what was asked for was not done. Stopped says that it is because the
	// run was stopped.
	Error   string `json:"error,omitempty"`
	Stopped bool   `json:"stopped,omitempty"`
	// Listening is a listener that is published, withdrawn or was looked up.
	Listening engine.Listening `json:"listening,omitzero"`
	// Fault is one to make.
	Fault *engine.Fault `json:"fault,omitempty"`
	// Launch is what to run.
	Launch *launch `json:"child,omitempty"`
}

// launch is what a child needs to know.
type launch struct {
	engine.ChildLaunch
	// Params is what backends need to join the run.
	Params map[string]string `json:"params,omitempty"`
	// Host is the address at which the driver's endpoint listens; empty means loopback.
	Host string `json:"host,omitempty"`
	// Proxied is engine.Site.Proxied.
	Proxied bool `json:"proxied,omitempty"`
	// Ring says that the child inherits a ring for its records, at childproc.RingFD.
	Ring bool `json:"ring,omitempty"`
}

// plain is a message of that kind that says no more.
func plain(kind engine.RecordKind) message { return message{Record: engine.Record{Kind: kind}} }

// valid reports whether a message of a known kind holds what its kind needs.
func (m message) valid() bool {
	switch m.Kind {
	case engine.RecordStep:
		return m.Step != nil
	case engine.RecordFailure:
		return m.Failure != nil
	case engine.RecordSight:
		return m.Sight != nil
	case engine.RecordReached, kindArrive:
		return m.At != nil
	case kindLaunch:
		return m.Launch != nil
	case kindFault:
		return m.Fault != nil
	case engine.RecordResult, engine.RecordCalled, engine.RecordReturned, engine.RecordLog, engine.RecordCrash, kindDone, kindHello, kindReleased, kindStop,
		kindPause, kindResume, kindReap, kindKill, kindRestart, kindFinish, kindPublish, kindWithdraw, kindLookup:
		return true
	}
	return false
}
