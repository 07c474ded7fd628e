package drivers

import (
	"context"

	"github.com/lahja/go-lahja/lahja"
)

// Request sends a request, waits for its response, and hands it to each of on.
func Request[Req lahja.Requester[Res], Res any](request Req, on ...On[lahja.Event[Res]]) Action {
	return requestAction("Request", request, lahja.BroadcastConfig{}, []any{request}, on)
}

// RequestWith is Request with a broadcast config.
func RequestWith[Req lahja.Requester[Res], Res any](request Req, config lahja.BroadcastConfig, on ...On[lahja.Event[Res]]) Action {
	return requestAction("RequestWith", request, config, []any{request, config}, on)
}

func requestAction[Req lahja.Requester[Res], Res any](name string, request Req, config lahja.BroadcastConfig, args []any, on []On[lahja.Event[Res]]) Action {
	a := newAction(name, append(args, handlerArgs(on)...), func(ctx context.Context, s *Scope) error {
		ep, err := s.needEndpoint()
		if err != nil {
			return err
		}
		response, err := lahja.Request(ctx, ep, request, config)
		if err != nil {
			return err
		}
		sawEvents(ctx, s, response)
		return callAll(ctx, s, response, on)
	}).waits("a response of type %s", nameOf[Res]())
	return callingAll(a, on).sending(eventType[Req](), config)
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
