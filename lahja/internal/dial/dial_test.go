package dial

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/lahja/go-lahja/internal/testkit"
	"github.com/lahja/go-lahja/lahja"
	"github.com/lahja/go-lahja/lahja/core"
)

var check = testkit.Check

// hub is the peer that the made-up endpoint connects to.
var hub = lahja.ConnectionConfig{Name: "hub", Address: "here"}

// host stands for an endpoint. It connects to whom the test lets it.
type host struct {
	*Registry[int]
	running sync.WaitGroup
	log     bytes.Buffer // read it after synctest.Wait

	mu      sync.Mutex // guards the rest
	holders map[string]bool
	seen    []lahja.Observation
	dials   []time.Duration // of the attempts to reconnect, since the start
	next    func(ctx context.Context, again bool) (Retry, error)
}

func newHost(t *testing.T) *host {
	h := &host{holders: map[string]bool{}, next: connected}
	made, err := core.New(core.Config{Name: "self", Endpoint: struct{ lahja.EndpointAPI }{}, Logger: slog.New(slog.NewTextHandler(&h.log, nil)),
		Observer: func(o lahja.Observation) {
			h.mu.Lock()
			defer h.mu.Unlock()
			h.seen = append(h.seen, o)
		}})
	check(t, err)
	check(t, made.Start())
	start := time.Now()
	h.Registry = New(Config[int]{Core: made, Mutex: &h.mu, Backoff: &lahja.Backoff{Least: time.Second, Most: 4 * time.Second, Jitter: -1},
		Begin:  func(lahja.ConnectionConfig) int { return 7 },
		Holder: func(name string) (held, listed bool) { return h.holders[name], h.holders[name] },
		Connect: func(ctx context.Context, a *Attempt[int]) (Retry, error) {
			if a.Own != 7 {
				t.Errorf("the attempt has %d, want what Begin returned", a.Own)
			}
			h.mu.Lock()
			if a.Again {
				h.dials = append(h.dials, time.Since(start))
			}
			outcome := h.next
			h.mu.Unlock()
			next, err := outcome(ctx, a.Again)
			if err == nil {
				h.mu.Lock()
				h.holders[a.Config.Name] = true
				h.mu.Unlock()
			}
			return next, err
		},
		Go: h.running.Go})
	t.Cleanup(func() {
		h.mu.Lock()
		h.StopLocked()
		h.mu.Unlock()
		h.running.Wait()
		made.Close()
	})
	return h
}

func connected(context.Context, bool) (Retry, error) { return Soon, nil }

func failing(next Retry, err error) func(context.Context, bool) (Retry, error) {
	return func(context.Context, bool) (Retry, error) { return next, err }
}

// become sets the outcome of the next attempts.
func (h *host) become(next func(context.Context, bool) (Retry, error)) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.next = next
}

// logged returns what was logged.
func (h *host) logged() string {
	synctest.Wait()
	return h.log.String()
}

// lose ends the connection to the hub after a time.
func (h *host) lose(after time.Duration) {
	h.mu.Lock()
	defer h.mu.Unlock()
	delete(h.holders, hub.Name)
	h.LostLocked(hub.Name, after)
}

func seconds(all ...int) (d []time.Duration) {
	for _, n := range all {
		d = append(d, time.Duration(n)*time.Second)
	}
	return d
}

func (h *host) wantDials(t *testing.T, want ...int) {
	t.Helper()
	h.mu.Lock()
	defer h.mu.Unlock()
	if !slices.Equal(h.dials, seconds(want...)) {
		t.Errorf("dialled after %v, want %v", h.dials, seconds(want...))
	}
}

func TestPausesGrowAndStartOverOnlyAfterALastingConnection(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHost(t)
		check(t, h.ConnectToEndpoints(t.Context(), hub))
		h.become(failing(Soon, lahja.ErrNoListener))
		h.lose(0)
		time.Sleep(8 * time.Second)
		h.wantDials(t, 1, 3, 7) // after 1 s, 2 s and 4 s
		h.become(connected)
		time.Sleep(4 * time.Second)
		h.wantDials(t, 1, 3, 7, 11)
		h.lose(0) // as if it had died of the first event
		time.Sleep(5 * time.Second)
		h.wantDials(t, 1, 3, 7, 11, 16)
		h.lose(time.Hour)
		time.Sleep(2 * time.Second)
		h.wantDials(t, 1, 3, 7, 11, 16, 18)
	})
}

func TestARefusalIsTriedAgainSlowlyAndLoggedOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHost(t)
		check(t, h.ConnectToEndpoints(t.Context(), hub))
		h.become(failing(Slowly, lahja.ErrConnectionAttemptRejected))
		h.lose(0)
		time.Sleep(10 * time.Second)
		h.wantDials(t, 1, 5, 9)
		if n := strings.Count(h.logged(), "will try again"); n != 1 {
			t.Errorf("logged %d times:\n%s", n, h.logged())
		}
		h.mu.Lock()
		defer h.mu.Unlock()
		if len(h.seen) != 3 || h.seen[0].Delay != 4*time.Second {
			t.Errorf("observed %v, want three attempts", h.seen)
		}
	})
}

func TestAUselessAttemptIsTheLast(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHost(t)
		check(t, h.ConnectToEndpoints(t.Context(), hub))
		h.become(failing(Never, lahja.ErrInvalid))
		h.lose(0)
		time.Sleep(time.Minute)
		h.wantDials(t, 1)
		logged := h.logged()
		h.mu.Lock()
		defer h.mu.Unlock()
		if h.KeepsLocked(hub.Name) || !strings.Contains(logged, "gave up") {
			t.Errorf("it did not give up; logged:\n%s", logged)
		}
	})
}

func TestACallTakesOverAndTheAttemptsResume(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHost(t)
		check(t, h.ConnectToEndpoints(t.Context(), hub))
		h.become(func(_ context.Context, again bool) (Retry, error) {
			if !again {
				time.Sleep(10 * time.Second)
			}
			return Soon, lahja.ErrNoListener
		})
		h.lose(0)
		if err := h.ConnectToEndpoints(t.Context(), hub); !errors.Is(err, lahja.ErrNoListener) {
			t.Errorf("got %v, want the call's own error", err)
		}
		h.wantDials(t) // None while the call dialled.
		time.Sleep(5 * time.Second)
		h.mu.Lock()
		defer h.mu.Unlock()
		if len(h.dials) == 0 {
			t.Error("the attempts did not resume")
		}
	})
}

func TestWhatCannotBeTried(t *testing.T) {
	h := newHost(t)
	self, again := lahja.ConnectionConfig{Name: "self"}, lahja.ConnectionConfig{Name: "other"}
	for want, configs := range map[string][]lahja.ConnectionConfig{
		"itself":        {again, self},
		"name each":     {again, again},
		"name is empty": {{}},
	} {
		if err := h.ConnectToEndpoints(t.Context(), configs...); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want %q in it", err, want)
		}
	}
	check(t, h.ConnectToEndpoints(t.Context(), hub))
	if err := h.ConnectToEndpoints(t.Context(), hub); !errors.Is(err, lahja.ErrConnectionAttemptRejected) {
		t.Errorf("got %v, want that it is connected", err)
	}
	h.mu.Lock()
	h.StopLocked()
	h.mu.Unlock()
	if err := h.ConnectToEndpoints(t.Context(), again); !errors.Is(err, lahja.ErrLifecycle) {
		t.Errorf("got %v, want %v", err, lahja.ErrLifecycle)
	}
}
