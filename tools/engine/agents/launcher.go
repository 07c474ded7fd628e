package agents

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"maps"
	"net"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nkeys"

	"github.com/lahja/go-lahja/tools/engine"
	"github.com/lahja/go-lahja/tools/engine/internal/relay"
	"github.com/lahja/go-lahja/tools/engine/subprocess"
	"github.com/lahja/go-lahja/tools/internal/lasting"
)

// Options are a parent's.
type Options struct {
	// NATS are options for the server: credentials, TLS.
	NATS []nats.Option
	// Programs are files with builds of this program for other platforms, by platform:
	// "linux/arm64". EnvPrograms adds to them.
	Programs map[string]string
	// Key signs the orders to the agents; nil leaves them unsigned.
	Key nkeys.KeyPair
}

// At is the launcher of processes on agents, which it finds over the NATS server at url. Its
// connection is made when the first run begins, and lasts as long as the program.
func At(url string, options Options) subprocess.Launcher {
	return &launcher{url: url, options: options}
}

// name begins the names of engines on agents.
const name = "agents"

type launcher struct {
	url     string
	options Options

	connecting sync.Mutex
	conn       *nats.Conn
	refusals   *refusals
	builds     builds // that were sent; nil before

	known roster
	// holding are the agents that have the program, by their ids. One that has lost it since fetches it
	// when it is to start it.
	holding sync.Map
	// placed is how many drivers have had a place.
	placed atomic.Uint64
}

// Name implements subprocess.Launcher.
func (l *launcher) Name() string { return name }

// Has implements subprocess.Launcher.
func (l *launcher) Has() []engine.Capability { return nil }

// dialTime bounds one attempt to reach NATS.
const dialTime = 2 * time.Second

// connect returns the connection to NATS, and sees that the program is in the store.
func (l *launcher) connect(ctx context.Context) (*nats.Conn, error) {
	l.connecting.Lock()
	defer l.connecting.Unlock()
	if l.conn == nil {
		dialer := nats.SetCustomDialer(lasting.Dialer{Dialer: net.Dialer{Timeout: dialTime}})
		conn, refusals, err := connect(l.url, "lahja run", toParents, nil, slices.Concat([]nats.Option{dialer}, l.options.NATS)...)
		if err != nil {
			return nil, err
		}
		l.conn, l.refusals = conn, refusals
	}
	if l.builds == nil {
		all, err := l.programs()
		if err != nil {
			return nil, err
		}
		ctx, release := l.refusals.over(ctx)
		defer release()
		for _, p := range all {
			if err := ship(ctx, l.conn, p); err != nil {
				return nil, l.refusals.or(err)
			}
		}
		l.builds = all
	}
	return l.conn, nil
}

// programs are the builds of this program that there are.
func (l *launcher) programs() (builds, error) {
	others, err := othersFromEnvironment()
	if err != nil {
		return nil, err
	}
	maps.Copy(others, l.options.Programs)
	return buildsOf(others)
}

// Machines implements subprocess.Launcher: those of the agents. The program is sent here, which is
// no part of a run's time.
func (l *launcher) Machines(ctx context.Context) ([]engine.Machine, error) {
	all, err := l.machines(ctx)
	if errors.Is(err, nats.ErrNoResponders) { // As in Place.
		l.known.forget()
		return l.machines(ctx)
	}
	return all, err
}

func (l *launcher) machines(ctx context.Context) ([]engine.Machine, error) {
	conn, err := l.connect(ctx)
	if err != nil {
		return nil, err
	}
	ctx, release := l.refusals.over(ctx)
	defer release()
	all, err := l.known.agents(ctx, conn, l.builds)
	if err != nil {
		return nil, l.refusals.or(err)
	}
	var fetching sync.WaitGroup
	failed := make([]error, len(all))
	for i, a := range all {
		if _, known := l.holding.Load(a.ID); known {
			continue
		}
		fetching.Go(func() {
			if failed[i] = have(ctx, conn, a.ID, l.builds[a.Platform].sum); failed[i] == nil {
				l.holding.Store(a.ID, true)
			}
		})
	}
	fetching.Wait()
	if err := errors.Join(failed...); err != nil {
		return nil, l.refusals.or(err)
	}
	return machines(all), nil
}

func machines(all []Info) []engine.Machine {
	found := make([]engine.Machine, len(all))
	for i, a := range all {
		found[i] = a.machine()
	}
	return found
}

// assign finds an agent for each driver. Each run begins with another agent, so that runs at once
// are spread as well.
func (l *launcher) assign(run subprocess.Placing, all []Info) ([]int, error) {
	first := int(l.placed.Add(uint64(len(run.Drivers))) % uint64(len(all)))
	at, err := run.Assign(machines(slices.Concat(all[first:], all[:first])))
	for i := range at {
		if at[i] >= 0 {
			at[i] = (at[i] + first) % len(all)
		}
	}
	return at, err
}

// have returns when an agent has a program.
func have(ctx context.Context, conn *nats.Conn, agent, sum string) error {
	for {
		a, err := callFor(ctx, conn, agent, request{Request: relay.Request{Op: opProgram}, Program: sum}, briefly)
		if err != nil || !a.Coming {
			return err
		}
	}
}

// Place implements subprocess.Launcher: drivers are spread over the agents.
func (l *launcher) Place(ctx context.Context, run subprocess.Placing) (subprocess.Placement, error) {
	placed, err := l.place(ctx, run)
	if errors.Is(err, nats.ErrNoResponders) { // An agent has gone since the others were asked.
		l.known.forget()
		return l.place(ctx, run)
	}
	return placed, err
}

func (l *launcher) place(ctx context.Context, run subprocess.Placing) (subprocess.Placement, error) {
	conn, err := l.connect(ctx)
	if err != nil {
		return nil, err
	}
	all, err := l.known.agents(ctx, conn, l.builds)
	if err != nil {
		return nil, err
	}
	at, err := l.assign(run, all)
	if err != nil {
		return nil, err
	}
	key, err := nkeys.CreateCurveKeys()
	if err != nil {
		return nil, fmt.Errorf("agents: make a key for the run: %w", err)
	}
	placed := &placement{launcher: l, conn: conn, run: rand.Text(), key: key, agents: map[string]*remote{}}
	for i, d := range run.Drivers {
		if d == nil {
			placed.at = append(placed.at, nil)
			continue
		}
		info := all[at[i]]
		if placed.agents[info.ID] == nil {
			placed.agents[info.ID] = newRemote(conn, info, placed.run)
		}
		placed.agents[info.ID].drivers++
		placed.at = append(placed.at, placed.agents[info.ID])
	}
	if err := placed.greet(ctx); err != nil {
		placed.Close()
		return nil, err
	}
	return placed, nil
}
