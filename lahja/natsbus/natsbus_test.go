package natsbus_test

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/nats-io/nats-server/v2/server"

	"github.com/lahja/go-lahja/lahja"
	"github.com/lahja/go-lahja/lahja/natsbus"
)

func TestEventIsPublishedOnceWhateverTheNumberOfReceivers(t *testing.T) {
	s := start(t, nil)
	quiet := options(s)
	quiet.Heartbeat, quiet.Liveness = time.Hour, 3*time.Hour
	hub := serve(t, "hub", quiet)
	const receivers, events = 5, 1000
	var streams []*lahja.Stream[Tick]
	for i := range receivers {
		ep := run(t, fmt.Sprint("receiver", i), quiet)
		streams = append(streams, stream[Tick](t, ep))
		check(t, ep.ConnectToEndpoints(limited(t), lahja.ConnectionConfig{Name: "hub"}))
		check(t, ep.Sync(limited(t), "hub"))
	}
	settle := func() {
		for range 2 {
			for i := range receivers {
				check(t, hub.Sync(limited(t), fmt.Sprint("receiver", i)))
			}
		}
	}
	settle()
	in, out := counters(t, s.NATS())
	for i := range events {
		check(t, lahja.Broadcast(limited(t), hub, Tick{N: i}))
	}
	settle()
	inAfter, outAfter := counters(t, s.NATS())
	const syncs = 3 * 2 * receivers // there and back; those of the last round may not be counted yet
	if got := inAfter - in; got < events || got > events+syncs {
		t.Errorf("%d messages were published for %d events, want one each and at most %d for the syncs", got, events, syncs)
	}
	if got := outAfter - out; got < events*receivers || got > events*receivers+syncs {
		t.Errorf("%d messages were delivered, want %d and at most %d for the syncs", got, events*receivers, syncs)
	}
	for i, s := range streams {
		if got := drain(s); len(got) != events {
			t.Errorf("receiver %d got %d events, want %d", i, len(got), events)
		}
	}
}

// counters are the server's. It counts what it read at once after it has passed
// it on: the last messages may be missing, those before a later answer are not.
func counters(t *testing.T, s *server.Server) (in, out int64) {
	t.Helper()
	v, err := s.Varz(nil)
	check(t, err)
	return v.InMsgs, v.OutMsgs
}

func TestInternalEventsAreNotPublished(t *testing.T) {
	s := start(t, nil)
	quiet := options(s)
	quiet.Heartbeat, quiet.Liveness = time.Hour, 3*time.Hour
	hub, other := serve(t, "hub", quiet), run(t, "other", quiet, "hub")
	own := stream[Tick](t, hub)
	stream[Tick](t, other)
	check(t, lahja.WaitUntilSubscriptionsKnown(limited(t), other))
	check(t, lahja.WaitUntilSubscriptionsKnown(limited(t), hub))
	const events, syncs = 1000, 4
	before, _ := counters(t, s.NATS())
	for range events {
		check(t, lahja.Broadcast(limited(t), hub, Tick{}, lahja.BroadcastConfig{Internal: true}))
	}
	for range syncs {
		check(t, hub.Sync(limited(t), "other"))
	}
	after, _ := counters(t, s.NATS())
	if got := after - before; got > 10*syncs || len(drain(own)) != events {
		t.Errorf("%d messages were published, want those of %d syncs", got, syncs)
	}
}

func TestOriginThatIsNotConnectedIsDiscarded(t *testing.T) {
	s := start(t, nil)
	hub := serve(t, "hub", options(s))
	stream[Tick](t, hub)
	stranger := run(t, "stranger", options(s))
	ticks := stream[Tick](t, stranger)
	check(t, stranger.ConnectToEndpoints(limited(t), lahja.ConnectionConfig{Name: "hub"}))
	sender := run(t, "sender", options(s), "hub")
	check(t, lahja.Broadcast(limited(t), sender, Tick{}))
	check(t, sender.Sync(limited(t), "hub"))
	check(t, hub.Sync(limited(t), "stranger"))
	if got := drain(ticks); len(got) != 0 {
		t.Errorf("got %v from an endpoint that is not connected, want nothing", got)
	}
}

