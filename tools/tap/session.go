package tap

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"time"

	"github.com/lahja/go-lahja/internal/wire"
	"github.com/lahja/go-lahja/lahja"
)

// answerWait is how long the endpoint may take to answer at first: as long as it lets
// strangers take.
const answerWait = lahja.DefaultHandshakeTimeout

// mostFrame is the largest frame that is taken: more than any event that is sensible.
const mostFrame = 1 << 30

// view shows what is seen. It is for one goroutine.
type view interface {
	// repeats tells whether inspections are wanted more than once.
	repeats() bool
	inspection(raw []byte, i *lahja.Inspection) error
	event(e event) error
	// lost tells how many events were lost since the beginning.
	lost(count uint64) error
	// finish is called when nothing follows.
	finish() error
}

// errEnough is what a view returns that has all that it wants.
var errEnough = errors.New("that was all")

// session is a connection to an endpoint.
type session struct {
	conn   net.Conn
	frames *wire.Reader
	wish   wire.TapMsg
	seen   bool   // the endpoint has answered
	name   string // the endpoint's, once it is known
}

// dial connects, and asks for what is wished.
func dial(ctx context.Context, t target, wish wire.TapMsg) (*session, error) {
	dialling, cancel := context.WithTimeout(ctx, answerWait)
	defer cancel()
	conn, err := t.transport.Dial(dialling, t.address)
	if err != nil {
		return nil, fmt.Errorf("nobody listens at %s, or one cannot connect%s: %w", t.address, t.hint, err)
	}
	return &session{conn: conn, frames: wire.NewReader(conn), wish: wish, name: t.address}, nil
}

func (s *session) close() { s.conn.Close() }

// watch shows what comes until ctx ends, the view has enough, or the endpoint goes
// away, which is an error.
func (s *session) watch(ctx context.Context, v view) error {
	defer context.AfterFunc(ctx, func() { s.conn.Close() })()
	deadline := time.Now().Add(answerWait)
	if err := s.conn.SetDeadline(deadline); err != nil {
		return fmt.Errorf("%s: %w", s.name, err)
	}
	if _, err := s.conn.Write(s.wish.Append(nil)); err != nil {
		return s.ended(err, deadline)
	}
	for {
		kind, body, err := s.frames.Next(mostFrame)
		if err != nil {
			return s.ended(err, deadline)
		}
		if err := s.show(v, kind, body); err != nil {
			return err
		}
	}
}

// ended says why there is no more.
func (s *session) ended(err error, deadline time.Time) error {
	switch {
	case s.seen && (errors.Is(err, wire.ErrMalformed) || errors.Is(err, wire.ErrTooLarge)):
		return fmt.Errorf("%s sent what is not understood; is it of the same version as this command? %w", s.name, err)
	case s.seen && errors.Is(err, io.EOF):
		return fmt.Errorf("%s went away: it closed the connection without a goodbye", s.name)
	case s.seen:
		return fmt.Errorf("%s went away: %w", s.name, err)
	case !time.Now().Before(deadline):
		return fmt.Errorf("%s did not answer within %v; is it an endpoint, and not stopped? %w", s.name, answerWait, err)
	}
	return fmt.Errorf("%s ended the connection instead of an answer; is it an endpoint of the same version as this command? %w", s.name, err)
}

func (s *session) show(v view, kind wire.Kind, body []byte) error {
	switch kind {
	case wire.Inspected:
		return s.showInspection(v, body)
	case wire.Tapped:
		e, err := parseEvent(body)
		if err != nil {
			return s.ended(err, time.Time{})
		}
		e.Endpoint = s.name
		return v.event(e)
	case wire.Lost:
		m, err := wire.ParseNumber(body)
		if err != nil {
			return s.ended(err, time.Time{})
		}
		return v.lost(m.Number)
	case wire.Goodbye:
		return fmt.Errorf("%s went away: it said goodbye", s.name)
	case wire.Refuse:
		m, err := wire.ParseRefuse(body)
		if err != nil {
			return s.ended(err, time.Time{})
		}
		return fmt.Errorf("%s refused (%s): %s", s.name, m.Code, m.Reason)
	}
	return s.ended(fmt.Errorf("%w: %s, which is not for a tap", wire.ErrMalformed, kind), time.Time{})
}

func (s *session) showInspection(v view, body []byte) error {
	var i lahja.Inspection
	if err := json.Unmarshal(body, &i); err != nil {
		return s.ended(fmt.Errorf("%w: %w", wire.ErrMalformed, err), time.Time{})
	}
	if !s.seen {
		s.seen, s.name = true, i.Name
		if err := s.conn.SetDeadline(time.Time{}); err != nil {
			return fmt.Errorf("%s: %w", s.name, err)
		}
	}
	return v.inspection(body, &i)
}
