package real

import (
	"cmp"
	"errors"
	"io"
	"net"
	"os"
	"sync"
	"syscall"
	"time"
)

// stream is one stream of a session. Its methods may wait for the other side.
type stream interface {
	io.ReadWriter
	// CloseWrite lets the other side read io.EOF after what was written.
	CloseWrite() error
	// abort ends both directions, even if written data is not yet delivered.
	abort()
}

// carried is a connection over a stream. A stream can write and close only when its session
// has room, which may take as long as the other side is paused. But a connection's Close must
// return at once, unblock Read and Write at once, and lose nothing. So there are pipes in
// between, and goroutines close the stream after the connection.
type carried struct {
	in    *io.PipeReader
	out   *io.PipeWriter
	over  session
	st    stream
	once  sync.Once
	ended chan struct{} // closed when nothing of it is left
}

func carry(over session, st stream) *carried {
	in, received := io.Pipe()
	written, out := io.Pipe()
	c := &carried{in: in, out: out, over: over, st: st, ended: make(chan struct{})}
	var both sync.WaitGroup
	both.Go(func() {
		_, err := io.Copy(st, written)
		_ = written.CloseWithError(err) // The next Write returns the error.
		_ = st.CloseWrite()             // A stream that has ended need not be closed.
	})
	both.Go(func() {
		_, err := io.Copy(received, st)
		_ = received.CloseWithError(err)
		if errors.Is(err, io.ErrClosedPipe) { // This side closed it.
			_, _ = io.Copy(io.Discard, st) // The other side may be waiting for room.
			return
		}
		_ = written.CloseWithError(cmp.Or(err, error(syscall.EPIPE))) // Nobody reads on the other side.
	})
	go func() {
		defer close(c.ended)
		both.Wait()
		st.abort() // Most streams are closed on both sides by now.
	}()
	return c
}

func (c *carried) Read(b []byte) (int, error)  { return c.in.Read(b) }
func (c *carried) Write(b []byte) (int, error) { return c.out.Write(b) }

// Close implements net.Conn.
func (c *carried) Close() error {
	c.once.Do(func() {
		_ = c.out.Close() // Pipes close without an error.
		_ = c.in.Close()
		time.AfterFunc(grace, c.st.abort) // Do not wait longer for a paused process.
	})
	return nil
}

func (c *carried) LocalAddr() net.Addr  { return c.over.LocalAddr() }
func (c *carried) RemoteAddr() net.Addr { return c.over.RemoteAddr() }

// The bus sets no deadlines.
func (*carried) SetDeadline(time.Time) error      { return os.ErrNoDeadline }
func (*carried) SetReadDeadline(time.Time) error  { return os.ErrNoDeadline }
func (*carried) SetWriteDeadline(time.Time) error { return os.ErrNoDeadline }
