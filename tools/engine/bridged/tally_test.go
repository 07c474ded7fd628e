package bridged_test

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"

	"github.com/lahja/go-lahja/lahja"
	"github.com/lahja/go-lahja/tools/drivers"
)

// tally is what an endpoint has counted of the numbered events between it and its peer.
type tally struct {
	// Sent were queued for the peer, and Came are those of the peer's.
	Sent, Came int
	// Holes is how often numbers are missing among those that came.
	Holes int
	// Ended is how many connections to the peer have.
	Ended int
	// Earlier is how many of the peer's events the endpoint knows to be lost with connections that have
	// ended.
	Earlier int
	// Reported is how many messages from the peer bridges have reported as lost while its connection
	// lasted, in so many Reports.
	Reported, Reports int
}

// counter makes the tally of this process's endpoint.
type counter struct {
	mu      sync.Mutex
	tally   tally
	peer    string
	latest  int
	noted   int           // connections that had ended at some time
	changed chan struct{} // closed when more has come, or a connection has ended
}

// counted is this process's, which has one endpoint.
var counted = &counter{latest: -1, changed: make(chan struct{})}

// observe counts what the endpoint observes.
func (c *counter) observe(all lahja.Observation) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for o := range all.Each() {
		switch {
		case c.peer == "" || o.Peer != c.peer:
		case o.Kind == lahja.Disconnected:
			c.tally.Ended++
			c.changesLocked()
		case o.Kind == lahja.EventSent && strings.HasSuffix(o.Event, "Numbered"):
			c.tally.Sent += o.Events()
		case o.Kind == lahja.EventDropped && !o.Outgoing:
			if gap, ok := o.Err.(*lahja.Gap); ok && gap.Earlier {
				c.tally.Earlier += int(gap.Lost)
			}
		}
	}
}

// listen counts what comes from a peer, and fails if that comes twice or out of order.
func (c *counter) listen(s *drivers.Scope, peer string) error {
	c.mu.Lock()
	c.peer = peer
	c.mu.Unlock()
	_, err := lahja.Subscribe(s.Endpoint(), func(_ context.Context, e lahja.Event[Numbered]) error {
		if e.Origin() != peer {
			return nil
		}
		c.mu.Lock()
		defer c.mu.Unlock()
		if e.Data.N <= c.latest {
			return fmt.Errorf("event %d came after event %d", e.Data.N, c.latest)
		}
		if c.tally.Came > 0 && e.Data.N > c.latest+1 {
			c.tally.Holes++
		}
		c.tally.Came++
		c.latest = e.Data.N
		c.changesLocked()
		return nil
	})
	return err
}

// more is how many events show that they pass again: more than could have waited.
const more = 500

// changesLocked wakes whoever waits.
func (c *counter) changesLocked() {
	close(c.changed)
	c.changed = make(chan struct{})
}

// wait waits until is, which is called with the lock held, returns true.
func (c *counter) wait(ctx context.Context, is func() bool) error {
	for {
		c.mu.Lock()
		done, changed, tally := is(), c.changed, c.tally
		c.mu.Unlock()
		if done {
			return nil
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return fmt.Errorf("%w: got %+v", ctx.Err(), tally)
		}
	}
}

// hearsMore waits until more events have come.
func (c *counter) hearsMore(ctx context.Context, _ *drivers.Scope) error {
	c.mu.Lock()
	want := c.tally.Came + more
	c.mu.Unlock()
	return c.wait(ctx, func() bool { return c.tally.Came >= want })
}

// note notes how many connections have ended, and losesPeer waits until more have: the next one may
// have begun by then.
func (c *counter) note(context.Context, *drivers.Scope) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.noted = c.tally.Ended
	return nil
}

func (c *counter) losesPeer(ctx context.Context, _ *drivers.Scope) error {
	return c.wait(ctx, func() bool { return c.tally.Ended > c.noted })
}

// hasLostNobody fails if the connection to the peer has ended.
func (c *counter) hasLostNobody(context.Context, *drivers.Scope) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.tally.Ended > 0 {
		return fmt.Errorf("%d connections to %s have ended", c.tally.Ended, c.peer)
	}
	return nil
}

// report reports the tally, with what the bridges have logged of events from the peer.
func (c *counter) report(s *drivers.Scope, peer, dir string) error {
	files, err := filepath.Glob(filepath.Join(dir, "*"+logFile))
	if err != nil {
		return err
	}
	c.mu.Lock()
	t := c.tally
	c.mu.Unlock()
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			return err
		}
		for line := range strings.Lines(string(text)) {
			var entry struct {
				Msg, Peer string
				Events    int
			}
			if err := json.Unmarshal([]byte(line), &entry); err != nil {
				return fmt.Errorf("%s: %w: %s", file, err, line)
			}
			if entry.Peer == peer && entry.Events > 0 { // bridge logs what it drops, and beBridge gaps.
				t.Reported += entry.Events
				t.Reports++
			}
		}
	}
	return s.Result("tally", t)
}
