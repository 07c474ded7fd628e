package tcp

import (
	"errors"
	"io"
	"net"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// The kernel ends a connection when data has been on its way for TCP_USER_TIMEOUT without
// an acknowledgement. That includes the time in which the other side's window is closed,
// and while data waits to be sent, the kernel sends no keep-alives. So it would give up a
// stopped process, although that process's kernel answers.
//
// Therefore a conn gives the kernel no more data than the other side has room for. A live
// kernel acknowledges all of that, whatever its processes do, and a connection whose window
// is closed is idle: keep-alives watch it. A conn also does not write to a peer that has left
// a keep-alive unanswered, because that would restart the wait.

// conn is a TCP connection that writes no further than the other side's window.
type conn struct {
	net.Conn // the same as tcp
	tcp      *net.TCPConn
	raw      syscall.RawConn
	look     func(fd uintptr)      // looks how much room there is
	try      func(fd uintptr) bool // writes what is in trying
	wake     chan struct{}         // has a token when a waiting Write should check again
	answers  time.Duration         // a live kernel answers within this time
	fresh    time.Duration         // how long a look stays valid

	passes  atomic.Bool // nothing is held back any more
	writing sync.Mutex
	// room is how many bytes the other side has room for, at least. The end of a window
	// never moves back, so the kernel is asked again when the room is used up.
	room   int
	looked time.Time
	asked  error // what came of asking
	trying []byte
	tried  int
	failed error
}

// watched bounds the wait for acknowledgements, if the kernel reports the size of the
// window (Linux 5.4). Otherwise unacknowledged data ends a connection in the system's own
// time.
func (t Transport) watched(plain net.Conn) (net.Conn, error) {
	k := t.keepAlive()
	c := &conn{Conn: plain, tcp: plain.(*net.TCPConn), wake: make(chan struct{}, 1),
		fresh: k.Interval / 8, answers: k.Idle + k.Interval/8}
	raw, err := c.tcp.SyscallConn()
	if err != nil {
		return nil, err
	}
	c.raw, c.look, c.try = raw, c.lookAt, c.tryAt
	// It counts from the first repetition on, and for keep-alives too, of which it must
	// not cut off the last.
	unacknowledged := time.Duration(k.Count)*k.Interval + k.Interval/4
	var failed error
	err = raw.Control(func(fd uintptr) {
		c.lookAt(fd)
		if c.room > 0 {
			failed = unix.SetsockoptInt(int(fd), unix.IPPROTO_TCP, unix.TCP_USER_TIMEOUT, int(unacknowledged.Milliseconds()))
		}
	})
	if err := errors.Join(err, failed); err != nil {
		return nil, err
	}
	if c.room == 0 { // No connection starts with a closed window.
		return plain, nil
	}
	return c, nil
}

// lookAt finds out how much room there is: none while the other side's kernel is silent. It
// asks for the bytes on their way before it asks for the window. So what is acknowledged in
// between makes the room seem smaller, and never larger.
func (c *conn) lookAt(fd uintptr) {
	var underWay int
	if underWay, c.asked = unix.IoctlGetInt(int(fd), unix.SIOCOUTQ); c.asked != nil {
		return
	}
	info, err := unix.GetsockoptTCPInfo(int(fd), unix.IPPROTO_TCP, unix.TCP_INFO)
	if c.asked = err; err != nil {
		return
	}
	c.room = max(int(info.Snd_wnd)-underWay, 0)
	if silent := min(info.Last_ack_recv, info.Last_data_recv); time.Duration(silent)*time.Millisecond > c.answers {
		c.room = 0
	}
}

// roomFor returns how much of n bytes may be written now. A connection that cannot be
// asked has ended; its write says why.
func (c *conn) roomFor(n int) int {
	if c.passes.Load() {
		return n
	}
	if now := time.Now(); c.room < n || now.Sub(c.looked) > c.fresh {
		c.looked = now
		if err := c.raw.Control(c.look); err != nil || c.asked != nil {
			return n
		}
	}
	return min(c.room, n)
}

// Write writes b as the other side makes room for it.
func (c *conn) Write(b []byte) (n int, err error) {
	c.writing.Lock()
	defer c.writing.Unlock()
	var pause pause
	for {
		room := c.roomFor(len(b) - n)
		wrote, err := c.tcp.Write(b[n : n+room]) // Of nothing, it says whether the connection lives.
		n += wrote
		c.room -= wrote
		if err != nil || n == len(b) {
			return n, err
		}
		if room > 0 {
			pause = 0
		}
		pause.wait(c.wake)
	}
}

// TryWrite writes as much of b as it can without waiting. See p2p.Transport.
func (c *conn) TryWrite(b []byte) (n int, err error) {
	if !c.writing.TryLock() {
		return 0, nil
	}
	defer c.writing.Unlock()
	c.trying, c.tried, c.failed = b[:c.roomFor(len(b))], 0, nil
	err = c.raw.Write(c.try)
	c.trying = nil
	c.room -= c.tried
	return c.tried, errors.Join(c.failed, err)
}

func (c *conn) tryAt(fd uintptr) bool {
	for c.tried < len(c.trying) {
		wrote, err := syscall.Write(int(fd), c.trying[c.tried:])
		switch {
		case err == nil:
			c.tried += wrote
		case errors.Is(err, syscall.EINTR):
		case errors.Is(err, syscall.EAGAIN):
			return true
		default:
			c.failed = err
			return true
		}
	}
	return true
}

// letPass stops holding data back, because the connection is about to be closed.
func (c *conn) letPass() {
	c.passes.Store(true)
	c.wakeUp()
}

// ReadFrom copies: the kernel's own way would write past the window.
func (c *conn) ReadFrom(r io.Reader) (int64, error) { return io.Copy(struct{ io.Writer }{c}, r) }

// CloseWrite works like that of net.TCPConn.
func (c *conn) CloseWrite() error { return c.tcp.CloseWrite() }

// SetDeadline implements net.Conn.
func (c *conn) SetDeadline(t time.Time) error {
	defer c.wakeUp()
	return c.tcp.SetDeadline(t)
}

// SetWriteDeadline implements net.Conn.
func (c *conn) SetWriteDeadline(t time.Time) error {
	defer c.wakeUp()
	return c.tcp.SetWriteDeadline(t)
}

// Close implements net.Conn.
func (c *conn) Close() error {
	defer c.wakeUp()
	return c.tcp.Close()
}

func (c *conn) wakeUp() {
	select {
	case c.wake <- struct{}{}:
	default:
	}
}
