package stress_test

import (
	"context"
	"flag"
	"fmt"
	"log/slog"
	"testing"
	"time"

	"github.com/lahja/go-lahja/lahja"
	"github.com/lahja/go-lahja/lahja/p2p"
)

var churnRate = flag.Int("stress.rate", 200, "how many clients connect and disconnect in a second")

// leavings are the ways in which a client goes.
var leavings = []func(context.Context, *p2p.Endpoint) error{
	func(_ context.Context, ep *p2p.Endpoint) error { return ep.Close() },
	func(ctx context.Context, ep *p2p.Endpoint) error { return ep.Shutdown(ctx) },
	func(ctx context.Context, ep *p2p.Endpoint) error { // It closes while it broadcasts.
		go func() { _ = lahja.Broadcast(ctx, ep, Tick{N: 1}) }() // The close may come first.
		return ep.Close()
	},
}

func TestConnectsAndDisconnectsLeaveNothing(t *testing.T) {
	for name, on := range transports {
		t.Run(name, func(t *testing.T) {
			config := lahja.ConnectionConfig{Name: "server", Address: on.address(t)}
			options := &p2p.Options{Transport: on.transport, Logger: slog.New(slog.DiscardHandler)}
			churn(t, config, options, 3) // What is made once is made now.
			before := held(t)
			began := time.Now()
			n := churn(t, config, options, int(float64(*churnRate)*stressTime.Seconds()))
			took := time.Since(began)
			nothingLeft(t, before)
			t.Logf("%d connects and disconnects in %v, %.0f a second; before %+v, after %+v", n, took, float64(n)/took.Seconds(), before, held(t))
		})
	}
}

// churn connects so many clients to a server, one after the other and at the rate, each of
// which goes at once. It returns how many there were.
func churn(t *testing.T, config lahja.ConnectionConfig, options *p2p.Options, n int) int {
	server, err := p2p.ServeEndpoint(t.Context(), config, options)
	if err != nil {
		t.Fatal(err)
	}
	defer server.Close()
	ticks, err := lahja.NewStream[Tick](server)
	if err != nil {
		t.Fatal(err)
	}
	if config.Address == "127.0.0.1:0" {
		config.Address = server.Addr().String()
	}
	pace := time.NewTicker(time.Second / time.Duration(*churnRate))
	defer pace.Stop()
	for i := range n {
		<-pace.C
		if err := visit(t.Context(), config, options, i); err != nil {
			t.Fatalf("client %d of %d: %v", i, n, err)
		}
		for _, ok := ticks.TryNext(); ok; _, ok = ticks.TryNext() {
			continue // Nobody looks at them.
		}
	}
	return n
}

func visit(ctx context.Context, config lahja.ConnectionConfig, options *p2p.Options, i int) error {
	ctx, cancel := context.WithTimeout(ctx, 20*time.Second)
	defer cancel()
	client, err := p2p.RunEndpoint(ctx, fmt.Sprintf("client-%d", i), options)
	if err != nil {
		return err
	}
	if err := client.ConnectToEndpoints(ctx, config); err != nil {
		return err
	}
	if err := lahja.Broadcast(ctx, client, Tick{N: i}); err != nil {
		return err
	}
	return leavings[i%len(leavings)](ctx, client)
}
