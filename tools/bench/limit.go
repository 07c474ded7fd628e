package bench

import (
	"bufio"
	"context"
	"encoding/binary"
	"fmt"
	"io"
	"net"
)

// socketBuffer is how many bytes the baselines on bare sockets coalesce into a write, and read
// at once. It is fixed, whatever the bus does.
const socketBuffer = 64 << 10

// frameHead is the length before each frame, in bytes.
const frameHead = 4

// frames sends length-prefixed frames to every connection.
type frames struct {
	to    []io.Writer
	frame []byte
	// buffers are those of the connections in to, if writes are coalesced.
	buffers []*bufio.Writer
}

func sendLimit(ctx context.Context, c *child) (outlet, error) {
	conns, err := c.accept(ctx)
	if err != nil {
		return nil, err
	}
	f := &frames{}
	for _, conn := range conns {
		b := bufio.NewWriterSize(conn, socketBuffer)
		f.to, f.buffers = append(f.to, b), append(f.buffers, b)
	}
	return f, nil
}

func sendPerFrame(ctx context.Context, c *child) (outlet, error) {
	conns, err := c.accept(ctx)
	if err != nil {
		return nil, err
	}
	f := &frames{}
	for _, conn := range conns {
		f.to = append(f.to, conn)
	}
	return f, nil
}

// accept waits until every consumer has connected.
func (c *child) accept(ctx context.Context) ([]net.Conn, error) {
	listener, err := new(net.ListenConfig).Listen(ctx, "unix", c.socket())
	if err != nil {
		return nil, err
	}
	if err := c.say(messageListening); err != nil {
		return nil, err
	}
	for range c.Consumers {
		conn, err := listener.Accept()
		if err != nil {
			return nil, err
		}
		c.conns = append(c.conns, conn)
	}
	return c.conns, nil
}

func (c *child) dial(ctx context.Context) (net.Conn, error) {
	conn, err := new(net.Dialer).DialContext(ctx, "unix", c.socket())
	if err != nil {
		return nil, err
	}
	c.conns = append(c.conns, conn)
	return conn, nil
}

func (f *frames) send(_ context.Context, b body) error {
	f.frame = appendFrame(f.frame[:0], b)
	for _, w := range f.to {
		if _, err := w.Write(f.frame); err != nil {
			return err
		}
	}
	return nil
}

func (f *frames) flush(context.Context) error {
	for _, b := range f.buffers {
		if err := b.Flush(); err != nil {
			return err
		}
	}
	return nil
}

func appendFrame(frame []byte, b body) []byte {
	frame = binary.BigEndian.AppendUint32(frame, uint32(bodyHead+len(b.Payload)))
	return appendBody(frame, b)
}

// receiveFrames reads frames. Of each it looks only at what shows that none is missing.
func receiveFrames(ctx context.Context, c *child, t *tally) error {
	conn, err := c.dial(ctx)
	if err != nil {
		return err
	}
	if err := c.say(messageReady); err != nil {
		return err
	}
	in := newFrameReader(conn)
	for {
		frame, err := in.next()
		if err != nil {
			return fmt.Errorf("read a frame: %w", err)
		}
		index, sentAt := bodyHeader(frame)
		if err := t.count(index, sentAt, len(frame)-bodyHead); err != nil {
			return err
		}
	}
}

// frameReader reads frames through a buffer.
type frameReader struct {
	in    *bufio.Reader
	head  [frameHead]byte
	frame []byte
}

func newFrameReader(r io.Reader) *frameReader {
	return &frameReader{in: bufio.NewReaderSize(r, socketBuffer)}
}

// next returns the next frame. It is valid until the following call.
func (r *frameReader) next() ([]byte, error) {
	if _, err := io.ReadFull(r.in, r.head[:]); err != nil {
		return nil, err
	}
	n := int(binary.BigEndian.Uint32(r.head[:]))
	if n < bodyHead {
		return nil, errShort
	}
	if n > cap(r.frame) {
		r.frame = make([]byte, n)
	}
	r.frame = r.frame[:n]
	_, err := io.ReadFull(r.in, r.frame)
	return r.frame, err
}

// answerFrames sends every frame back.
func answerFrames(ctx context.Context, c *child) error {
	conns, err := c.accept(ctx)
	if err != nil {
		return err
	}
	in, out := newFrameReader(conns[0]), bufio.NewWriterSize(conns[0], socketBuffer)
	for {
		frame, err := in.next()
		if err != nil {
			return fmt.Errorf("read a frame: %w", err)
		}
		if err := writeFrame(out, frame); err != nil {
			return err
		}
	}
}

func askFrames(ctx context.Context, c *child) (asker, error) {
	conn, err := c.dial(ctx)
	if err != nil {
		return nil, err
	}
	in, out := newFrameReader(conn), bufio.NewWriterSize(conn, socketBuffer)
	var sent []byte
	return func(_ context.Context, b body) (body, error) {
		sent = appendBody(sent[:0], b)
		if err := writeFrame(out, sent); err != nil {
			return body{}, err
		}
		frame, err := in.next()
		if err != nil {
			return body{}, fmt.Errorf("read a frame: %w", err)
		}
		index, _ := bodyHeader(frame)
		return body{Index: index, Payload: frame[bodyHead:]}, nil
	}, nil
}

// writeFrame writes one frame at once.
func writeFrame(out *bufio.Writer, frame []byte) error {
	var head [frameHead]byte
	binary.BigEndian.PutUint32(head[:], uint32(len(frame)))
	// A bufio.Writer keeps its first error.
	_, _ = out.Write(head[:])
	_, _ = out.Write(frame)
	return out.Flush()
}
