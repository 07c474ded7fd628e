package p2p

import (
	"context"
	"errors"
	"net"
	"os"
	"syscall"
	"time"

	"github.com/lahja/go-lahja/lahja/core"
	"github.com/lahja/go-lahja/lahja/internal/beat"
)

// Enter implements readLease.
func (p *peer) Enter() { p.lease.Enter() }

// Leave implements readLease.
func (p *peer) Leave() { p.lease.Leave() }

// Recall implements readLease.
func (p *peer) Recall() { p.lease.Recall() }

// TakeOver implements readLease.
func (p *peer) TakeOver() { p.lease.TakeOver() }

// ReadFor implements readLease.
func (p *peer) ReadFor(ctx context.Context, request *core.PendingRequest) bool {
	ok, late := p.lease.Take()
	if !ok {
		return false
	}
	idle := false // the read buffer is empty
	ended := false
	defer func() {
		if !ended {
			p.broken = errUnwound
		}
		if idle {
			p.lease.GiveUp()
		} else {
			p.lease.GiveBack()
		}
	}()
	if ctx.Done() != nil {
		defer context.AfterFunc(ctx, p.interrupt)()
	}
	for ctx.Err() == nil && p.broken == nil {
		if request.BeginsReading(&p.interrupts) {
			request.EndsReading()
			idle = !p.frames.Ready()
			break
		}
		kind, body, err := p.frames.Next(p.longest)
		request.EndsReading()
		if err == nil {
			err = p.handleFrame(kind, body)
			if !p.frames.Ready() || p.inbox.Lends() {
				p.inbox.Flush() // Handlers run elsewhere: the request must return.
			}
			if late && !p.inbox.Answered() {
				p.lease.Distrust()
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

// errUnwound ends a connection because nobody knows how far it was read.
var errUnwound = errors.New("an Observer panicked, or called runtime.Goexit, when a request read its answer")

// interrupt makes a waiting read fail, whichever goroutine reads. A reader that was not
// meant reads again. If setting the deadline fails, the connection has ended, which ends
// the read.
func (p *peer) interrupt() { _ = p.conn.SetReadDeadline(longAgo) }

// timers returns what makes the timers of a lease. Those of the package beat cost less, but only
// where waiting for the connection is waiting for the system; and they know no virtual time.
func timers(conn net.Conn) func(func()) beat.Timer {
	if _, ok := bareConn(conn).(syscall.Conn); ok {
		return beat.New
	}
	return beat.GoTimer
}

var longAgo = time.Unix(0, 0)

func (p *peer) uninterrupt() { _ = p.conn.SetReadDeadline(time.Time{}) }
