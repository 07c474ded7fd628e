// Oneevent sends one event from an endpoint to another over a Unix socket, after many that
// warm both up, and writes what code of theirs ran for it. Build it with -cover
// -covermode=atomic; its argument is the directory for the counters.
package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"runtime/coverage"
	"runtime/metrics"
	"time"

	"github.com/lahja/go-lahja/lahja"
	"github.com/lahja/go-lahja/lahja/p2p"
	"github.com/lahja/go-lahja/lahja/transport/unix"
)

type tick struct{ N int }

func (tick) EventName() string { return "structure/tick" }

func main() {
	if err := run(os.Args[1]); err != nil {
		fmt.Fprintln(os.Stderr, "oneevent:", err)
		os.Exit(1)
	}
}

func run(dir string) error {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	opts := &p2p.Options{Transport: unix.Transport{}}
	config := lahja.ConnectionConfig{Name: "server", Address: filepath.Join(dir, "server.ipc")}
	server, err := p2p.ServeEndpoint(ctx, config, opts)
	if err != nil {
		return err
	}
	defer server.Close()
	handled := make(chan struct{})
	if _, err := lahja.Subscribe(server, func(context.Context, lahja.Event[tick]) error {
		handled <- struct{}{}
		return nil
	}); err != nil {
		return err
	}
	client, err := p2p.RunEndpoint(ctx, "client", opts)
	if err != nil {
		return err
	}
	defer client.Close()
	if err := client.ConnectToEndpoints(ctx, config); err != nil {
		return err
	}
	send := func(n int) error {
		if err := lahja.Broadcast(ctx, client, tick{N: n}); err != nil {
			return err
		}
		<-handled
		return nil
	}
	for n := range 1000 {
		if err := send(n); err != nil {
			return err
		}
	}
	if err := waitUntilIdle(ctx); err != nil { // The last event leaves some work behind.
		return err
	}
	if err := coverage.ClearCounters(); err != nil {
		return err
	}
	if err := send(-1); err != nil {
		return err
	}
	if err := waitUntilIdle(ctx); err != nil {
		return err
	}
	if err := coverage.WriteMetaDir(dir); err != nil {
		return err
	}
	return coverage.WriteCountersDir(dir)
}

// waitUntilIdle waits until every other goroutine waits for something.
func waitUntilIdle(ctx context.Context) error {
	busy := []metrics.Sample{{Name: "/sched/goroutines/runnable:goroutines"}, {Name: "/sched/goroutines/running:goroutines"},
		{Name: "/sched/goroutines/not-in-go:goroutines"}}
	for ctx.Err() == nil {
		metrics.Read(busy)
		n := uint64(0)
		for _, s := range busy {
			n += s.Value.Uint64()
		}
		if n <= 1 { // this goroutine
			return nil
		}
		runtime.Gosched()
	}
	return ctx.Err()
}