// The observer is told while the reader has not gone on yet.
func TestWhoIsToldOfAPeerCanSyncWithIt(t *testing.T) {
	s := start(t, nil)
	serve(t, "hub", options(s))
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	var client *natsbus.Endpoint
	synced := make(chan error, 1)
	o := options(s)
	o.Observer = func(o lahja.Observation) {
		if o.Kind == lahja.Connected {
			synced <- client.Sync(ended, "hub")
		}
	}
	client = run(t, "client", o)
	check(t, client.ConnectToEndpoints(limited(t), lahja.ConnectionConfig{Name: "hub"}))
	if err := <-synced; !errors.Is(err, context.Canceled) {
		t.Errorf("got %v, want %v, and not that it is not connected", err, context.Canceled)
	}
}

func TestSecondServerOfANameIsRefused(t *testing.T) {
	s := start(t, nil)
	serve(t, "hub", options(s))
	_, err := natsbus.ServeEndpoint(limited(t), lahja.ConnectionConfig{Name: "hub"}, options(s))
	if !errors.Is(err, lahja.ErrConnectionAttemptRejected) {
		t.Errorf("got %v, want %v", err, lahja.ErrConnectionAttemptRejected)
	}
	other := options(s)
	other.Bus = "another.bus"
	serve(t, "hub", other)
}

func TestNoServerIsAnErrorThatNamesItWithoutCredentials(t *testing.T) {
	s := start(t, nil)
	o := options(s)
	address := strings.TrimPrefix(o.URL, "nats://")
	o.URL = "nats://user:secret@" + address
	s.Stop()
	_, err := natsbus.RunEndpoint(limited(t), "client", o)
	if err == nil || strings.Contains(err.Error(), "secret") || !strings.Contains(err.Error(), address) {
		t.Errorf("got %v, want an error that names %s and keeps the secret", err, address)
	}
	check(t, s.Restart())
}

func TestEventAboveTheServersLimitIsRefusedAtItsSender(t *testing.T) {
	s := start(t, &server.Options{MaxPayload: 64 << 10})
	hub := serve(t, "hub", options(s))
	blobs := stream[Blob](t, hub)
	client := run(t, "client", options(s), "hub")
	data := incompressible(make([]byte, 65<<10))
	err := lahja.Broadcast(limited(t), client, Blob{Data: data})
	if !errors.Is(err, lahja.ErrTooLarge) || !strings.Contains(err.Error(), "max_payload") {
		t.Errorf("got %v, want %v that says whose limit it is", err, lahja.ErrTooLarge)
	}
	check(t, lahja.Broadcast(limited(t), client, Blob{Data: data[:1<<10]}))
	check(t, client.Sync(limited(t), "hub"))
	if got := drain(blobs); len(got) != 1 {
		t.Errorf("got %d events, want the small one", len(got))
	}
}

func TestHeadersComeOnTopOfTheLargestPayload(t *testing.T) {
	s := start(t, nil)
	o := options(s)
	o.CompressAbove = -1
	hub := serve(t, "hub", o)
	blobs, err := lahja.NewStream[Blob](hub)
	check(t, err)
	client := run(t, "client", o, "hub")
	headers := lahja.Headers{}
	for i := range 4 {
		headers[string(rune('a'+i))] = strings.Repeat("v", lahja.MaxHeaderValue-1)
	}
	blob := Blob{Data: make([]byte, lahja.DefaultMaxPayload)}
	for err := lahja.ErrTooLarge; err != nil; err = lahja.Broadcast(limited(t), client, blob, lahja.BroadcastConfig{Headers: headers}) {
		if !errors.Is(err, lahja.ErrTooLarge) || strings.Contains(err.Error(), "max_payload") {
			t.Fatalf("got %v, want no other limit than MaxPayload", err)
		}
		blob.Data = blob.Data[1:] // until its encoding just fits
	}
	e, err := blobs.Next(limited(t))
	check(t, err)
	if len(e.Data.Data) != len(blob.Data) || !maps.Equal(e.Headers(), headers) {
		t.Errorf("got %d bytes with %d headers, want %d with %d", len(e.Data.Data), len(e.Headers()), len(blob.Data), len(headers))
	}
}

