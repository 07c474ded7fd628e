package observe_test

import (
	"context"
	"encoding/json"
	"expvar"
	"fmt"
	"log/slog"
	"os"

	"github.com/lahja/go-lahja/lahja"
	"github.com/lahja/go-lahja/lahja/observe"
	"github.com/lahja/go-lahja/lahja/p2p"
)

// Reading is what the examples broadcast.
type Reading struct{ Celsius int }

func (Reading) EventName() string { return "example/reading" }

// noError ends an example that failed.
func noError(err error) {
	if err != nil {
		panic(err)
	}
}

// broadcast opens an endpoint with an observer, and has it handle two events of its own.
func broadcast(observer lahja.Observer) {
	ctx := context.Background()
	ep, err := p2p.RunEndpoint(ctx, "display", &p2p.Options{Observer: observer})
	noError(err)
	_, err = lahja.Subscribe(ep, func(context.Context, lahja.Event[Reading]) error { return nil })
	noError(err)
	for n := range 2 {
		noError(lahja.Broadcast(ctx, ep, Reading{Celsius: n}))
	}
	noError(ep.Shutdown(ctx))
}

// Events are logged at the level Debug.
func ExampleSlog() {
	logger := slog.New(slog.NewTextHandler(os.Stdout, &slog.HandlerOptions{
		Level: slog.LevelDebug,
		ReplaceAttr: func(_ []string, a slog.Attr) slog.Attr {
			switch a.Key {
			case slog.TimeKey, "id", "took": // They differ from run to run.
				return slog.Attr{}
			}
			return a
		},
	}))
	broadcast(observe.Slog(logger))
	// Unordered output:
	// level=DEBUG msg="lahja: subscription started" endpoint=display event=example/reading
	// level=DEBUG msg="lahja: sent" endpoint=display peer=display event=example/reading
	// level=DEBUG msg="lahja: received" endpoint=display peer=display event=example/reading
	// level=DEBUG msg="lahja: handled" endpoint=display peer=display event=example/reading
	// level=DEBUG msg="lahja: sent" endpoint=display peer=display event=example/reading
	// level=DEBUG msg="lahja: received" endpoint=display peer=display event=example/reading
	// level=DEBUG msg="lahja: handled" endpoint=display peer=display event=example/reading
	// level=DEBUG msg="lahja: subscription ended" endpoint=display event=example/reading
}

// The counters are a variable of package expvar.
func ExampleExpvar() {
	broadcast(observe.Expvar("example"))
	var counters struct{ Handled struct{ Events, Failed int } }
	noError(json.Unmarshal([]byte(expvar.Get("example").String()), &counters))
	fmt.Println("handled:", counters.Handled.Events, "failed:", counters.Handled.Failed)
	// Output: handled: 2 failed: 0
}

// Several observers see the same.
func ExampleAll() {
	handled := 0
	count := func(o lahja.Observation) {
		if o.Kind == lahja.EventHandled {
			handled++
		}
	}
	broadcast(observe.All(count, count, nil))
	fmt.Println(handled)
	// Output: 4
}
