package engine

import (
	"context"
	"fmt"
	"io/fs"
	"sync"
	"syscall"
	"time"
)

// Names is where the listeners of one run say at which addresses they are, where that is known
// only when they listen: at a port that the system chose, on a machine that somebody else chose.
// All methods are safe for concurrent use, and in every process of the run.
type Names interface {
	// Publish says that a listener of this process is at address, under that name. Withdraw
	// takes that back; the end of the process does, too. Where another process has published the
	// name, Publish waits for up to 250 ms for it to end, and then fails with syscall.EADDRINUSE.
	Publish(ctx context.Context, name, address string) (withdraw func() error, err error)
	// Lookup returns who listens under a name, and fs.ErrNotExist where nobody does.
	Lookup(ctx context.Context, name string) (Listening, error)
}

// Listening is a listener that has been published.
type Listening struct {
	// Address is where it is.
	Address string `json:"address,omitempty"`
	// Serial is larger than that of all that have been published before in the run.
	Serial uint64 `json:"serial"`
}

// nameWait is how long a process that is being killed may take to end: it waits for a processor
// as any other. Who listens where somebody lives learns of it after as long.
const nameWait = 250 * time.Millisecond

// NameTable holds the names of one run, in the process that began it. The zero value is ready.
type NameTable struct {
	mu     sync.Mutex
	last   uint64
	names  map[string]published
	change chan struct{} // closed when a name is free again; nil while nobody waits
}

// published is a name's listener and whose that is.
type published struct {
	Listening
	owner any
}

// Of is the table as one process sees it: Free with the same owner frees its names.
func (t *NameTable) Of(owner any) Names { return ownNames{t, owner} }

// Publish implements Names, for this process.
func (t *NameTable) Publish(ctx context.Context, name, address string) (withdraw func() error, err error) {
	return t.Of(nil).Publish(ctx, name, address)
}

// Lookup implements Names.
func (t *NameTable) Lookup(_ context.Context, name string) (Listening, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if p, ok := t.names[name]; ok {
		return p.Listening, nil
	}
	return Listening{}, nobodyListens(name)
}

func nobodyListens(name string) error {
	return fmt.Errorf("nobody listens as %q: %w", name, fs.ErrNotExist)
}

// Free frees the names that the owner has published: its process has ended.
func (t *NameTable) Free(owner any) {
	t.remove(func(_ string, p published) bool { return p.owner == owner })
}

// Withdraw frees a name, if that listener has it still.
func (t *NameTable) Withdraw(name string, serial uint64) {
	t.remove(func(n string, p published) bool { return n == name && p.Serial == serial })
}

func (t *NameTable) remove(chosen func(name string, p published) bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for name, p := range t.names {
		if chosen(name, p) {
			delete(t.names, name)
			if t.change != nil {
				close(t.change)
				t.change = nil
			}
		}
	}
}

// take publishes a name that is free, or returns what is closed when one becomes free.
func (t *NameTable) take(owner any, name, address string) (serial uint64, busy <-chan struct{}) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if _, ok := t.names[name]; ok {
		if t.change == nil {
			t.change = make(chan struct{})
		}
		return 0, t.change
	}
	if t.names == nil {
		t.names = map[string]published{}
	}
	t.last++
	t.names[name] = published{Listening{address, t.last}, owner}
	return t.last, nil
}

// ownNames is a table as one process sees it.
type ownNames struct {
	*NameTable
	owner any
}

// Publish implements Names.
func (n ownNames) Publish(ctx context.Context, name, address string) (withdraw func() error, err error) {
	ctx, cancel := context.WithTimeoutCause(ctx, nameWait, syscall.EADDRINUSE)
	defer cancel()
	for {
		serial, busy := n.take(n.owner, name, address)
		if busy == nil {
			return func() error { n.Withdraw(name, serial); return nil }, nil
		}
		select {
		case <-ctx.Done():
			return nil, fmt.Errorf("another one listens as %q: %w", name, context.Cause(ctx))
		case <-busy:
		}
	}
}
