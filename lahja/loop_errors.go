package lahja

import (
	"errors"
	"fmt"
	"slices"

	"github.com/lahja/go-lahja/lahja/internal/ordered"
)

// maxLoopErrors is how many errors a loop keeps besides the one that ends it. A bound is
// needed because an endpoint may send any number of unusable answers.
const maxLoopErrors = 16

// loopErrors collects what Err returns after a loop over events.
type loopErrors struct {
	mu    ordered.Mutex[ordered.Leaf]
	along []error // the loop continued after these
	more  int     // number of such errors beyond maxLoopErrors
	end   error   // ended the loop
}

// begin forgets the previous loop.
func (l *loopErrors) begin() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.along, l.more, l.end = nil, 0, nil
}

// pass records an error after which the loop continues.
func (l *loopErrors) pass(err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.along) == maxLoopErrors {
		l.more++
		return
	}
	l.along = append(l.along, err)
}

// finish records what ended the loop, or nil.
func (l *loopErrors) finish(err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.end = err
}

func (l *loopErrors) joined() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	all := slices.Clone(l.along)
	if l.more > 0 {
		all = append(all, fmt.Errorf("lahja: and %d more errors", l.more))
	}
	if l.end != nil {
		all = append(all, l.end)
	}
	if len(all) == 1 {
		return all[0]
	}
	return errors.Join(all...)
}
