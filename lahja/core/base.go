package core

import (
	"log/slog"
	"sync/atomic"
	"time"

	"github.com/lahja/go-lahja/lahja"
	"github.com/lahja/go-lahja/lahja/internal/work"
)

// base is what the core shares with its subscriptions: its configuration, errors, counts and
// goroutines. It knows neither the core nor the subscriptions.
type base struct {
	cfg      Config
	instance uint64
	made     time.Time  // what observations count their time from
	handlers work.Group // that call handlers
	workers  work.Pool
	calling  atomic.Int64 // how many handlers readers call now
	counts   coreCounts

	subscriptions atomic.Uint64 // numbers them, for the observer
}

// Name returns the endpoint's name.
func (b *base) Name() string { return b.cfg.Name }

// Instance identifies this run of the endpoint. It is random and never 0.
func (b *base) Instance() uint64 { return b.instance }

// LifecycleError returns ErrLifecycle for an endpoint that was closed.
func (b *base) LifecycleError(op string) error {
	return b.Fail(op, lahja.ErrLifecycle, "it was closed")
}

// Fail makes an error of this endpoint.
func (b *base) Fail(op string, kind error, detail string) *lahja.Error {
	return &lahja.Error{Op: op, Endpoint: b.cfg.Name, Kind: kind, Detail: detail}
}

// Warn logs a warning about a peer, or about none if peer is empty.
func (b *base) Warn(message, peer string, reason error) {
	b.cfg.Logger.Warn(message, slog.String("endpoint", b.cfg.Name), slog.String("peer", peer), slog.Any("error", reason))
}
