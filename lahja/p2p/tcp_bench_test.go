package p2p_test

import (
	"context"
	"log/slog"
	"sync"
	"testing"

	"github.com/lahja/go-lahja/lahja"
	"github.com/lahja/go-lahja/lahja/p2p"
	"github.com/lahja/go-lahja/lahja/transport/tcp"
	"github.com/lahja/go-lahja/lahja/transport/tcp/tcptest"
)

// secureTransport is TCP with TLS.
func secureTransport(tb testing.TB) tcp.Transport {
	identity := must(tcptest.NewIdentity("server", "client", "one", "other"))
	return tcp.Transport{TLS: must(identity.Config())}
}

// BenchmarkTCP is a round trip, and a fan-out to two, over the loopback device.
func BenchmarkTCP(b *testing.B) {
	for name, transport := range map[string]p2p.Transport{"tcp": tcp.Transport{}, "tls": secureTransport(b)} {
		b.Run("request/"+name, func(b *testing.B) { requestOverTCP(b, transport) })
		b.Run("fanout-100/"+name, func(b *testing.B) { fanOutOverTCP(b, transport, 100) })
		b.Run("fanout-64k/"+name, func(b *testing.B) { fanOutOverTCP(b, transport, 64<<10) })
	}
}

func serveTCP(b *testing.B, transport p2p.Transport) (server *p2p.Endpoint, join func(name string) *p2p.Endpoint) {
	ctx := context.Background()
	opts := &p2p.Options{Transport: transport, Logger: slog.New(slog.DiscardHandler), CompressAbove: -1}
	server = must(p2p.ServeEndpoint(ctx, lahja.ConnectionConfig{Name: "server", Address: "127.0.0.1:0"}, opts))
	b.Cleanup(func() { server.Close() })
	return server, func(name string) *p2p.Endpoint {
		client := must(p2p.RunEndpoint(ctx, name, opts))
		b.Cleanup(func() { client.Close() })
		orFatal(b, client.ConnectToEndpoints(ctx, lahja.ConnectionConfig{Name: "server", Address: server.Addr().String()}))
		return client
	}
}

func requestOverTCP(b *testing.B, transport p2p.Transport) {
	ctx := context.Background()
	server, join := serveTCP(b, transport)
	must(lahja.Subscribe(server, func(ctx context.Context, e lahja.Event[Ping]) error {
		return e.Respond(ctx, Pong{N: e.Data.N})
	}, lahja.SubscribeConfig{Borrow: true}))
	client := join("client")
	b.ReportAllocs()
	for b.Loop() {
		must(lahja.Request(ctx, client, Ping{N: 1}))
	}
}

func fanOutOverTCP(b *testing.B, transport p2p.Transport, size int) {
	ctx := context.Background()
	server, join := serveTCP(b, transport)
	var all sync.WaitGroup
	for _, name := range []string{"one", "other"} {
		client := join(name)
		all.Add(1)
		n := 0
		must(lahja.Subscribe(client, func(_ context.Context, e lahja.Event[Blob]) error {
			if n++; n == b.N {
				all.Done()
			}
			return nil
		}, lahja.SubscribeConfig{Borrow: true}))
	}
	for _, name := range []string{"one", "other"} {
		orFatal(b, lahja.WaitUntilEndpointSubscribedTo[Blob](ctx, server, name))
	}
	event := Blob{Bytes: make([]byte, size)}
	b.SetBytes(int64(size))
	b.ReportAllocs()
	b.ResetTimer()
	for range b.N {
		orFatal(b, lahja.Broadcast(ctx, server, event))
	}
	all.Wait()
}
