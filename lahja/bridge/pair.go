package bridge

import (
	"context"
	"net"
	"sync"
	"sync/atomic"
	"time"

	"github.com/lahja/go-lahja/internal/wire"
	"github.com/lahja/go-lahja/lahja"
	"github.com/lahja/go-lahja/lahja/internal/sendq"
	"github.com/lahja/go-lahja/lahja/natsbus"
)

// pair is a connection through the bridge: between an endpoint on a socket (local) and one on the
// server (remote). It becomes ready in these steps, whoever dials:
//
//  1. Both instances are known: each side is told the other's.
//  2. Each side is told what the other one subscribes to, and acknowledges that.
//  3. Each acknowledgement is passed on, and with it that the other side is ready. The dialler is
//     told so once the listener lists it, which a local says with its own ready.
//
// The server wants the dialler's set after the listener's. If the remote dials, its set comes with
// its ready, so step 2 begins with the local's.
//
// One goroutine (run) reads from the socket, and waits for the server if that is slow. What comes
// from the server is taken in on the proxy's goroutine, which never waits: see downward.
type pair struct {
	bridge *Bridge
	local  *local
	remote string // the name on the server
	since  time.Time
	conn   net.Conn
	out    sendq.Queue
	down   downward
	up     upward // the reading goroutine's own

	life    context.Context // ends when the pair fails, and with it what the reader waits for
	stop    context.CancelFunc
	over    chan struct{} // closed when there is no connection to the remote, or no more
	done    chan struct{} // closed when run has returned
	dialled chan struct{} // closed when the remote has been dialled, or not; nil if it was not to be
	cut     atomic.Bool   // the bridge has closed the connection before all was written

	toServer, toSockets traffic

	mu       sync.Mutex
	peer     *natsbus.ProxyPeer        // nil until the remote is met
	greeted  bool                      // the local was told the remote's instance
	theirs   bool                      // the local's set is known
	ours     map[string]lahja.Interest // that set
	welcomed bool                      // the remote was told the local's set
	ready    bool                      // the remote knows it
	lists    bool                      // the local has listed the remote
	listed   bool                      // the remote, which dialled, was told that the local has
	told     bool                      // the local was told that the remote is ready
	shown    shown
	layouts  described
	err      error // why it ended

	deadline  *time.Timer // ends a pair that does not become ready
	unwritten error       // why nothing can be written to the local
	parting   *time.Timer // ends the connection to it

	asked   uint64
	answers map[uint64]func() // to syncs that the local was asked for, by their number
	syncing int               // of the local's, not answered yet
	pong    chan struct{}     // closed when the local has answered whether it lives; nil if it was not asked

	localBye, remoteBye, serverEnded, finished bool // how far an orderly end is
}

// shown is what the local knows of the remote's subscriptions.
type shown struct {
	any    bool // it was told a set
	latest uint64
	set    map[string]lahja.Interest
	seen   bool   // it has acknowledged one
	known  uint64 // which
}

// described are the local's versions of types that the remote cannot be told of yet.
type described struct {
	all   []wire.DescribedMsg
	bytes int
}

// newPair adds a pair to the local. It returns nil if there is one with that remote, or if the local
// has ended. If the local was dialled, it knows the remote's instance.
func newPair(l *local, conn net.Conn, frames *wire.Reader, remote string, dialled bool) *pair {
	b := l.bridge
	p := &pair{bridge: b, local: l, remote: remote, since: time.Now(), conn: conn, greeted: dialled,
		over: make(chan struct{}), done: make(chan struct{}), answers: map[uint64]func(){}}
	p.life, p.stop = context.WithCancel(context.Background())
	p.out.Init(sendq.Config{Limit: b.opts.QueueBytes, Conn: conn, Direct: sendq.Direct(conn),
		Start:   func() { b.work.Go(p.write) },
		Prelude: func(bool) []byte { return nil },
		Failed:  p.unwritable,
		Press:   func() {},
	})
	p.down.pair = p
	p.up.init(p, frames)
	if !l.add(p) {
		p.stop()
		return nil
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.deadline = time.AfterFunc(b.hooks.handshake, func() {
		p.fail(refused(wire.RefuseClosing, "%s and %s were not connected within %v", l.name, remote, b.hooks.handshake))
	})
	return p
}

// run reads what comes from the local until the connection ends, and waits until the remote knows of
// that.
func (p *pair) run() {
	defer close(p.done)
	err := p.up.read()
	p.conn.Close()
	p.socketEnded(err)
	p.awaitRemote()
	p.stop()
	p.stopTimers()
	if p.dialled != nil {
		<-p.dialled // Another pair with the remote could not dial before.
	}
	p.local.remove(p)
}

func (p *pair) stopTimers() {
	p.mu.Lock()
	defer p.mu.Unlock()
	stop(p.deadline)
	stop(p.parting)
}

// stop stops a timer, if there is one.
func stop(t *time.Timer) {
	if t != nil {
		t.Stop()
	}
}

// met goes on when the remote has been met, or says hello again.
func (p *pair) met() {
	p.mu.Lock()
	peer, greet, again := p.peer, !p.greeted, p.welcomed && !p.ready
	p.greeted = true
	p.mu.Unlock()
	if again && !peer.Dialled() {
		peer.Proceed() // It did not hear the first welcome.
		return
	}
	if greet {
		p.control(helloOf(p.remote, peer.Instance()))
	}
	if peer.Dialled() {
		p.showInterests()
	}
	p.goOn()
}

// meets gives the pair its peer on the server, if it waits for one.
func (p *pair) meets(r *natsbus.ProxyPeer) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.peer != nil || p.err != nil {
		return false
	}
	p.peer = r
	return true
}

// remotePeer returns the peer on the server, nil until it is met.
func (p *pair) remotePeer() *natsbus.ProxyPeer {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.peer
}
