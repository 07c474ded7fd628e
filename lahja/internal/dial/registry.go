// Package dial holds an endpoint's own attempts to connect, one for each name, and the peers
// that it reconnects to. It knows nothing of how an attempt is made.
package dial

import (
	"context"
	"iter"
	"maps"
	"sync"

	"github.com/lahja/go-lahja/lahja"
	"github.com/lahja/go-lahja/lahja/core"
)

// Config is what a Registry needs of its endpoint.
type Config[T any] struct {
	// Core belongs to the endpoint.
	Core *core.Core
	// Mutex is the endpoint's lock. It guards the registry and its attempts.
	Mutex sync.Locker
	// Backoff is Options.Reconnect; Problem has checked it. Nil means that the endpoint never reconnects.
	Backoff *lahja.Backoff
	// Begin returns what the endpoint adds to an attempt. It is called with the lock held.
	Begin func(lahja.ConnectionConfig) T
	// Ended is called with the lock held after an attempt has ended. Nil means none.
	Ended func(name string)
	// Holder reports whether a connection has the name, and whether its peer is listed. It
	// is called with the lock held.
	Holder func(name string) (held, listed bool)
	// Connect makes an attempt: for a call until there is a ready connection or trying again
	// is useless, to reconnect only once. Retry matters only to reconnect.
	Connect func(context.Context, *Attempt[T]) (Retry, error)
	// Go runs a function on a goroutine that the endpoint waits for when it closes.
	Go func(func())
}

// Registry holds the attempts of one endpoint. The endpoint's lock must be held for the
// methods whose names end in Locked, and must not be held for the others.
type Registry[T any] struct {
	Config[T]
	attempts map[string]*Attempt[T]
	targets  map[string]*target
	stopped  bool
}

// New returns an empty registry.
func New[T any](config Config[T]) *Registry[T] {
	if config.Backoff != nil {
		complete, _ := config.Backoff.Complete() // Problem would have found an error.
		config.Backoff = &complete
	}
	return &Registry[T]{Config: config, attempts: map[string]*Attempt[T]{}, targets: map[string]*target{}}
}

// An Attempt is one attempt to connect, from the call to its end.
type Attempt[T any] struct {
	Config lahja.ConnectionConfig
	// Poked has a token if the holder of the name changed.
	Poked chan struct{}

	// The endpoint's lock guards these.

	Again      bool   // made to reconnect, not by a call; a call takes over
	Introduced bool   // our hello is on its way, and may be accepted
	Interrupt  func() // interrupts a wait that does not see Poked; nil for none
	Own        T
}

// interruptLocked makes the attempt check the state again.
func (a *Attempt[T]) interruptLocked() {
	if a.Interrupt != nil {
		a.Interrupt()
	}
	select {
	case a.Poked <- struct{}{}:
	default:
	}
}

// OfLocked returns the attempt for a name, or nil.
func (r *Registry[T]) OfLocked(name string) *Attempt[T] { return r.attempts[name] }

// AllLocked returns all attempts.
func (r *Registry[T]) AllLocked() iter.Seq[*Attempt[T]] { return maps.Values(r.attempts) }

// PokeLocked tells the attempt for a name that its holder changed.
func (r *Registry[T]) PokeLocked(name string) {
	if a := r.attempts[name]; a != nil {
		a.interruptLocked()
	}
}

// BeginLocked begins an attempt in the place of any other. End it with End.
func (r *Registry[T]) BeginLocked(config lahja.ConnectionConfig, again bool) *Attempt[T] {
	a := &Attempt[T]{Config: config, Again: again, Poked: make(chan struct{}, 1), Own: r.Begin(config)}
	r.attempts[config.Name] = a
	return a
}

// End ends attempts. Ending one again does nothing, because another attempt may have its
// place.
func (r *Registry[T]) End(attempts ...*Attempt[T]) {
	r.Mutex.Lock()
	defer r.Mutex.Unlock()
	for _, a := range attempts {
		name := a.Config.Name
		if r.attempts[name] != a {
			continue
		}
		delete(r.attempts, name)
		if r.Ended != nil {
			r.Ended(name)
		}
		r.resumeLocked(name)
	}
}

// TakenOver reports whether a call continues with the connection of an attempt to
// reconnect.
func (r *Registry[T]) TakenOver(a *Attempt[T]) bool {
	r.Mutex.Lock()
	defer r.Mutex.Unlock()
	return !r.stopped && r.attempts[a.Config.Name] != a
}

// StopLocked interrupts all attempts, because the endpoint closes. No others begin.
func (r *Registry[T]) StopLocked() {
	r.stopped = true
	for _, a := range r.attempts {
		a.interruptLocked()
	}
	for name := range r.targets {
		r.takeOverLocked(name)
	}
}

// CheckOpen returns ErrLifecycle once the endpoint closes.
func (r *Registry[T]) CheckOpen() error {
	r.Mutex.Lock()
	defer r.Mutex.Unlock()
	if r.stopped {
		return r.Core.LifecycleError("connect")
	}
	return nil
}
