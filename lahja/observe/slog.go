package observe

import (
	"context"
	"log/slog"

	"github.com/lahja/go-lahja/lahja"
)

// Slog returns an observer that writes one record for each observation. The message is
// "lahja: sent" and so on. The attributes are endpoint, peer, event, id, answers, trace
// (the trace's id), size (bytes), took and error, as far as they are known. The level is
//
//	Warn   for a dropped event or a refused connection
//	Info   for a peer that connected or disconnected
//	Debug  for everything else: events, and subscriptions
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
	add(o.Event != "", slog.String("event", o.Event))
	add(!o.ID.IsZero(), slog.String("id", o.ID.String()))
	add(!o.Answers.IsZero(), slog.String("answers", o.Answers.String()))
	add(traced, slog.String("trace", tc.TraceID()))
	add(o.Size != 0, slog.Int("size", o.Size))
	add(o.Kind == lahja.EventHandled, slog.Duration("took", o.Took))
	add(o.Err != nil, slog.Any("error", o.Err))
	return attrs
}
