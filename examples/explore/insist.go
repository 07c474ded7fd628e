package explore

import (
	"context"
	"errors"
	"time"

	"github.com/lahja/go-lahja/lahja"
	d "github.com/lahja/go-lahja/tools/drivers"
)

// insist makes a request until it is answered, and connects again where the connection is lost.
func insist[Req lahja.Requester[Res], Res any](server string, request Req, then func(s *d.Scope, answer Res)) d.Action {
	return d.Do("insist", func(ctx context.Context, s *d.Scope) error {
		for {
			answer, err := lahja.Request(ctx, s.Endpoint(), request)
			switch {
			case errors.Is(err, lahja.ErrRemoteDisconnected), errors.Is(err, lahja.ErrNoSubscribers):
				if err := connectAgain(ctx, s, server); err != nil {
					return err
				}
				if err := s.Run(ctx, d.WaitUntilAnyEndpointSubscribedTo[Req]()); err != nil {
					return err
				}
			case err != nil:
				return err
			default:
				then(s, answer.Data)
				return nil
			}
		}
	})
}

// connectAgain connects to a server that may not know yet that the old connection is gone.
func connectAgain(ctx context.Context, s *d.Scope, server string) error {
	for !lahja.IsConnectedTo(s.Endpoint(), server) {
		err := s.Run(ctx, d.ConnectToEndpoints(server))
		if err != nil && !errors.Is(err, lahja.ErrConnectionAttemptRejected) {
			return err
		}
		if err != nil {
			err = s.Engine().Sleep(ctx, 10*time.Millisecond)
		}
		if err != nil {
			return err
		}
	}
	return nil
}
