package lahja_test

import (
	"context"
	"encoding/binary"
	"log/slog"
	"testing"

	"github.com/lahja/go-lahja/lahja"
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
// over a Unix socket.
func BenchmarkHandle(b *testing.B) {
	ctx := context.Background()
	opts := &lahja.Options{Transport: unix.Transport{}, Logger: slog.New(slog.DiscardHandler)}
	config := must(lahja.ConfigFromName("server", b.TempDir()))
	server := must(lahja.ServeEndpoint(ctx, config, opts))
	client := must(lahja.RunEndpoint(ctx, "client", opts))
	b.Cleanup(func() { client.Close(); server.Close() })
	all := make(chan struct{})
	left := b.N
	must(lahja.Subscribe(server, func(context.Context, lahja.Event[Sample]) error {
		if left--; left == 0 {
			close(all)
		}
		return nil
	}))
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
