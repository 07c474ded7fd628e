// Package loglimit keeps one cause from filling a log: of lines that repeat it lets a few
// pass, and says how many it held back. It is written here because the handlers that sample
// do not say on the next line what is missing, nor at the end.
package loglimit

import (
	"context"
	"log/slog"
	"sync"
	"time"
)

const (
	// Burst is how many lines of one kind pass at once, and Every how soon another one does.
	Burst = 10
	Every = time.Second
	// MaxKinds is how many kinds of line are told apart. Of more, those of one message
	// count together.
	MaxKinds = 1_000
)

// Limiter counts lines by their kind: level, message and the attribute "event".
type Limiter struct {
	mu    sync.Mutex
	kinds map[kind]*count
}

type kind struct {
	level          slog.Level
	message, event string
}

// count is what is known of one kind.
type count struct {
	left    int       // that may pass at once
	since   time.Time // when left was right
	held    uint64    // lines held back since one passed
	handler slog.Handler
}

// New returns a logger that writes to the given one within limits, and what limits it. A nil
// logger is slog.Default, whatever that is by then.
func New(to *slog.Logger) (*slog.Logger, *Limiter) {
	l := &Limiter{kinds: map[kind]*count{}}
	h := &handler{limiter: l}
	if to != nil {
		h.next = to.Handler()
	}
	return slog.New(h), l
}

// Close writes how many lines of each kind were held back and have not been told of. Lines
// that come later are limited as before.
func (l *Limiter) Close() {
	l.mu.Lock()
	type summary struct {
		kind
		handler slog.Handler
		held    uint64
	}
	var all []summary
	for k, c := range l.kinds {
		if c.held > 0 {
			all = append(all, summary{k, c.handler, c.held})
			c.held = 0
		}
	}
	l.mu.Unlock()
	for _, s := range all {
		r := slog.NewRecord(time.Now(), s.level, "lahja: repeated lines were not logged", 0)
		r.AddAttrs(slog.String("line", s.message), slog.Uint64("suppressed", s.held))
		if s.event != "" {
			r.AddAttrs(slog.String("event", s.event))
		}
		_ = s.handler.Handle(context.Background(), r) // Nobody is left to be told.
	}
}

// passes reports whether a line may be written now, and how many were held back before it.
func (l *Limiter) passes(k kind, now time.Time, to slog.Handler) (held uint64, ok bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	c := l.countLocked(k, now)
	c.handler = to
	if since := now.Sub(c.since); since >= Every {
		gained := int(min(since/Every, Burst))
		c.left = min(c.left+gained, Burst)
		c.since = now
	}
	if c.left == 0 {
		c.held++
		return 0, false
	}
	c.left--
	held, c.held = c.held, 0
	return held, true
}

func (l *Limiter) countLocked(k kind, now time.Time) *count {
	if c := l.kinds[k]; c != nil {
		return c
	}
	if len(l.kinds) >= MaxKinds {
		l.forgetLocked(now)
	}
	if len(l.kinds) >= MaxKinds {
		k.event = ""
		if c := l.kinds[k]; c != nil {
			return c
		}
		if len(l.kinds) >= 2*MaxKinds { // Messages are few; somebody makes them up.
			k = kind{level: k.level}
			if c := l.kinds[k]; c != nil {
				return c
			}
		}
	}
	c := &count{left: Burst, since: now}
	l.kinds[k] = c
	return c
}

// forgetLocked forgets the kinds of which nothing has come for so long that it makes no
// difference.
func (l *Limiter) forgetLocked(now time.Time) {
	for k, c := range l.kinds {
		if c.held == 0 && now.Sub(c.since) >= Burst*Every {
			delete(l.kinds, k)
		}
	}
}

// handler is the slog.Handler of New.
type handler struct {
	next    slog.Handler // nil for that of slog.Default
	limiter *Limiter
}

func (h *handler) to() slog.Handler {
	if h.next == nil {
		return slog.Default().Handler()
	}
	return h.next
}

// Enabled implements slog.Handler.
func (h *handler) Enabled(ctx context.Context, level slog.Level) bool {
	return h.to().Enabled(ctx, level)
}

// Handle implements slog.Handler. No lock is held while the line is written.
func (h *handler) Handle(ctx context.Context, r slog.Record) error {
	k := kind{level: r.Level, message: r.Message}
	r.Attrs(func(a slog.Attr) bool {
		if a.Key == "event" && a.Value.Kind() == slog.KindString {
			k.event = a.Value.String()
		}
		return k.event == ""
	})
	held, ok := h.limiter.passes(k, time.Now(), h.to())
	if !ok {
		return nil
	}
	if held > 0 {
		r = r.Clone()
		r.AddAttrs(slog.Uint64("suppressed", held))
	}
	return h.to().Handle(ctx, r)
}

// WithAttrs implements slog.Handler.
func (h *handler) WithAttrs(attrs []slog.Attr) slog.Handler {
	return &handler{next: h.to().WithAttrs(attrs), limiter: h.limiter}
}

// WithGroup implements slog.Handler.
func (h *handler) WithGroup(name string) slog.Handler {
	return &handler{next: h.to().WithGroup(name), limiter: h.limiter}
}
