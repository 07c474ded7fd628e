package lahja

import (
	"context"
	"errors"
	"os"
	"sync/atomic"
	"time"
)

// A connection is read by a goroutine of its own, so that whoever waits for an answer is
// woken by it: where requests come one behind the other that is a third of what each
// takes. So the reader leaves its duty to those who ask when they have done so for a while,
// and looks once in a while whether they still do. Who has it reads, and handles what it
// reads, until its answer has come.

// duty says who reads a connection.
type duty struct {
	state   atomic.Int32
	back    chan struct{} // holds a token when the reader is to go on
	taken   atomic.Uint64 // how often somebody has taken it over
	waiting atomic.Int32  // requests that wait for an answer

	// The reader's own.
	latest  time.Time     // when it has read an answer
	streak  int           // how many answers have come quickly one behind the other
	needs   int           // how many have to, before it leaves its duty
	trust   time.Duration // the longest that it does not look; see learn
	resumed time.Time     // when it went on as nobody asked any more; zero once it has read
}

func (d *duty) init() {
	d.back, d.needs, d.trust = make(chan struct{}, 1), streakOf, mostTrust
}

const (
	reading  int32 = iota // the reader has it
	vacant                // nobody has: it is there for the next one who asks
	lent                  // one who asks has
	recalled              // and is to give it back to the reader
)

// quick is how soon one answer has to come behind the other for the reader to leave its
// duty to those who ask. Tests are not always so fast.
var quick = 200 * time.Microsecond

const (
	// streakOf is how many answers have to come so. It is doubled, up to mostStreak, each
	// time that the reader has left its duty for fewer requests than streakOf: between them
	// something else is waited for, which it has held up.
	streakOf   = 16
	mostStreak = 1 << 20
	// lookAfter is how soon the reader looks whether they still do, and fewest how many
	// times they have to have done so meanwhile. While they do, it looks after twice as
	// long each time, up to mostTrust: with a look each millisecond a request takes half as
	// long again. An event that comes behind the last of many requests is read so much
	// later, or twice that; see learn.
	lookAfter = time.Millisecond
	mostTrust = 16 * time.Millisecond
	fewest    = 4
	// atHand is how soon a read returns that finds something.
	atHand = 100 * time.Microsecond
)

// lends tells whether the reader may leave its duty, behind an answer that it has read.
func (d *duty) lends() bool {
	now := time.Now()
	if d.streak++; now.Sub(d.latest) > quick {
		d.streak = 0
	}
	d.latest = now
	return d.streak >= d.needs && d.waiting.Load() == 1
}

// standBy leaves the reader's duty to those who ask, until it is the reader's again.
func (d *duty) standBy() {
	d.streak = 0
	seen := d.taken.Load()
	began := seen
	defer func() {
		if d.taken.Load()-began >= streakOf {
			d.needs = streakOf
		} else {
			d.needs = min(2*d.needs, mostStreak)
		}
	}()
	d.state.Store(vacant)
	look := lookAfter
	timer := time.NewTimer(look)
	defer timer.Stop()
	for {
		select {
		case <-d.back:
			return
		case <-timer.C:
		}
		switch taken := d.taken.Load(); {
		case taken-seen >= uint64(fewest*look/lookAfter):
			seen = taken
			look = min(2*look, d.trust)
		case d.state.CompareAndSwap(vacant, reading):
			d.resumed = time.Now()
			return
		case d.state.CompareAndSwap(lent, recalled):
			<-d.back
			return
		}
		timer.Reset(look)
	}
}

// learn is called when the reader has read for the first time since it went on. Where that
// had waited, it was read too late, and the reader trusts half as long from now on: all that
// ever comes late on a connection does so by no more than twice mostTrust, half of that, and
// so on, down to lookAfter.
func (d *duty) learn() {
	if time.Since(d.resumed) < atHand {
		d.trust = max(d.trust/2, lookAfter)
	}
	d.resumed = time.Time{}
}

// take takes the duty over if nobody has it.
func (d *duty) take() bool {
	if !d.state.CompareAndSwap(vacant, lent) {
		return false
	}
	d.taken.Add(1)
	return true
}

// giveUp leaves the duty to the next one who asks, or to the reader where somebody else
// waits already, or the reader does.
func (d *duty) giveUp() {
	if !d.state.CompareAndSwap(lent, vacant) {
		d.giveBack()
		return
	}
	if d.waiting.Load() > 1 {
		d.recall()
	}
}

// giveBack has the reader go on. Who calls it has the duty.
func (d *duty) giveBack() {
	d.state.Store(reading)
	d.back <- struct{}{}
}

// recall has the reader go on if nobody has the duty.
func (d *duty) recall() {
	if d.state.CompareAndSwap(vacant, lent) {
		d.giveBack()
	}
}

// readFor reads until the request has an answer, or what is in its place, or ctx ends. It
// returns false, with nothing read, where another one reads.
func (p *peer) readFor(ctx context.Context, request *pendingRequest) bool {
	if !p.duty.take() {
		return false
	}
	idle := false // nothing of what was read is left
	ended := false
	defer func() {
		p.inbox.led = false
		if !ended {
			p.broken = errUnwound
		}
		if idle {
			p.duty.giveUp()
		} else {
			p.duty.giveBack()
		}
	}()
	p.inbox.led = true
	if ctx.Done() != nil {
		defer context.AfterFunc(ctx, p.interrupt)()
	}
	for ctx.Err() == nil && p.broken == nil {
		request.reader.Store(p)
		if request.settled.Load() {
			request.reader.Store(nil)
			idle = !p.frames.Ready()
			break
		}
		kind, body, err := p.frames.Next(p.longest)
		request.reader.Store(nil)
		if err == nil {
			err = p.handleFrame(kind, body)
		} else if errors.Is(err, os.ErrDeadlineExceeded) {
			p.uninterrupt()
			continue
		}
		p.broken = err
	}
	ended = true
	return true
}

// errUnwound ends a connection that nobody knows any more how far it was read.
var errUnwound = errors.New("an Observer panicked, or called runtime.Goexit, when a request read its answer")

// interrupt has a read fail that waits, whoever reads: who is not meant goes on. Where it
// fails the connection has ended, which ends the read.
func (p *peer) interrupt() { _ = p.conn.SetReadDeadline(longAgo) }

var longAgo = time.Unix(0, 0)

func (p *peer) uninterrupt() { _ = p.conn.SetReadDeadline(time.Time{}) }
