package agents

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/nats-io/nats.go/jetstream"
)

// Many may want to put the same program into the store at once: the processes of lahja run
// --parallel, or two people. One of them claims it, and the others wait. A claim is a message in the
// store's stream that nobody can put there unless they know the one before. Its number grows for as
// long as the claim is held.

const (
	// claimEvery is how often a claim is renewed, and claimLook how often somebody looks at it.
	claimEvery = time.Second
	claimLook  = 50 * time.Millisecond
	// abandoned is after how long without renewal a claim counts no more.
	abandoned = 5 * time.Second
)

// claim is one as somebody else sees it.
type claim struct {
	number uint64 // 0: there is none
	since  time.Time
}

func (c claim) lives() bool { return c.number != 0 && time.Since(c.since) < abandoned }

func claimSubject(sum string) string { return "$O." + bucket + ".C.claim-" + sum }

// claimed is the claim on a program, of which seen is what is known.
func (s store) claimed(ctx context.Context, sum string, seen claim) (claim, error) {
	m, err := s.stream.GetLastMsgForSubject(ctx, claimSubject(sum))
	switch {
	case errors.Is(err, jetstream.ErrMsgNotFound):
		return claim{}, nil
	case err != nil:
		return claim{}, fmt.Errorf("agents: look who sends the program: %w", err)
	case m.Sequence != seen.number:
		return claim{m.Sequence, time.Now()}, nil
	}
	return seen, nil
}

// claim claims a program. It returns the claim's number, 0 if somebody else was faster.
func (s store) claim(ctx context.Context, sum string, last uint64) (uint64, error) {
	ack, err := s.js.Publish(ctx, claimSubject(sum), nil, jetstream.WithExpectLastSequencePerSubject(last))
	var refused *jetstream.APIError
	if errors.As(err, &refused) && (refused.ErrorCode == jetstream.JSErrCodeStreamWrongLastSequence ||
		refused.ErrorCode == jetstream.JSErrCodeStreamWrongLastSequenceConstant) {
		return 0, nil
	}
	if err != nil {
		return 0, fmt.Errorf("agents: claim to send the program: %w", err)
	}
	return ack.Sequence, nil
}

// hold holds a claim until release is called. If that fails, others take longer to send the same
// program.
func (s store) hold(ctx context.Context, sum string, own uint64) (release func()) {
	held, cancel := context.WithCancel(ctx)
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		for wait(held, claimEvery) == nil {
			own, _ = s.claim(held, sum, own)
		}
	}()
	return func() {
		cancel()
		<-ended
		_ = s.stream.Purge(ctx, jetstream.WithPurgeSubject(claimSubject(sum)))
	}
}
