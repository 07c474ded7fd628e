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
// and looks now and then whether they still do. Who has it reads, and handles what it
// reads, until its answer has come.

// duty says who reads a connection.
type duty struct {
	state   atomic.Int32
	back    chan struct{} // holds a token when the reader is to go on
	taken   atomic.Uint64 // how often somebody has taken it over
	waiting atomic.Int32  // requests that wait for an answer
	asked   atomic.Uint64 // how many have begun to
	trust   atomic.Int64  // the longest that the reader does not look, a time.Duration; see distrust
	// pressed says that much of a window is under way: what the peer takes of it has to be
	// read soon, or it seems to be slow.
	pressed *atomic.Bool
	vacated time.Time     // when it was left last; its holder's
	soon    time.Duration // lookAfter

	// The reader's own.
	heard   uint64    // asked, before it handled what it read last
	latest  time.Time // when it has read an answer
	streak  int       // how many answers have come quickly one behind the other
	needs   int       // how many have to, before it leaves its duty
	resumed time.Time // when it went on as nobody asked any more; zero once it has read
}

const (
	reading  int32 = iota // the reader has it
	vacant                // nobody has: it is there for the next one who asks
	lent                  // one who asks has
	recalled              // and is to give it back to the reader
)

var (
	// quick is how soon one answer has to come behind the other for the reader to leave its
	// duty to those who ask. Tests are not always so fast.
	quick = 200 * time.Microsecond
	// lookAfter is how soon the reader looks whether they still do. Tests have it not look.
	lookAfter = time.Millisecond
)

const (
	// streakOf is how many answers have to come so. It is doubled, up to mostStreak, each
	// time that the reader has left its duty for fewer requests than streakOf: between them
	// something else is waited for, which it has held up.
	streakOf   = 16
	mostStreak = 1 << 20
	// fewest is how many times they have to have asked in each lookAfter. While they do, the
	// reader looks after twice as long each time, up to mostLooks times lookAfter: with a
	// look each millisecond a request takes half as long again. An event that comes behind
	// the last of many requests is read so much later, or twice that; see distrust.
	fewest    = 4
	mostLooks = 16
	// atHand is how soon a read returns that finds something.
	atHand = 100 * time.Microsecond
)

func (d *duty) init(pressed *atomic.Bool) {
	d.back, d.needs, d.pressed = make(chan struct{}, 1), streakOf, pressed
	d.soon = lookAfter
	d.trust.Store(int64(mostLooks * d.soon))
}

// lends tells whether the reader may leave its duty, behind an answer that it has read.
func (d *duty) lends() bool {
	now := time.Now()
	if d.streak++; now.Sub(d.latest) > quick {
		d.streak = 0
	}
	d.latest = now
	return d.streak >= d.needs && d.waiting.Load() == 1 && d.asked.Load() == d.heard && !d.pressed.Load()
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
	d.vacated = time.Now()
	d.state.Store(vacant)
	if d.asked.Load() != d.heard {
		d.recall() // Who has asked meanwhile may have found that the reader reads.
	}
	d.recallIfNeeded()
	look := d.soon
	timer := time.NewTimer(look)
	defer timer.Stop()
	for {
		select {
		case <-d.back:
			return
		case <-timer.C:
		}
		switch taken := d.taken.Load(); {
		case taken-seen >= uint64(fewest*look/d.soon):
			seen = taken
			look = min(2*look, time.Duration(d.trust.Load()))
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

// waits is called by a request that begins to wait, before it takes the duty over.
func (d *duty) waits() {
	d.waiting.Add(1)
	d.asked.Add(1)
}

// waited ends waits.
func (d *duty) waited() { d.waiting.Add(-1) }

// late tells whether the frame that the reader has just read had waited for it since nobody
// asked any more.
func (d *duty) late() bool {
	if d.resumed.IsZero() {
		return false
	}
	since := time.Since(d.resumed)
	d.resumed = time.Time{}
	return since < atHand
}

// distrust is called for what was read late as the duty was vacant, and is no answer: the
// reader looks twice as soon from now on, down to lookAfter.
func (d *duty) distrust() {
	d.trust.Store(max(d.trust.Load()/2, int64(d.soon)))
}

// take takes the duty over if nobody has it.
func (d *duty) take() bool {
	if !d.state.CompareAndSwap(vacant, lent) {
		return false
	}
	d.taken.Add(1)
	return true
}

// giveUp leaves the duty to the next one who asks, or to the reader where it is needed, or
// waits for it, or somebody else waits already.
func (d *duty) giveUp() {
	d.vacated = time.Now()
	if !d.state.CompareAndSwap(lent, vacant) {
		d.giveBack()
		return
	}
	d.recallIfNeeded()
}

// giveBack has the reader go on. Who calls it has the duty.
func (d *duty) giveBack() {
	d.state.Store(reading)
	d.back <- struct{}{}
}

func (d *duty) recallIfNeeded() {
	if d.pressed.Load() || d.waiting.Load() > 1 {
		d.recall()
	}
}

// recall has the reader go on if nobody has the duty.
func (d *duty) recall() {
	if d.state.Load() == vacant && d.state.CompareAndSwap(vacant, lent) {
		d.giveBack()
	}
}

// readFor reads until the request has an answer, or what is in its place, or ctx ends. It
// returns false, with nothing read, where another one reads.
func (p *peer) readFor(ctx context.Context, request *pendingRequest) bool {
	if !p.duty.take() {
		return false
	}
	late := time.Since(p.duty.vacated) > p.duty.soon // what is read first may be
	idle := false                                    // nothing of what was read is left
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
			if err = p.handleFrame(kind, body); late && !p.inbox.served {
				p.duty.distrust()
			}
			late = false
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
