package saboteurs

import (
	"context"
	"errors"
	"slices"
	"sync"

	"github.com/lahja/go-lahja/internal/wire"
	"github.com/lahja/go-lahja/lahja"
)

// untilAnswered returns when there is an answer.
func untilAnswered(ctx context.Context, e endpoint, payload any, want lahja.EventType, config lahja.BroadcastConfig) (lahja.Answers, error) {
	answers, err := e.EndpointAPI.Request(ctx, payload, want, config)
	if err != nil {
		return nil, err
	}
	r, err := answers.Next(ctx)
	return &begun{Answers: answers, first: func() (lahja.Received, error) { return r, err }}, nil
}

// begun are answers whose first one has been taken out.
type begun struct {
	lahja.Answers
	mu    sync.Mutex
	first func() (lahja.Received, error) // nil once it was returned
}

func (b *begun) Next(ctx context.Context) (lahja.Received, error) {
	b.mu.Lock()
	first := b.first
	b.first = nil
	b.mu.Unlock()
	if first != nil {
		return first()
	}
	return b.Answers.Next(ctx)
}

// fromNobody returns neither answers nor an error if nobody subscribes and nobody is required.
func fromNobody(ctx context.Context, e endpoint, payload any, want lahja.EventType, config lahja.BroadcastConfig) (lahja.Answers, error) {
	answers, err := e.EndpointAPI.Request(ctx, payload, want, config)
	if config.AllowNoSubscribers && errors.Is(err, lahja.ErrNoSubscribers) {
		return noAnswers{}, nil
	}
	return answers, err
}

type noAnswers struct{}

func (noAnswers) Next(context.Context) (lahja.Received, error) {
	return lahja.Received{}, lahja.ErrNoMoreAnswers
}
func (noAnswers) Asked() []string { return nil }
func (noAnswers) Close()          {}

// asksAnybody also sends internal requests to peers.
func asksAnybody(ctx context.Context, e endpoint, payload any, want lahja.EventType, config lahja.BroadcastConfig) (lahja.Answers, error) {
	if len(config.FilterEndpoints) == 0 {
		config.Internal = false
	}
	return e.EndpointAPI.Request(ctx, payload, want, config)
}

// askedAgain sends the data of a received event as a request.
func askedAgain(ctx context.Context, e endpoint, payload any, want lahja.EventType, config lahja.BroadcastConfig) (lahja.Answers, error) {
	if event, ok := payload.(interface{ Received() lahja.Received }); ok {
		payload = event.Received().Data()
	}
	return e.EndpointAPI.Request(ctx, payload, want, config)
}

// askedBackwards are answers that list the asked endpoints in reverse order.
type askedBackwards struct{ lahja.Answers }

func (a askedBackwards) Asked() []string {
	asked := slices.Clone(a.Answers.Asked())
	slices.Reverse(asked)
	return asked
}

func asksBackwards(ctx context.Context, e endpoint, payload any, want lahja.EventType, config lahja.BroadcastConfig) (lahja.Answers, error) {
	answers, err := e.EndpointAPI.Request(ctx, payload, want, config)
	if err != nil {
		return nil, err
	}
	return askedBackwards{answers}, nil
}

// oneOfEach skips further answers of an endpoint.
type oneOfEach struct {
	lahja.Answers
	mu   sync.Mutex
	came map[string]bool
}

func (o *oneOfEach) Next(ctx context.Context) (lahja.Received, error) {
	for {
		r, err := o.Answers.Next(ctx)
		if err != nil || !o.again(r.Origin) {
			return r, err
		}
	}
}

func (o *oneOfEach) again(origin string) bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	before := o.came[origin]
	o.came[origin] = true
	return before
}

func asksOnce(ctx context.Context, e endpoint, payload any, want lahja.EventType, config lahja.BroadcastConfig) (lahja.Answers, error) {
	answers, err := e.EndpointAPI.Request(ctx, payload, want, config)
	if err != nil {
		return nil, err
	}
	return &oneOfEach{Answers: answers, came: map[string]bool{}}, nil
}

// endedByClose reports closed answers as complete.
func endedByClose(_ context.Context, _ endpoint, _ lahja.Answers, r lahja.Received, err error) (lahja.Received, error) {
	if errors.Is(err, lahja.ErrLifecycle) {
		err = lahja.ErrNoMoreAnswers
	}
	return r, err
}

// patient answers keep waiting when the context ends.
type patientAnswers struct{ lahja.Answers }

func (p patientAnswers) Next(ctx context.Context) (lahja.Received, error) {
	if ctx.Err() == nil {
		ctx = context.WithoutCancel(ctx)
	}
	return p.Answers.Next(ctx)
}

func asksPatiently(ctx context.Context, e endpoint, payload any, want lahja.EventType, config lahja.BroadcastConfig) (lahja.Answers, error) {
	answers, err := e.EndpointAPI.Request(ctx, payload, want, config)
	if err != nil {
		return nil, err
	}
	return patientAnswers{answers}, nil
}

// countsRequests numbers requests like other events, so that their ids can be guessed.
func countsRequests(passing) filter {
	var mu sync.Mutex
	sent := map[uint64]uint64{} // the real id, by the one that was sent
	return filter{
		out: editEvents(func(m *wire.EventMsg, _ bool) {
			if m.Sequence>>63 == 0 {
				return
			}
			mu.Lock()
			defer mu.Unlock()
			counted := 1000 + uint64(len(sent))
			sent[counted] = m.Sequence
			m.Sequence = counted
		})(passing{}).out,
		in: editEvents(func(m *wire.EventMsg, _ bool) {
			mu.Lock()
			defer mu.Unlock()
			if id, ok := sent[m.AnswersSequence]; ok {
				m.AnswersSequence = id
			}
		})(passing{}).out,
	}
}
