package otelobserve

import (
	"context"
	"errors"

	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/metric"

	"github.com/lahja/go-lahja/lahja"
)

// Metrics returns an observer that counts with instruments of provider. Nil means the
// global provider. It fails if an instrument cannot be made. All instruments have the
// attributes lahja.endpoint and lahja.peer. Those of events also have lahja.event, the wire
// name of the type. Peers can invent such names; an SDK bounds how many it counts
// separately.
//
//	lahja.sent, lahja.received, lahja.dropped      counters of events
//	lahja.sent.bytes, lahja.received.bytes         counters in bytes
//	lahja.unsent.bytes                             of events that were queued and never written
//	lahja.lost                                     counter of events that did not arrive (lahja.Gap)
//	lahja.taken                                    counter of events that streams and waits took
//	lahja.broadcast.failures                       counter of broadcasts that failed at their sender
//	lahja.handler.duration, lahja.request.duration histograms in seconds; failures have error.type
//	lahja.connections                              peers that are connected now
//	lahja.refused                                  counter of refused connections
//
// An event that an endpoint broadcasts to itself does not count as sent or received.
func Metrics(provider metric.MeterProvider) (lahja.Observer, error) {
	if provider == nil {
		provider = otel.GetMeterProvider()
	}
	m, err := newInstruments(provider.Meter(Name))
	if err != nil {
		return nil, err
	}
	return m.observe, nil
}

type instruments struct {
	sent, received, dropped, refused      metric.Int64Counter
	taken, unsendable, lost               metric.Int64Counter
	sentBytes, receivedBytes, unsentBytes metric.Int64Counter
	connections                           metric.Int64UpDownCounter
	handled, requests                     metric.Float64Histogram
}

func newInstruments(meter metric.Meter) (*instruments, error) {
	m := &instruments{}
	var errs []error
	for _, c := range []struct {
		counter                 *metric.Int64Counter
		name, unit, description string
	}{
		{&m.sent, "lahja.sent", "{event}", "Events queued for a peer."},
		{&m.received, "lahja.received", "{event}", "Events that arrived from a peer."},
		{&m.dropped, "lahja.dropped", "{event}", "Events that nobody took."},
		{&m.lost, "lahja.lost", "{event}", "Events of a peer that did not arrive."},
		{&m.taken, "lahja.taken", "{event}", "Events that streams and waits took."},
		{&m.unsendable, "lahja.broadcast.failures", "{event}", "Broadcasts that failed at their sender."},
		{&m.refused, "lahja.refused", "{connection}", "Incoming connections refused."},
		{&m.sentBytes, "lahja.sent.bytes", "By", "Bytes of events queued for a peer."},
		{&m.receivedBytes, "lahja.received.bytes", "By", "Bytes of the encoded data of events from a peer."},
		{&m.unsentBytes, "lahja.unsent.bytes", "By", "Bytes of events that were queued for a peer and never written."},
	} {
		counter, err := meter.Int64Counter(c.name, metric.WithUnit(c.unit), metric.WithDescription(c.description))
		*c.counter = counter
		errs = append(errs, err)
	}
	var err error
	m.connections, err = meter.Int64UpDownCounter("lahja.connections", metric.WithUnit("{connection}"),
		metric.WithDescription("Peers that are connected."))
	errs = append(errs, err)
	m.handled, err = meter.Float64Histogram("lahja.handler.duration", metric.WithUnit("s"),
		metric.WithDescription("How long handlers had an event."))
	errs = append(errs, err)
	m.requests, err = meter.Float64Histogram("lahja.request.duration", metric.WithUnit("s"),
		metric.WithDescription("How long requesters waited for answers."))
	return m, errors.Join(append(errs, err)...)
}

func (m *instruments) observe(o lahja.Observation) {
	for o := range o.Each() {
		m.observeOne(o)
	}
}

func (m *instruments) observeOne(o lahja.Observation) {
	if o.Peer == o.Endpoint && (o.Kind == lahja.EventSent || o.Kind == lahja.EventReceived) {
		return
	}
	ctx, with := context.Background(), attributesOf(o)
	switch o.Kind {
	case lahja.EventSent:
		m.sent.Add(ctx, 1, with)
		m.sentBytes.Add(ctx, int64(o.Size), with)
	case lahja.EventReceived:
		m.received.Add(ctx, int64(o.Events()), with)
		m.receivedBytes.Add(ctx, int64(o.Size), with)
	case lahja.EventHandled:
		for range o.Events() {
			m.handled.Record(ctx, o.Took.Seconds()/float64(o.Events()), with)
		}
	case lahja.EventTaken:
		m.taken.Add(ctx, 1, with)
	case lahja.BroadcastFailed:
		m.unsendable.Add(ctx, 1, with)
	case lahja.RequestEnded:
		m.requests.Record(ctx, o.Took.Seconds(), with)
	case lahja.EventDropped:
		var gap *lahja.Gap
		switch {
		case errors.As(o.Err, &gap):
			m.lost.Add(ctx, int64(gap.Lost), with)
		case o.Event == "":
			m.unsentBytes.Add(ctx, int64(o.Size), with)
		default:
			m.dropped.Add(ctx, 1, with)
		}
	case lahja.Connected:
		m.connections.Add(ctx, 1, with)
	case lahja.Disconnected:
		m.connections.Add(ctx, -1, with)
	case lahja.Refused:
		m.refused.Add(ctx, 1, with)
	}
}

func attributesOf(o lahja.Observation) metric.MeasurementOption {
	attributes := []attribute.KeyValue{attribute.String("lahja.endpoint", o.Endpoint), attribute.String("lahja.peer", o.Peer)}
	if o.Event != "" {
		attributes = append(attributes, attribute.String("lahja.event", o.Event))
	}
	if (o.Kind == lahja.EventHandled || o.Kind == lahja.RequestEnded) && o.Err != nil {
		attributes = append(attributes, attribute.String("error.type", errorType(o.Err)))
	}
	return metric.WithAttributeSet(attribute.NewSet(attributes...))
}

// errorType returns one of few names, because each makes its own time series.
func errorType(err error) string {
	if _, ok := errors.AsType[*lahja.PanicError](err); ok {
		return "panic"
	}
	if errors.Is(err, lahja.ErrHandlerExited) {
		return "exit"
	}
	return "error"
}
