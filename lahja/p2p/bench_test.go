package p2p_test

import (
	"context"
	"fmt"
	"log/slog"
	"testing"

	"github.com/lahja/go-lahja/lahja"
	"github.com/lahja/go-lahja/lahja/p2p"
	"github.com/lahja/go-lahja/lahja/transport/memory"
)

// BenchmarkConnectBroadcastClose is the least that a scenario does: two
// endpoints, one connection, one event there.
func BenchmarkConnectBroadcastClose(b *testing.B) {
	ends := map[string]func(ep *p2p.Endpoint) error{
		"close":    (*p2p.Endpoint).Close,
		"shutdown": func(ep *p2p.Endpoint) error { return ep.Shutdown(context.Background()) },
	}
	for name, end := range ends {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				connectBroadcastClose(b, end)
			}
		})
	}
}

func connectBroadcastClose(b *testing.B, end func(*p2p.Endpoint) error) {
	ctx := context.Background()
	opts := &p2p.Options{Transport: memory.New(), Logger: slog.New(slog.DiscardHandler)}
	config := lahja.ConnectionConfig{Name: "server", Address: "server"}
	server := must(p2p.ServeEndpoint(ctx, config, opts))
	ticks := must(lahja.NewStream[Tick](server))
	client := must(p2p.RunEndpoint(ctx, "client", opts))
	orFatal(b, client.ConnectToEndpoints(ctx, config))
	orFatal(b, lahja.Broadcast(ctx, client, Tick{N: 1}))
	must(ticks.Next(ctx))
	orFatal(b, end(client))
	orFatal(b, end(server))
}

// BenchmarkBroadcast is how fast one sender's events go through one connection.
func BenchmarkBroadcast(b *testing.B) {
	for _, size := range []int{0, 1 << 10, 64 << 10} {
		b.Run(fmt.Sprintf("%d-bytes", size), func(b *testing.B) { broadcast(b, size) })
	}
}

func broadcast(b *testing.B, size int) {
	ctx := context.Background()
	server, client := pair(b)
	blobs := must(lahja.NewStream[Blob](server))
	orFatal(b, lahja.WaitUntilEndpointSubscribedTo[Blob](ctx, client, "server"))
	event := Blob{Bytes: make([]byte, size)}
	b.SetBytes(int64(size))
	b.ReportAllocs()
	go func() {
		for range b.N {
			if lahja.Broadcast(ctx, client, event) != nil {
				return
			}
		}
	}()
	b.ResetTimer()
	for range b.N {
		must(blobs.Next(ctx))
	}
}

// BenchmarkRequest is a round trip through a handler: through queues, and over a socket on
// which each side reads for itself.
func BenchmarkRequest(b *testing.B) {
	for name, how := range map[string]struct {
		transport p2p.Transport
		borrow    bool
	}{
		"memory":      {memory.New(), false},
		"unix":        {nil, false},
		"unix-borrow": {nil, true},
	} {
		b.Run(name, func(b *testing.B) {
			ctx := context.Background()
			server, client := pairOver(b, how.transport)
			must(lahja.Subscribe(server, func(ctx context.Context, e lahja.Event[Ping]) error {
				return e.Respond(ctx, Pong{N: e.Data.N})
			}, lahja.SubscribeConfig{Borrow: how.borrow}))
			orFatal(b, lahja.WaitUntilEndpointSubscribedTo[Ping](ctx, client, "server"))
			b.ReportAllocs()
			for b.Loop() {
				must(lahja.Request(ctx, client, Ping{N: 1}))
			}
		})
	}
}

func pair(b *testing.B) (server, client *p2p.Endpoint) { return pairOver(b, memory.New()) }

// pairOver connects two endpoints over a transport, nil for the default one.
func pairOver(b *testing.B, transport p2p.Transport) (server, client *p2p.Endpoint) {
	ctx := context.Background()
	opts := &p2p.Options{Transport: transport, Logger: slog.New(slog.DiscardHandler)}
	config := lahja.ConnectionConfig{Name: "server", Address: "server"}
	if transport == nil {
		config = must(lahja.ConfigFromName("server", b.TempDir()))
	}
	server = must(p2p.ServeEndpoint(ctx, config, opts))
	client = must(p2p.RunEndpoint(ctx, "client", opts))
	orFatal(b, client.ConnectToEndpoints(ctx, config))
	b.Cleanup(func() { client.Close(); server.Close() })
	return server, client
}

func orFatal(b *testing.B, err error) {
	b.Helper()
	if err != nil {
		b.Fatal(err)
	}
}

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}
