package observe

import (
	"context"
	"log/slog"

	"github.com/lahja/go-lahja/internal/brief"
	"github.com/lahja/go-lahja/lahja"
)

// Slog returns an observer that writes one record for each observation. The message is
// "lahja: sent" and so on. The attributes are endpoint, peer, event, id, answers, trace
// (the trace's id), count (of events that came together), size (bytes), took, answer (its id), types (a few of them) and error, as
// far as they are known. The level is
//
//	Warn   for a dropped event or a refused connection
//	Info   for a peer that connected or disconnected
//	Debug  for everything else: events, requests, subscriptions, and broadcasts that
//	       failed, because their callers get the error
//
// If logger is nil, each record goes to the current slog.Default. The endpoint itself logs
// failures of handlers (Options.Logger), and the drops that are somebody's mistake.
func Slog(logger *slog.Logger) lahja.Observer {
	return func(o lahja.Observation) {
		to, level, ctx := logger, levelOf(o.Kind), context.Background()
		if to == nil {
			to = slog.Default()
		}
		if to.Enabled(ctx, level) {
			to.LogAttrs(ctx, level, "lahja: "+o.Kind.String(), attributes(o)...)
		}
	}
}

func levelOf(kind lahja.ObservationKind) slog.Level {
	switch kind {
	case lahja.EventDropped, lahja.Refused:
		return slog.LevelWarn
	case lahja.Connected, lahja.Disconnected:
		return slog.LevelInfo
	}
	return slog.LevelDebug
}

// attributes returns the attributes that are not empty.
func attributes(o lahja.Observation) []slog.Attr {
	attrs := []slog.Attr{slog.String("endpoint", o.Endpoint)}
	add := func(given bool, attr slog.Attr) {
		if given {
			attrs = append(attrs, attr)
		}
	}
	tc, traced := o.Headers.Trace()
	add(o.Peer != "", slog.String("peer", o.Peer))
	add(len(o.Peers) > 0, slog.String("peers", brief.List(o.Peers)))
	add(o.Event != "", slog.String("event", o.Event))
	add(!o.ID.IsZero(), slog.String("id", o.ID.String()))
	add(!o.Answers.IsZero(), slog.String("answers", o.Answers.String()))
	add(traced, slog.String("trace", tc.TraceID()))
	add(o.Count > 1, slog.Int("count", o.Count))
	add(o.Size != 0, slog.Int("size", o.Size))
	add(o.Kind == lahja.EventHandled || o.Kind == lahja.RequestEnded, slog.Duration("took", o.Took))
	add(!o.Answer.IsZero(), slog.String("answer", o.Answer.String()))
	add(len(o.Types) > 0, slog.String("types", typeNames(o.Types)))
	add(o.Err != nil, slog.Any("error", o.Err))
	return attrs
}

// typeNames names a few of the types, and how many more there are.
func typeNames(types []lahja.EventType) string {
	return brief.Each(len(types), ", ", func(i int) string { return brief.Name(types[i].Name) })
}
