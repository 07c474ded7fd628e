package explore

import (
	"context"
	"errors"
	"strings"

	"github.com/lahja/go-lahja/lahja"
	d "github.com/lahja/go-lahja/tools/drivers"
)

// Line is one of a text.
type Line struct {
	N    int
	Text string
}

func (Line) EventName() string { return "striped/line" }

// stripes is an endpoint that opens a second one for large events, so that small ones need not
// wait for them. So two events in succession have no order, unless it waits for the first one
// to arrive before it changes over.
type stripes struct {
	lahja.EndpointAPI
	large  func() (lahja.EndpointAPI, error)
	reader string
	fixed  bool
}

func (e *stripes) Broadcast(ctx context.Context, payload any, config lahja.BroadcastConfig) error {
	if line, ok := payload.(Line); !ok || len(line.Text) < 80 {
		return e.EndpointAPI.Broadcast(ctx, payload, config)
	}
	large, err := e.large()
	if err != nil {
		return err
	}
	if e.fixed {
		if err := e.Sync(ctx, e.reader); err != nil {
			return err
		}
	}
	return errors.Join(large.Broadcast(ctx, payload, config), large.Close())
}

var lines = d.NewSlot[*lahja.Stream[Line]]("lines")

// striped has a bus that loses the order of events.
func striped(fixed bool) d.Scenario {
	text := []Line{{1, "Once upon a time"}, {2, strings.Repeat("a long line, ", 10)}}
	return named(fixed, "striped/out-of-order", "The lines of a text arrive in order.",
		d.New(d.ServeEndpoint("reader"), d.Stream(lines), d.CollectFrom(lines, 2).InOrder(text...)),
		client("author", "reader", d.WaitUntilAnyEndpointSubscribedTo[Line](),
			d.Do("send", func(ctx context.Context, s *d.Scope) error {
				large := func() (lahja.EndpointAPI, error) {
					ep, err := s.RunEndpoint(ctx, "printer")
					if err != nil {
						return nil, err
					}
					return ep, ep.ConnectToEndpoints(ctx, s.Engine().Config("reader"))
				}
				ep := &stripes{s.Endpoint(), large, "reader", fixed}
				for _, line := range text {
					if err := lahja.Broadcast(ctx, ep, line, lahja.BroadcastConfig{}); err != nil {
						return err
					}
				}
				return nil
			})))
}
