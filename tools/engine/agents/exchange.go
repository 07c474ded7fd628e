package agents

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/nats-io/nats.go"
)

// tryTime is how long an attempt waits for its answer before the message is sent again.
const tryTime = time.Second

// giveUp is how long a message is repeated that nobody acknowledges.
const giveUp = 15 * time.Second

// exchange sends a numbered message until it is acknowledged. It fails at once if the other side
// does not take it, or if nobody listens there any more.
func exchange(ctx context.Context, conn *nats.Conn, subject string, raw []byte) error {
	reply, err := ask(ctx, conn, subject, raw, silence)
	if err == nil && len(reply) > 0 {
		err = errors.New(string(reply))
	}
	return err
}

// briefly is for how long nobody may listen to whom it can be asked somewhere else: the other side is
// about to listen, or reconnects. Where a run goes on, that may take as long as silence.
const briefly = 3 * tryTime / 4

// ask sends a request until it is answered. It fails if nobody has listened there for so long.
func ask(ctx context.Context, conn *nats.Conn, subject string, raw []byte, absent time.Duration) ([]byte, error) {
	ctx, cancel := context.WithTimeout(ctx, giveUp)
	defer cancel()
	began := time.Now()
	for {
		try, cancel := context.WithTimeout(ctx, tryTime)
		m, err := conn.RequestWithContext(try, subject, raw)
		cancel()
		switch {
		case err == nil:
			return m.Data, nil
		case ctx.Err() != nil:
			return nil, errors.Join(context.Cause(ctx), err)
		case errors.Is(err, context.DeadlineExceeded): // The message or its answer was lost.
			continue
		case errors.Is(err, nats.ErrNoResponders):
			if time.Since(began) > absent {
				return nil, err
			}
		case !errors.Is(err, nats.ErrDisconnected) && !errors.Is(err, nats.ErrReconnectBufExceeded):
			return nil, err // Too large, closed, or not permitted: it will not be otherwise.
		}
		select {
		case <-ctx.Done():
			return nil, errors.Join(context.Cause(ctx), err)
		case <-time.After(tryTime / 4):
		}
	}
}

// call asks an agent to do something, for a run that goes on there.
func call(ctx context.Context, conn *nats.Conn, agent string, r request) (answer, error) {
	return callFor(ctx, conn, agent, r, silence)
}

// callFor is call, where nobody may listen for that long.
func callFor(ctx context.Context, conn *nats.Conn, agent string, r request, absent time.Duration) (answer, error) {
	var a answer
	raw, err := ask(ctx, conn, doSubject(agent), encoded(r), absent)
	if err == nil {
		err = json.Unmarshal(raw, &a)
	}
	if err != nil {
		return a, fmt.Errorf("agents: ask agent %s to %s: %w", agent, r.Op, err)
	}
	if a.Error != "" {
		return a, fmt.Errorf("agents: agent %s: %s", agent, a.Error)
	}
	return a, nil
}
