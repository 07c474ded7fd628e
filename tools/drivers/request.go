package drivers

import (
	"context"

	"github.com/lahja/go-lahja/lahja"
)

// Request sends a request and waits for its response.
func Request[Req lahja.Requester[Res], Res any](request Req) *One[Res] {
	return requestAction("Request", request, lahja.BroadcastConfig{}, []any{request}, false)
}

// RequestWith is Request with a broadcast config.
func RequestWith[Req lahja.Requester[Res], Res any](request Req, config lahja.BroadcastConfig) *One[Res] {
	return requestAction("RequestWith", request, config, []any{request, config}, false)
}

// WaitAnyThenRequest waits until any endpoint, oneself included, subscribes to the request's
// type, sends the request, and waits for its response.
func WaitAnyThenRequest[Req lahja.Requester[Res], Res any](request Req) *One[Res] {
	return requestAction[Req, Res]("WaitAnyThenRequest", request, lahja.BroadcastConfig{}, []any{request}, true)
}

func requestAction[Req lahja.Requester[Res], Res any](name string, request Req, config lahja.BroadcastConfig, args []any, waitAny bool) *One[Res] {
	a := newOne(name, args, func(ctx context.Context, s *Scope) (response lahja.Event[Res], err error) {
		ep, err := s.needEndpoint()
		if err != nil {
			return response, err
		}
		if waitAny {
			if err := lahja.WaitUntilAnyEndpointSubscribedTo[Req](ctx, ep); err != nil {
				return response, err
			}
		}
		response, err = lahja.Request(ctx, ep, request, config)
		if err == nil {
			sawEvents(ctx, s, response)
		}
		return response, err
	})
	a.waits("a response of type %s", nameOf[Res]()).sending(eventType[Req](), config)
	a.requests = true
	if waitAny {
		a.awaiting(eventType[Req](), "")
	}
	return a
}

// ServeRequest waits for one request and answers it with what respond returns.
func ServeRequest[Req lahja.Requester[Res], Res any](respond func(request lahja.Event[Req]) Res) Action {
	return newAction(generic[Req]("ServeRequest"), []any{rawText("func")}, func(ctx context.Context, s *Scope) error {
		ep, err := s.needEndpoint()
		if err != nil {
			return err
		}
		request, err := lahja.WaitFor[Req](ctx, ep)
		if err != nil {
			return err
		}
		sawEvents(ctx, s, request)
		return request.Respond(ctx, respond(request))
	}).waits("a request of type %s", nameOf[Req]()).taking(eventType[Req]()).answering(eventType[Res]()).given(respond, computes)
}

// ServeRequests answers every request of type Req with what respond returns, from
// now until the endpoint closes.
func ServeRequests[Req lahja.Requester[Res], Res any](respond func(request lahja.Event[Req]) Res) Action {
	a := newAction(generic[Req]("ServeRequests"), []any{rawText("func")}, nil).subscribing(eventType[Req]()).answering(eventType[Res]()).given(respond, computes)
	a.run = func(ctx context.Context, s *Scope) error {
		return subscribe(ctx, s, a, lahja.SubscribeConfig{}, func(ctx context.Context, _ *Scope, request lahja.Event[Req]) error {
			return request.Respond(ctx, respond(request))
		}, nil)
	}
	return a
}
