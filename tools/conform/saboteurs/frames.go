package saboteurs

import (
	"context"
	"encoding/binary"
	"net"
	"sync"

	"github.com/lahja/go-lahja/internal/wire"
	"github.com/lahja/go-lahja/lahja"
	"github.com/lahja/go-lahja/lahja/p2p"
)

// frame is a frame in transit: its kind, and the bytes that follow it.
type frame struct {
	kind wire.Kind
	body []byte
}

func (f frame) append(dst []byte) []byte {
	dst = binary.BigEndian.AppendUint32(dst, uint32(len(f.body)+1))
	return append(append(dst, byte(f.kind)), f.body...)
}

// frameOf takes apart a frame that package wire has made.
func frameOf(made []byte) frame { return frame{wire.Kind(made[4]), made[5:]} }

// filter changes the frames of one connection. Out gets every frame that the
// endpoint writes and returns what is written in its place; in is the same for
// what it reads. A nil one leaves its direction alone.
type filter struct {
	out, in func(f frame) []frame
	// closed is called when the endpoint closes the connection.
	closed func()
}

// passing is what a filter knows about its connection.
type passing struct {
	// dialled reports whether this is the dialling end.
	dialled bool
	address string
	// inject writes the frames that next returns. next and out never run at the same
	// time. It fails if the connection has failed.
	inject func(next func() []frame) error
	// hangUp ends the connection without telling the endpoint.
	hangUp func() error
}

// filtered is a transport that puts a filter on each connection.
type filtered struct {
	p2p.Transport
	filter func(p passing) filter
}

func (t filtered) Dial(ctx context.Context, address string) (net.Conn, error) {
	conn, err := t.Transport.Dial(ctx, address)
	if err != nil {
		return nil, err
	}
	return t.pass(conn, true, address), nil
}

func (t filtered) Listen(ctx context.Context, address string) (net.Listener, error) {
	l, err := t.Transport.Listen(ctx, address)
	if err != nil {
		return nil, err
	}
	return filteredListener{l, t, address}, nil
}

func (t filtered) pass(conn net.Conn, dialled bool, address string) net.Conn {
	c := &filteredConn{Conn: conn}
	c.filter = t.filter(passing{dialled, address, c.inject, conn.Close})
	return c
}

type filteredListener struct {
	net.Listener
	transport filtered
	address   string
}

func (l filteredListener) Accept() (net.Conn, error) {
	conn, err := l.Listener.Accept()
	if err != nil {
		return nil, err
	}
	return l.transport.pass(conn, false, l.address), nil
}

// filteredConn is a connection with a filter.
type filteredConn struct {
	net.Conn
	filter filter

	writing sync.Mutex // whole frames, from the endpoint and from inject
	written splitter
	read    splitter
	arrived []byte // filtered, and not read yet
}

func (c *filteredConn) Write(b []byte) (int, error) {
	if c.filter.out == nil {
		return c.Conn.Write(b)
	}
	c.writing.Lock()
	defer c.writing.Unlock()
	if _, err := c.Conn.Write(c.written.pass(b, c.filter.out)); err != nil {
		return 0, err
	}
	return len(b), nil
}

func (c *filteredConn) inject(next func() []frame) error {
	c.writing.Lock()
	defer c.writing.Unlock()
	var b []byte
	for _, f := range next() {
		b = f.append(b)
	}
	_, err := c.Conn.Write(b)
	return err
}

func (c *filteredConn) Read(b []byte) (int, error) {
	if c.filter.in == nil {
		return c.Conn.Read(b)
	}
	for len(c.arrived) == 0 {
		n, err := c.Conn.Read(b)
		c.arrived = c.read.pass(b[:n], c.filter.in)
		if err != nil && len(c.arrived) == 0 {
			return 0, err
		}
	}
	n := copy(b, c.arrived)
	c.arrived = c.arrived[n:]
	return n, nil
}

func (c *filteredConn) Close() error {
	if c.filter.closed != nil {
		c.filter.closed()
	}
	return c.Conn.Close()
}

// splitter finds the frames in a stream of bytes.
type splitter struct {
	rest []byte // the beginning of a frame
	// lost says that something arrived that is no frame. Strangers send such bytes, and the
	// listener must receive them.
	lost bool
}

// pass takes more of the stream, and returns the whole frames in it as the filter changes them.
func (s *splitter) pass(b []byte, change func(frame) []frame) []byte {
	s.rest = append(s.rest, b...)
	var out []byte
	for !s.lost && len(s.rest) >= 5 {
		size, kind := binary.BigEndian.Uint32(s.rest), wire.Kind(s.rest[4])
		if size == 0 || size > lahja.DefaultMaxPayload+wire.MaxEventOverhead+wire.MaxHeadersOverhead+wire.MaxGroupsOverhead || kind < wire.Hello || kind > wire.Described {
			s.lost = true
			break
		}
		end := 4 + int(size)
		if len(s.rest) < end {
			break
		}
		for _, f := range change(frame{kind, s.rest[5:end:end]}) {
			out = f.append(out)
		}
		s.rest = s.rest[end:]
	}
	// A frame of length 0 has no kind to wait for.
	s.lost = s.lost || len(s.rest) == 4 && binary.BigEndian.Uint32(s.rest) == 0
	if s.lost {
		out, s.rest = append(out, s.rest...), nil
	}
	return out
}
