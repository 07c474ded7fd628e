package memory

import (
	"net"
	"time"
)

// conn is one end of a connection.
type conn struct {
	in, out *half
	addr    Addr
}

// pipe makes the two ends of a connection.
func pipe(buffer int, addr Addr) (client, server *conn) {
	there, back := newHalf(buffer), newHalf(buffer)
	return &conn{in: back, out: there, addr: addr}, &conn{in: there, out: back, addr: addr}
}

// Read returns what the other end wrote, and io.EOF after it closed.
func (c *conn) Read(b []byte) (int, error) {
	n, err := c.in.read(b)
	return n, c.failed("read", err)
}

// Write waits while the buffer is full. After the other end closed it fails with
// syscall.EPIPE.
func (c *conn) Write(b []byte) (int, error) {
	n, err := c.out.write(b)
	return n, c.failed("write", err)
}

// CloseWrite lets the other end read what was written, and then io.EOF.
func (c *conn) CloseWrite() error {
	c.out.closeWriter()
	return nil
}

// Close lets the other end read what was written, and then io.EOF; its writes
// fail. Closing again is harmless.
func (c *conn) Close() error {
	c.out.closeWriter()
	c.in.closeReader()
	return nil
}

func (c *conn) SetReadDeadline(t time.Time) error {
	return c.failed("set", c.in.setDeadline(&c.in.reading, t))
}

func (c *conn) SetWriteDeadline(t time.Time) error {
	return c.failed("set", c.out.setDeadline(&c.out.writing, t))
}

func (c *conn) SetDeadline(t time.Time) error {
	if err := c.SetReadDeadline(t); err != nil {
		return err
	}
	return c.SetWriteDeadline(t)
}

func (c *conn) LocalAddr() net.Addr  { return c.addr }
func (c *conn) RemoteAddr() net.Addr { return c.addr }
