package agents

import (
	"errors"
	"fmt"
	"time"

	"github.com/nats-io/nats.go"
)

const (
	// pingEvery is how often an agent is asked whether it is there.
	pingEvery = 250 * time.Millisecond
	// silence is how long it may be silent, while NATS is there.
	silence = 3 * time.Second
	// outage is how long NATS may be away.
	outage = 10 * time.Second
)

// sight is what a parent sees of an agent.
type sight struct {
	// heard is when the agent answered last, and absent how many times in a row NATS has said since
	// that it is not there.
	heard  time.Time
	absent int
	// back is when NATS was there again, which it has been made so many times. The agent may take a
	// little longer until it is, too.
	back  time.Time
	times uint64
}

func newSight(conn *nats.Conn) *sight {
	return &sight{heard: time.Now(), times: conn.Stats().Reconnects}
}

// look notes what came of a ping. It returns why the agent is lost, or nil.
func (s *sight) look(r *remote, err error) error {
	if times := r.conn.Stats().Reconnects; times != s.times {
		s.back, s.times = time.Now(), times
	}
	if !errors.Is(err, nats.ErrNoResponders) {
		s.absent = 0
	}
	quiet := time.Since(s.heard)
	switch {
	case err == nil:
		s.heard = time.Now()
	case errors.Is(err, nats.ErrDisconnected):
		if quiet > outage {
			return fmt.Errorf("NATS at %s has been away for %v: %w", server(r.conn), quiet.Round(time.Millisecond), lastError(r.conn))
		}
	case time.Since(s.back) < silence:
	case errors.Is(err, nats.ErrNoResponders):
		if s.absent++; s.absent > 1 {
			return fmt.Errorf("%s has ended", r.info)
		}
	case quiet > silence && r.conn.FlushTimeout(pingEvery) != nil:
		return fmt.Errorf("nothing was heard of NATS at %s for %v: it hangs, or the network to it is cut", server(r.conn), quiet.Round(time.Millisecond))
	case quiet > silence:
		return fmt.Errorf("nothing was heard of %s for %v: it hangs, or its network is cut", r.info, quiet.Round(time.Millisecond))
	}
	return nil
}
