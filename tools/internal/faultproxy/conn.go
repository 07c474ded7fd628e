package faultproxy

import (
	"errors"
	"io"
	"net"
	"sync"
	"sync/atomic"
	"time"
)

// conn is a connection through a proxy.
type conn struct {
	pair
	proxies *Proxies
	// client and server are this process's ends of the two sockets.
	client, server net.Conn
	gone           chan struct{} // closed when nothing passes any more
	end            sync.Once
	// deaf is the end whose peer does not know that the connection is broken; nil for none.
	deaf atomic.Pointer[net.Conn]
}

func newConn(p *Proxies, of pair, client, server net.Conn) *conn {
	return &conn{pair: of, proxies: p, client: client, server: server, gone: make(chan struct{})}
}

// abort resets both ends.
func (c *conn) abort() {
	c.end.Do(func() { close(c.gone) })
	reset(c.client)
	reset(c.server)
}

// halve resets the end of the endpoint of that name, or that of the dialler. The other endpoint
// learns of it when it writes.
func (c *conn) halve(notices string) {
	known, deaf := c.client, c.server
	if notices == c.to {
		known, deaf = c.server, c.client
	}
	c.deaf.Store(&deaf)
	reset(known)
}

// isDeaf reports whether an end is to learn of nothing.
func (c *conn) isDeaf(end net.Conn) bool {
	deaf := c.deaf.Load()
	return deaf != nil && *deaf == end
}

// run passes on what comes until both directions have ended.
func (c *conn) run() {
	there := pump{conn: c, src: c.client, dst: c.server, from: c.from, to: c.to, pieces: make(chan piece, buffered)}
	back := pump{conn: c, src: c.server, dst: c.client, from: c.to, to: c.from, pieces: make(chan piece, buffered)}
	var readers, writers sync.WaitGroup
	for _, p := range []*pump{&there, &back} {
		readers.Go(p.read)
		writers.Go(p.write)
	}
	writers.Wait()
	c.end.Do(func() { close(c.gone) })
	for _, p := range []*pump{&there, &back} {
		if p.failed {
			reset(p.src) // What it has written reaches nobody.
		}
		_ = p.src.Close() // It may be closed already.
	}
	readers.Wait()
}

// pump is one direction of a connection.
type pump struct {
	*conn
	src, dst net.Conn
	from, to string
	pieces   chan piece
	failed   bool // what was to be written has not been
}

// piece is what was read at once, or how the reading ended.
type piece struct {
	bytes []byte
	err   error
	due   time.Time
}

const (
	pieceSize = 16 << 10
	// buffered is how many pieces may wait: together 64 KiB, as in virtual time.
	buffered = 4
)

// read reads until the end.
func (p *pump) read() {
	for {
		bytes := make([]byte, pieceSize)
		n, err := p.src.Read(bytes)
		if n > 0 && !p.pass(piece{bytes: bytes[:n]}) {
			return
		}
		if err != nil {
			p.pass(piece{err: err})
			return
		}
	}
}

// pass hands a piece to the writer.
func (p *pump) pass(next piece) bool {
	if delay := p.proxies.Delay(p.from, p.to); delay > 0 {
		next.due = time.Now().Add(delay)
	}
	select {
	case p.pieces <- next:
		return true
	case <-p.gone:
		return false
	}
}

// write writes what was read, each piece when its time has come and nothing is in its way.
func (p *pump) write() {
	for {
		var next piece
		select {
		case next = <-p.pieces:
		case <-p.gone:
			return
		}
		p.await(next.due)
		p.proxies.Pass(p.from, p.to, p.gone)
		switch {
		case p.isDeaf(p.dst):
			return
		case p.isDeaf(p.src):
			p.failed = true // Now it learns of it.
			return
		case next.err != nil:
			p.failed = !finish(p.dst, next.err)
			return
		}
		if _, err := p.dst.Write(next.bytes); err != nil {
			p.failed = true
			return
		}
	}
}

// await waits until a time, or until nothing passes any more.
func (p *pump) await(due time.Time) {
	wait := time.Until(due)
	if due.IsZero() || wait <= 0 {
		return
	}
	timer := time.NewTimer(wait)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-p.gone:
	}
}

// finish ends what is written to an end as the reading from the other one has ended. It reports
// whether that was regular.
func finish(dst net.Conn, err error) bool {
	if half, ok := dst.(interface{ CloseWrite() error }); ok && errors.Is(err, io.EOF) {
		return half.CloseWrite() == nil
	}
	reset(dst)
	return false
}

// reset closes a connection at once. The other side of a TCP connection gets an error.
func reset(c net.Conn) {
	if t, ok := c.(*net.TCPConn); ok {
		_ = t.SetLinger(0) // It may be closed already.
	}
	_ = c.Close()
}
