package tcp

import (
	"errors"
	"io"
	"net"
	"os"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// connected is a connection that writes, and one that has read nothing yet.
func connected(t *testing.T) (writes *conn, reads net.Conn) {
	t.Helper()
	l, err := Transport{}.Listen(t.Context(), "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	dialled, err := Transport{}.Dial(t.Context(), l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	accepted, err := l.Accept()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { dialled.Close(); accepted.Close() })
	watched, ok := dialled.(*conn)
	if !ok {
		t.Skip("this kernel does not say how large the window is")
	}
	return watched, accepted
}

// fill writes until there is no room and everything is acknowledged, which the other
// side's kernel takes its time for. It returns how much it has written.
func (c *conn) fill(t *testing.T, piece int) (written int) {
	t.Helper()
	b := make([]byte, piece)
	for deadline := time.Now().Add(10 * time.Second); time.Now().Before(deadline); time.Sleep(time.Millisecond) {
		n, err := c.TryWrite(b)
		written += n
		for n == len(b) && err == nil {
			n, err = c.TryWrite(b)
			written += n
		}
		if err != nil {
			t.Fatal(err)
		}
		if n == 0 && c.underWay(t) == 0 {
			return written
		}
	}
	t.Fatalf("of %d bytes, %d are not acknowledged; want none", written, c.underWay(t))
	return 0
}

func (c *conn) underWay(t *testing.T) (n int) {
	t.Helper()
	var asked error
	err := c.raw.Control(func(fd uintptr) { n, asked = unix.IoctlGetInt(int(fd), unix.SIOCOUTQ) })
	if err := errors.Join(err, asked); err != nil {
		t.Fatal(err)
	}
	return n
}

func TestNothingWaitsBehindAClosedWindow(t *testing.T) {
	for _, piece := range []int{100, 64 << 10} {
		c, reads := connected(t)
		written := c.fill(t, piece)
		more := make(chan error, 1)
		go func() {
			_, err := c.Write(make([]byte, 1<<20))
			more <- errors.Join(err, c.CloseWrite())
		}()
		if n, err := io.Copy(io.Discard, reads); err != nil || int(n) != written+1<<20 {
			t.Errorf("pieces of %d: read %d bytes, %v; want %d", piece, n, err, written+1<<20)
		}
		if err := <-more; err != nil {
			t.Error(err)
		}
	}
}

func TestWriteThatWaitsEndsWithItsDeadlineAndTheConnection(t *testing.T) {
	for want, end := range map[error]func(*conn) error{
		os.ErrDeadlineExceeded: func(c *conn) error { return c.SetWriteDeadline(time.Now()) },
		net.ErrClosed:          (*conn).Close,
	} {
		c, _ := connected(t)
		c.fill(t, 64<<10)
		ended := make(chan error, 1)
		go func() {
			_, err := c.Write(make([]byte, 1<<20))
			ended <- err
		}()
		if err := end(c); err != nil {
			t.Fatal(err)
		}
		if err := <-ended; !errors.Is(err, want) {
			t.Errorf("got %v, want %v", err, want)
		}
	}
}
