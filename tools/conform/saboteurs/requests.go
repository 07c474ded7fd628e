package saboteurs

import (
	"context"
	"errors"

	"github.com/lahja/go-lahja/lahja"
	"github.com/lahja/go-lahja/lahja/p2p"
)

// asker replaces Request.
type asker struct {
	endpoint
	request func(ctx context.Context, e endpoint, payload any, want lahja.EventType, config lahja.BroadcastConfig) (lahja.Answers, error)
}

func (a asker) Request(ctx context.Context, payload any, want lahja.EventType, config lahja.BroadcastConfig) (lahja.Answers, error) {
	return a.request(ctx, a.endpoint, payload, want, config)
}

func asks(request func(context.Context, endpoint, any, lahja.EventType, lahja.BroadcastConfig) (lahja.Answers, error)) func(p2p.Transport) func(lahja.EndpointAPI) lahja.EndpointAPI {
	return each(func(e endpoint) lahja.EndpointAPI { return asker{e, request} })
}

// notItself sends requests to all except the endpoint itself.
func notItself(ctx context.Context, e endpoint, payload any, want lahja.EventType, config lahja.BroadcastConfig) (lahja.Answers, error) {
	if len(config.FilterEndpoints) > 0 || config.Internal {
		return e.EndpointAPI.Request(ctx, payload, want, config)
	}
	config.FilterEndpoints = e.remoteSubscribers(payload)
	if len(config.FilterEndpoints) == 0 {
		return nil, &lahja.Error{Op: "request", Endpoint: e.Name(), Kind: lahja.ErrNoSubscribers}
	}
	return e.EndpointAPI.Request(ctx, payload, want, config)
}

// inVain waits for an answer even if nobody was asked.
func inVain(ctx context.Context, e endpoint, payload any, want lahja.EventType, config lahja.BroadcastConfig) (lahja.Answers, error) {
	answers, err := e.EndpointAPI.Request(ctx, payload, want, config)
	if errors.Is(err, lahja.ErrNoSubscribers) {
		<-ctx.Done()
		return nil, context.Cause(ctx)
	}
	return answers, err
}

// namingNobody does not name the peer that has gone.
func namingNobody(_ context.Context, e endpoint, answers lahja.Answers, r lahja.Received, err error) (lahja.Received, error) {
	if errors.Is(err, lahja.ErrRemoteDisconnected) {
		err = &lahja.Error{Op: "request", Endpoint: e.Name(), Kind: lahja.ErrRemoteDisconnected}
	}
	return r, err
}

// onlyOne ends after the first answer.
func onlyOne(_ context.Context, _ endpoint, answers lahja.Answers, r lahja.Received, err error) (lahja.Received, error) {
	if err == nil {
		answers.Close()
	}
	if errors.Is(err, lahja.ErrLifecycle) {
		err = lahja.ErrNoMoreAnswers
	}
	return r, err
}

// passingOverLosses does not report peers that leave without an answer.
func passingOverLosses(ctx context.Context, _ endpoint, answers lahja.Answers, r lahja.Received, err error) (lahja.Received, error) {
	for errors.Is(err, lahja.ErrRemoteDisconnected) {
		r, err = answers.Next(ctx)
	}
	return r, err
}

// pastTime ends without an error when time is up.
func pastTime(_ context.Context, _ endpoint, _ lahja.Answers, r lahja.Received, err error) (lahja.Received, error) {
	if errors.Is(err, context.DeadlineExceeded) || errors.Is(err, context.Canceled) {
		err = lahja.ErrNoMoreAnswers
	}
	return r, err
}

// changedAnswers are a request's answers, each passed through change.
type changedAnswers struct {
	lahja.Answers
	of     endpoint
	change func(ctx context.Context, e endpoint, answers lahja.Answers, r lahja.Received, err error) (lahja.Received, error)
}

func (a changedAnswers) Next(ctx context.Context) (lahja.Received, error) {
	r, err := a.Answers.Next(ctx)
	return a.change(ctx, a.of, a.Answers, r, err)
}

// answering changes what Next returns.
func answering(change func(context.Context, endpoint, lahja.Answers, lahja.Received, error) (lahja.Received, error)) func(p2p.Transport) func(lahja.EndpointAPI) lahja.EndpointAPI {
	return asks(func(ctx context.Context, e endpoint, payload any, want lahja.EventType, config lahja.BroadcastConfig) (lahja.Answers, error) {
		answers, err := e.EndpointAPI.Request(ctx, payload, want, config)
		if err != nil {
			return nil, err
		}
		return changedAnswers{answers, e, change}, nil
	})
}
