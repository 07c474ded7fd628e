package p2p_test

import (
	"context"
	"encoding/binary"
	"log/slog"
	"testing"

	"github.com/lahja/go-lahja/lahja"
	"github.com/lahja/go-lahja/lahja/p2p"
	"github.com/lahja/go-lahja/lahja/transport/unix"
)

// Sample is an event with a binary form of its own.
type Sample struct {
	N       uint64
	Payload []byte
}

func (s Sample) MarshalBinary() ([]byte, error) {
	return append(binary.BigEndian.AppendUint64(make([]byte, 0, 8+len(s.Payload)), s.N), s.Payload...), nil
}

func (s *Sample) UnmarshalBinary(data []byte) error {
	s.N, s.Payload = binary.BigEndian.Uint64(data), append([]byte(nil), data[8:]...)
	return nil
}

// BenchmarkHandle is what an event costs its sender and the process that handles it,
// over a Unix socket: without an observer, and with one that does nothing.
func BenchmarkHandle(b *testing.B) {
	for name, observer := range map[string]lahja.Observer{"unobserved": nil, "observed": func(lahja.Observation) {}} {
		for how, config := range map[string]lahja.SubscribeConfig{"queued": {}, "borrow": {Borrow: true}} {
			b.Run(how+"/"+name, func(b *testing.B) { handle(b, observer, config) })
		}
	}
}

func handle(b *testing.B, observer lahja.Observer, subscription lahja.SubscribeConfig) {
	ctx := context.Background()
	opts := &p2p.Options{Transport: unix.Transport{}, Logger: slog.New(slog.DiscardHandler), Observer: observer}
	config := must(lahja.ConfigFromName("server", b.TempDir()))
	server := must(p2p.ServeEndpoint(ctx, config, opts))
	client := must(p2p.RunEndpoint(ctx, "client", opts))
	b.Cleanup(func() { client.Close(); server.Close() })
	all := make(chan struct{})
	left := b.N
	must(lahja.Subscribe(server, func(context.Context, lahja.Event[Sample]) error {
		if left--; left == 0 {
			close(all)
		}
		return nil
	}, subscription))
	orFatal(b, client.ConnectToEndpoints(ctx, config))
	event := Sample{Payload: make([]byte, 100)}
	b.ReportAllocs()
	b.ResetTimer()
	for range b.N {
		if err := lahja.Broadcast(ctx, client, event); err != nil {
			b.Fatal(err)
		}
	}
	<-all
}
