package natsbus_test

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/nats-io/nats.go"

	"github.com/lahja/go-lahja/lahja"
	"github.com/lahja/go-lahja/lahja/natsbus"
	"github.com/lahja/go-lahja/lahja/natsbus/natstest"
)

// attempts gathers those that failed, and what is logged.
type attempts struct {
	mu   sync.Mutex
	seen []lahja.Observation
	log  bytes.Buffer
}

func (a *attempts) observe(o lahja.Observation) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if o.Kind == lahja.Reconnecting {
		a.seen = append(a.seen, o)
	}
}

func (a *attempts) Write(p []byte) (int, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.log.Write(p)
}

func (a *attempts) get() ([]lahja.Observation, string) {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.seen, a.log.String()
}

// returning are options with which an endpoint goes back.
func returning(s *natstest.Server, a *attempts) *natsbus.Options {
	o := options(s)
	o.Reconnect = &lahja.Backoff{Least: time.Millisecond, Most: 20 * time.Millisecond}
	o.Observer, o.Logger = a.observe, slog.New(slog.NewTextHandler(a, nil))
	return o
}

func TestBackoffThatCannotBe(t *testing.T) {
	_, err := natsbus.New("client", &natsbus.Options{Reconnect: &lahja.Backoff{Factor: -1}})
	if !errors.Is(err, lahja.ErrInvalid) {
		t.Errorf("got %v, want %v", err, lahja.ErrInvalid)
	}
}

func TestCallsAndAttemptsOfOneNameAgree(t *testing.T) {
	s := start(t, nil)
	hub := serve(t, "hub", options(s))
	client := run(t, "client", returning(s, &attempts{}), "hub")
	ticks := stream[Tick](t, client)
	for i := range 30 {
		check(t, hub.Close())
		hub = serve(t, "hub", options(s))
		if i%2 == 0 { // it may do so itself before
			err := client.ConnectToEndpoints(limited(t), lahja.ConnectionConfig{Name: "hub"})
			if err != nil && !strings.Contains(err.Error(), "already connected") {
				t.Fatal(err)
			}
		}
		check(t, lahja.WaitUntilConnectedTo(limited(t), hub, "client"))
		check(t, lahja.Broadcast(limited(t), hub, Tick{N: i}))
		if e, err := ticks.Next(limited(t)); err != nil || e.Data.N != i {
			t.Fatalf("got %v, %v; want tick %d", e, err, i)
		}
	}
}

func TestARefusedNameIsTriedAgainAndLoggedOnce(t *testing.T) {
	s := start(t, nil)
	hub := serve(t, "hub", options(s))
	var a attempts
	var c cord
	refused := make(chan struct{}, 3)
	o := returning(s, &a)
	o.NATS = []nats.Option{nats.SetCustomDialer(&c)}
	o.Observer = func(o lahja.Observation) {
		if o.Kind == lahja.Reconnecting && errors.Is(o.Err, lahja.ErrConnectionAttemptRejected) {
			select {
			case refused <- struct{}{}:
			default:
			}
		}
	}
	client := run(t, "client", o, "hub")
	check(t, hub.Shutdown(limited(t)))
	check(t, lahja.WaitUntilDisconnectedFrom(limited(t), client, "hub"))
	c.set(true) // until another one has the name
	serve(t, "hub", options(s))
	other := run(t, "client", options(s), "hub")
	c.set(false)
	for range cap(refused) {
		select {
		case <-refused:
		case <-limited(t).Done():
			t.Fatal("it was not refused")
		}
	}
	check(t, other.Close())
	check(t, lahja.WaitUntilConnectedTo(limited(t), client, "hub"))
	if _, text := a.get(); strings.Count(text, "will try again") != 1 {
		t.Errorf("logged:\n%s", text)
	}
}

func TestNoAttemptsAreMadeWithoutAServer(t *testing.T) {
	s := start(t, nil)
	serve(t, "hub", options(s))
	var a attempts
	var c cord
	o := returning(s, &a)
	o.NATS = []nats.Option{nats.SetCustomDialer(&c)}
	o.Heartbeat, o.Liveness, o.ListenWait = 20*time.Millisecond, 200*time.Millisecond, 50*time.Millisecond
	client := run(t, "client", o, "hub")
	c.set(true)
	check(t, lahja.WaitUntilDisconnectedFrom(limited(t), client, "hub"))
	for range 3 { // An attempt takes no longer than a call.
		err := client.ConnectToEndpoints(limited(t), lahja.ConnectionConfig{Name: "nobody"})
		if !errors.Is(err, lahja.ErrNoListener) {
			t.Errorf("got %v, want %v", err, lahja.ErrNoListener)
		}
	}
	if seen, _ := a.get(); len(seen) != 0 {
		t.Errorf("got %v while there was no server", seen)
	}
	c.set(false)
	check(t, lahja.WaitUntilConnectedTo(limited(t), client, "hub"))
}

func TestEndStopsTheAttemptsAtOnce(t *testing.T) {
	ends := map[string]func(*natsbus.Endpoint) error{
		"close":    func(ep *natsbus.Endpoint) error { return ep.Close() },
		"shutdown": func(ep *natsbus.Endpoint) error { return ep.Shutdown(context.Background()) },
	}
	for name, end := range ends {
		t.Run(name, func(t *testing.T) {
			s := start(t, nil)
			hub := serve(t, "hub", options(s))
			o := options(s)
			o.Reconnect = &lahja.Backoff{Least: time.Hour, Most: time.Hour}
			client := run(t, "client", o, "hub")
			check(t, hub.Close())
			check(t, lahja.WaitUntilDisconnectedFrom(limited(t), client, "hub"))
			ended := make(chan error, 1)
			go func() { ended <- end(client) }()
			select {
			case err := <-ended:
				check(t, err)
			case <-time.After(patience):
				t.Fatal("it waits for the attempts")
			}
		})
	}
}
