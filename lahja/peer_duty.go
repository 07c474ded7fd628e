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
	leads   atomic.Uint64 // how often somebody has taken it over
	waiting atomic.Int32  // requests that wait for an answer
	streak  atomic.Int32  // how many have come quickly behind the answer to the one before
	latest  atomic.Int64  // when there was an answer: nanoseconds since started
}

const (
	reading  int32 = iota // the reader has it
	vacant                // nobody has: it is there for the next one who asks
	lent                  // one who asks has
	recalled              // and is to give it back to the reader
)

const (
	// quick is how soon behind an answer the next request has to come, and streakOf how
	// many have to, before the reader leaves its duty to them.
	quick    = 100 * time.Microsecond
	streakOf = 16
	// lookAfter is how often the reader looks whether it is still done. An event that comes
	// behind the last of many requests is read so much later, or twice that.
	lookAfter = time.Millisecond
)

var started = time.Now()

// asks notes that somebody waits for an answer from now on.
func (d *duty) asks() {
	d.waiting.Add(1)
	if time.Since(started)-time.Duration(d.latest.Load()) < quick {
		d.streak.Add(1)
	} else {
		d.streak.Store(0)
	}
}

// lends tells whether the reader may leave its duty, behind an answer that it has read.
func (d *duty) lends() bool {
	d.latest.Store(int64(time.Since(started)))
	return d.streak.Load() >= streakOf && d.waiting.Load() <= 1
}

// standBy leaves the reader's duty to those who ask, until it is the reader's again.
func (d *duty) standBy() {
	seen := d.leads.Load()
	d.state.Store(vacant)
	timer := time.NewTimer(lookAfter)
	defer timer.Stop()
	for {
		select {
		case <-d.back:
			return
		case <-timer.C:
		}
		switch leads := d.leads.Load(); {
		case leads != seen:
			seen = leads
		case d.state.CompareAndSwap(vacant, reading):
			d.streak.Store(0)
			return
		case d.state.CompareAndSwap(lent, recalled):
			<-d.back
			return
		}
		timer.Reset(lookAfter)
	}
}

// take takes the duty over if nobody has it.
func (d *duty) take() bool {
	if !d.state.CompareAndSwap(vacant, lent) {
		return false
	}
	d.leads.Add(1)
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
	d.streak.Store(0)
	d.state.Store(reading)
	d.back <- struct{}{}
}

// recall has the reader go on if nobody has the duty.
func (d *duty) recall() {
	if d.state.CompareAndSwap(vacant, lent) {
		d.giveBack()
	}
}

// readFor reads until wake holds a token, an answer that has come or what is in its place.
// It returns false, with nothing read, where another one reads.
func (p *peer) readFor(ctx context.Context, wake <-chan struct{}) bool {
	if !p.duty.take() {
		return false
	}
	idle := false // nothing of what was read is left
	defer func() {
		p.inbox.led = false
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
	for len(wake) == 0 {
		if err := p.readFrame(); err != nil {
			if errors.Is(err, os.ErrDeadlineExceeded) {
				p.uninterrupt()
				if ctx.Err() != nil {
					return true
				}
				continue
			}
			p.broken = err
			return true
		}
	}
	p.duty.latest.Store(int64(time.Since(started)))
	idle = !p.frames.Ready()
	return true
}

// interrupt has a read fail that waits, whoever reads: who is not meant goes on. Where it
// fails the connection has ended, which ends the read.
func (p *peer) interrupt() { _ = p.conn.SetReadDeadline(started) }

func (p *peer) uninterrupt() { _ = p.conn.SetReadDeadline(time.Time{}) }
