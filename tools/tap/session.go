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
	"github.com/lahja/go-lahja/lahja/inspect"
)

// answerWait is how long the endpoint may take for its first answer: as long as it allows
// incoming connections.
const answerWait = lahja.DefaultHandshakeTimeout

// mostFrame is the largest accepted frame: larger than any sensible event.
const mostFrame = 1 << 30

// view shows inspections and events. Use it from one goroutine.
type view interface {
	// repeats reports whether the view wants more than one inspection.
	repeats() bool
	inspection(raw []byte, i *inspect.Inspection) error
	event(e event) error
	// lost shows how many events were lost since the beginning.
	lost(count uint64) error
	// finish is called last.
	finish() error
}

// errEnough is the error of a view that needs no more.
var errEnough = errors.New("that was all")

// session is a connection to an endpoint.
type session struct {
	conn   net.Conn
	frames *wire.Reader
	wish   wire.TapMsg
	seen   bool   // the endpoint has answered
	name   string // the endpoint's name, once known; until then its address
}

// dial connects to the endpoint.
func dial(ctx context.Context, t target, wish wire.TapMsg) (*session, error) {
	dialling, cancel := context.WithTimeout(ctx, answerWait)
	defer cancel()
	conn, err := t.transport.Dial(dialling, t.address)
	if err != nil {
		return nil, fmt.Errorf("nobody listens at %s, or it refuses connections%s: %w", t.address, t.hint, err)
	}
	return &session{conn: conn, frames: wire.NewReader(conn), wish: wish, name: t.address}, nil
}

func (s *session) close() { s.conn.Close() }

// watch sends the request and shows what comes, until ctx ends or the view needs no more. It is
// an error if the endpoint goes away.
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

// ended returns why the session ended.
func (s *session) ended(err error, deadline time.Time) error {
	switch {
	case s.seen && (errors.Is(err, wire.ErrMalformed) || errors.Is(err, wire.ErrTooLarge)):
		return fmt.Errorf("%s sent an unknown message; is it of the same version as this command? %w", s.name, err)
	case s.seen && errors.Is(err, io.EOF):
		return fmt.Errorf("%s went away: it closed the connection without a goodbye", s.name)
	case s.seen:
		return fmt.Errorf("%s went away: %w", s.name, err)
	case !time.Now().Before(deadline):
		return fmt.Errorf("%s did not answer within %v; is it an endpoint that is running? %w", s.name, answerWait, err)
	}
	return fmt.Errorf("%s ended the connection instead of answering; is it an endpoint of the same version as this command? %w", s.name, err)
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
	var i inspect.Inspection
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
