package virtual

import (
	"errors"
	"io"
	"net"
	"time"
)

// conn is one end of a connection.
type conn struct {
	in, out *link
	addr    address
}

// pipe makes the two ends of a connection.
func (n *network) pipe(dialler, listener *view, to string, number int) (client, server *conn) {
	out, in := newLink(n, dialler.endpoint, to, number), newLink(n, to, dialler.endpoint, number)
	out.sender, out.receiver, in.sender, in.receiver = dialler, listener, listener, dialler
	n.faults.connects(&connection{out, in, dialler, listener})
	return &conn{in: in, out: out, addr: address(to)}, &conn{in: out, out: in, addr: address(to)}
}

// Read returns what has arrived, and io.EOF after it if the other end has closed.
func (c *conn) Read(b []byte) (int, error) {
	n, err := c.in.read(b)
	return n, c.failed("read", err)
}

// Write waits while the buffer is full.
func (c *conn) Write(b []byte) (int, error) {
	n, err := c.out.write(b, true)
	return n, c.failed("write", err)
}

// TryWrite is Write that does not wait; see p2p.Transport.
func (c *conn) TryWrite(b []byte) (int, error) {
	n, err := c.out.write(b, false)
	return n, c.failed("write", err)
}

// Close lets the other end read what was written, and then io.EOF; its writes fail.
func (c *conn) Close() error {
	c.out.closeWriter()
	c.in.closeReader()
	return nil
}

func (c *conn) SetReadDeadline(t time.Time) error {
	return c.failed("set", c.in.setDeadline(&c.in.reader, t))
}

func (c *conn) SetWriteDeadline(t time.Time) error {
	return c.failed("set", c.out.setDeadline(&c.out.writer, t))
}

func (c *conn) SetDeadline(t time.Time) error {
	return errors.Join(c.SetReadDeadline(t), c.SetWriteDeadline(t))
}

func (c *conn) LocalAddr() net.Addr  { return c.addr }
func (c *conn) RemoteAddr() net.Addr { return c.addr }

// failed adds to an error what sockets add to theirs. It leaves io.EOF as it is.
func (c *conn) failed(op string, err error) error {
	if err == nil || errors.Is(err, io.EOF) {
		return err
	}
	return &net.OpError{Op: op, Net: c.addr.Network(), Addr: c.addr, Err: err}
}