func TestFullQueueIsAnErrorWhileThereIsNoServer(t *testing.T) {
	s := start(t, nil)
	hub := serve(t, "hub", options(s))
	stream[Blob](t, hub)
	o := options(s)
	o.QueueBytes = 10 << 10
	client := run(t, "client", o, "hub")
	s.Stop()
	blob := Blob{Data: incompressible(make([]byte, 4<<10))}
	fails := func(what string, send func(ctx context.Context) error, want error) {
		t.Helper()
		var err error
		for range 1000 { // some still go out before the end of the connection is noticed
			short, cancel := context.WithTimeout(limited(t), 10*time.Millisecond)
			err = send(short)
			cancel()
			if errors.Is(err, lahja.ErrQueueFull) && errors.Is(err, want) {
				return
			}
		}
		t.Errorf("%s: got %v, want %v", what, err, want)
	}
	fails("without waiting", func(context.Context) error { return lahja.BroadcastNowait(client, blob) }, lahja.ErrQueueFull)
	fails("waiting", func(ctx context.Context) error { return lahja.Broadcast(ctx, client, blob) }, context.DeadlineExceeded)
	check(t, client.Close())
	check(t, s.Restart())
}

func TestBroadcastWaitsForAServerNoLongerThanBlockWait(t *testing.T) {
	s := start(t, nil)
	hub := serve(t, "hub", options(s))
	stream[Blob](t, hub)
	o := options(s)
	o.QueueBytes, o.BlockWait = 10<<10, 20*time.Millisecond
	client := run(t, "client", o, "hub")
	s.Stop()
	ctx := limited(t) // by far longer
	blob := Blob{Data: incompressible(make([]byte, 4<<10))}
	var err error
	for err == nil {
		err = lahja.Broadcast(ctx, client, blob)
	}
	if !errors.Is(err, lahja.ErrQueueFull) || !strings.Contains(err.Error(), "BlockWait is over") || ctx.Err() != nil {
		t.Errorf("got %v, want %v that says that BlockWait is over", err, lahja.ErrQueueFull)
	}
	stream[Tick](t, client) // nobody reads it
	for err = nil; err == nil; {
		err = lahja.Broadcast(ctx, client, Tick{}, lahja.BroadcastConfig{Internal: true})
	}
	if !errors.Is(err, lahja.ErrQueueFull) || !strings.Contains(err.Error(), "BlockWait is over") || ctx.Err() != nil {
		t.Errorf("to itself: got %v, want %v that says that BlockWait is over", err, lahja.ErrQueueFull)
	}
}

// incompressible fills b with what looks random.
func incompressible(b []byte) []byte {
	x := uint64(88172645463325252)
	for i := range b {
		x ^= x << 13
		x ^= x >> 7
		x ^= x << 17
		b[i] = byte(x)
	}
	return b
}

func TestProgramsThatOnlyUseNATSDoNotLinkTheServer(t *testing.T) {
	list := exec.CommandContext(limited(t), "go", "list", "-deps", "github.com/lahja/go-lahja/lahja/natsbus", "github.com/lahja/go-lahja/tools/engine")
	out, err := list.Output()
	check(t, err)
	if strings.Contains(string(out), "nats-server") {
		t.Error("natsbus or engine imports the server")
	}
}
