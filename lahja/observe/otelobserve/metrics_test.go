package otelobserve_test

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"go.opentelemetry.io/otel/attribute"
	sdkmetric "go.opentelemetry.io/otel/sdk/metric"
	"go.opentelemetry.io/otel/sdk/metric/metricdata"

	"github.com/lahja/go-lahja/lahja"
	"github.com/lahja/go-lahja/lahja/observe/otelobserve"
)

func TestMetricsCount(t *testing.T) {
	reader := sdkmetric.NewManualReader()
	observer, err := otelobserve.Metrics(sdkmetric.NewMeterProvider(sdkmetric.WithReader(reader)))
	check(t, err)
	server, client := pair(t, observer)
	_, err = lahja.Subscribe(server, func(ctx context.Context, e lahja.Event[Ping]) error {
		if e.Data.N == 0 {
			return errors.New("not this one")
		}
		return e.Respond(ctx, Pong{})
	})
	check(t, err)
	check(t, lahja.WaitUntilEndpointSubscribedTo[Ping](limited(t), client, "server"))
	for i := range 3 {
		check(t, lahja.Broadcast(t.Context(), client, Ping{N: i}))
	}
	check(t, client.Sync(limited(t), "server"))
	observer(lahja.Observation{Kind: lahja.EventDropped, Endpoint: "client", Peer: "server", Size: 100})
	for _, o := range []lahja.Observation{
		{Kind: lahja.EventSent, Peer: "client"}, {Kind: lahja.EventReceived, Peer: "client"}, // local
		{Kind: lahja.EventTaken, Peer: "client"}, {Kind: lahja.BroadcastFailed, Err: lahja.ErrNoSubscribers},
		{Kind: lahja.RequestEnded, Peer: "server"}, {Kind: lahja.RequestEnded, Peer: "server", Err: context.Canceled},
	} {
		o.Endpoint, o.Event = "client", "note"
		observer(o)
	}
	observer(lahja.Observation{Kind: lahja.Refused, Endpoint: "server", Peer: "other"})
	observer(lahja.Observation{Kind: lahja.EventDropped, Endpoint: "server", Peer: "client", Err: &lahja.Gap{Peer: "client", Lost: 7, Earlier: true}})
	observer(lahja.Observation{Kind: lahja.EventSent, Endpoint: "server", Event: "note", Peers: []string{"client", "other"}, Size: 2})

	got := collected(t, reader)
	for series, want := range map[string]int64{
		"lahja.sent client server ping ":                  3,
		"lahja.received server client ping ":              3,
		"lahja.sent server client pong ":                  2,
		"lahja.received client server pong ":              2,
		"lahja.dropped client server pong ":               2,
		"lahja.handler.duration server client ping ":      2,
		"lahja.handler.duration server client ping error": 1,
		"lahja.connections server client  ":               1,
		"lahja.connections client server  ":               1,
		"lahja.unsent.bytes client server  ":              100,
		"lahja.lost server client  ":                      7,
		"lahja.refused server other  ":                    1,
		"lahja.sent server client note ":                  1,
		"lahja.sent server other note ":                   1,
		"lahja.taken client client note ":                 1,
		"lahja.broadcast.failures client  note ":          1,
		"lahja.request.duration client server note ":      1,
		"lahja.request.duration client server note error": 1,
	} {
		if got[series] != want {
			t.Errorf("%q: got %d, want %d", series, got[series], want)
		}
		delete(got, series)
	}
	for _, series := range []string{"lahja.sent.bytes client server ping ", "lahja.received.bytes server client ping ",
		"lahja.sent.bytes server client note ", "lahja.sent.bytes server other note ",
		"lahja.sent.bytes server client pong ", "lahja.received.bytes client server pong "} {
		if got[series] < 2 {
			t.Errorf("%q: got %d bytes", series, got[series])
		}
		delete(got, series)
	}
	if len(got) > 0 {
		t.Errorf("there is more than there should be: %v", got)
	}

	check(t, client.Shutdown(limited(t)))
	if got := collected(t, reader)["lahja.connections client server  "]; got != 0 {
		t.Errorf("after it left the client has %d connections, want 0", got)
	}
}

// collected is the value, or the count, of every series: its name and attributes.
func collected(t *testing.T, reader sdkmetric.Reader) map[string]int64 {
	t.Helper()
	var all metricdata.ResourceMetrics
	check(t, reader.Collect(t.Context(), &all))
	values := map[string]int64{}
	for _, m := range all.ScopeMetrics[0].Metrics {
		series := func(set attribute.Set) string {
			text := m.Name
			for _, key := range []attribute.Key{"lahja.endpoint", "lahja.peer", "lahja.event", "error.type"} {
				v, _ := set.Value(key)
				text += " " + v.AsString()
			}
			return text
		}
		switch data := m.Data.(type) {
		case metricdata.Sum[int64]:
			for _, p := range data.DataPoints {
				values[series(p.Attributes)] = p.Value
			}
		case metricdata.Histogram[float64]:
			for _, p := range data.DataPoints {
				values[series(p.Attributes)] = int64(p.Count)
			}
		default:
			t.Fatal(fmt.Errorf("%s is a %T", m.Name, m.Data))
		}
	}
	return values
}
