package bridged_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"testing"
	"time"

	"github.com/lahja/go-lahja/lahja"
	"github.com/lahja/go-lahja/lahja/natsbus"
	"github.com/lahja/go-lahja/lahja/p2p"
	"github.com/lahja/go-lahja/tools/drivers"
	"github.com/lahja/go-lahja/tools/engine/netns"
	"github.com/lahja/go-lahja/tools/runner"
)

// Numbered is an event with a number: a sender's follow each other from 0.
type Numbered struct{ N int }

// outageBridges is the backend of the outages: each run has a server to itself, bridges notice soon
// what has gone, and endpoints count.
var outageBridges = &apart{name: "outage-bridges", ownServer: true,
	options: p2p.Options{Observer: counted.observe},
	bridges: natsbus.Options{Heartbeat: 200 * time.Millisecond, Liveness: 3 * time.Second}}

// outages are scenarios in which both sides send numbered events all the while. They mean something on
// hosts of their own alone, and so stand here.
var outages = []drivers.Scenario{
	outage("bridges/bridge-is-killed", "While a bridge is killed and started again, on either side, nothing arrives twice or out of order, and endpoints that find each other again know how many events were lost.",
		gap{"kill the bridge on west", func(_ context.Context, dir string) error { return killed(dir, "west") }, true},
		gap{"kill the bridge on east", func(_ context.Context, dir string) error { return killed(dir, "east") }, true}),
	outage("bridges/network-is-cut", "While a host has no network, nothing arrives twice or out of order, and endpoints that find each other again know how many events were lost.",
		gap{"unplug", func(ctx context.Context, _ string) error { return netns.Unplug(ctx) }, true}),
	outage("bridges/nats-restarts", "While the NATS server is restarted, nobody is given up, nothing arrives twice or out of order, and each event arrives or is reported lost.",
		gap{"kill the server", func(_ context.Context, dir string) error { return killed(dir, "hub") }, false}),
}

// gap is something that happens to what joins two endpoints, on the client's host.
type gap struct {
	name string
	do   func(ctx context.Context, dir string) error
	ends bool // the connection; when both sides know that, the network is back
}

func outage(name, rule string, gaps ...gap) drivers.Scenario {
	return drivers.CaseFunc(name, rule, func(env *drivers.Env) []*drivers.Driver {
		server := env.Config("server")
		dir := filepath.Dir(filepath.Dir(server.Address)) // of the sockets' directories
		return []*drivers.Driver{
			drivers.New(drivers.ServeEndpoint(server), drivers.Sequence(survives("client", dir, gaps, nil)...)).WithActionTimeout(time.Minute),
			drivers.New(drivers.RunEndpoint("client").WithReconnect(), drivers.Sequence(survives("server", dir, gaps, drivers.ConnectToEndpoints(server))...)).
				WithActionTimeout(time.Minute),
		}
	})
}

// survives is what an endpoint does while its connection to a peer is disturbed; connect is nil on the
// server.
func survives(peer, dir string, gaps []gap, connect drivers.Action) []drivers.Action {
	all := []drivers.Action{drivers.Do("listen", func(_ context.Context, s *drivers.Scope) error { return counted.listen(s, peer) })}
	if connect != nil {
		all = append(all, connect)
	}
	all = append(all,
		drivers.WaitUntilEndpointSubscribedTo[Numbered](peer),
		drivers.Checkpoint("connected"),
		drivers.Background("send", drivers.Do("send on", sendOn)),
		drivers.Do("hear", counted.hearsMore))
	for _, g := range gaps {
		all = append(all, drivers.Do("note", counted.note), drivers.Checkpoint("before: "+g.name))
		if connect != nil {
			all = append(all, drivers.Do(g.name, func(ctx context.Context, _ *drivers.Scope) error { return g.do(ctx, dir) }))
		}
		if g.ends {
			all = append(all, drivers.Do("lose the peer", counted.losesPeer), drivers.Checkpoint("noticed: "+g.name))
		}
		if connect != nil {
			all = append(all, drivers.Do("plug", func(ctx context.Context, _ *drivers.Scope) error { return netns.Plug(ctx) }))
		}
		all = append(all,
			drivers.WaitUntilConnectedTo(peer),
			drivers.Checkpoint("after: "+g.name),
			drivers.Do("hear", counted.hearsMore))
		if !g.ends {
			all = append(all, drivers.Do("know the peer", counted.hasLostNobody))
		}
	}
	return append(all,
		drivers.Checkpoint("all heard"),
		drivers.Cancel("send"),
		drivers.Checkpoint("all sent"),
		drivers.Sync(peer),
		drivers.Checkpoint("all synced"),
		drivers.Do("report", func(_ context.Context, s *drivers.Scope) error { return counted.report(s, peer, dir) }))
}

// pace is the time between two events of a sender.
const pace = 500 * time.Microsecond

// sendOn broadcasts numbered events, also while nobody is there.
func sendOn(ctx context.Context, s *drivers.Scope) error {
	ticker := time.NewTicker(pace)
	defer ticker.Stop()
	for n := 0; ; n++ {
		select {
		case <-ctx.Done():
			return nil
		case <-ticker.C:
		}
		err := lahja.Broadcast(ctx, s.Endpoint(), Numbered{N: n}, lahja.BroadcastConfig{AllowNoSubscribers: true})
		if err != nil && ctx.Err() == nil {
			return err
		}
	}
}

// killed kills a process of the run's, and returns when it has been started again.
func killed(dir, host string) error {
	read := func() (int, error) {
		text, err := os.ReadFile(filepath.Join(dir, host+pidFile))
		if err != nil {
			return 0, err
		}
		return strconv.Atoi(string(text))
	}
	before, err := read()
	if err != nil {
		return err
	}
	process, err := os.FindProcess(before)
	if err != nil {
		return err
	}
	if err := process.Kill(); err != nil {
		return err
	}
	for end := time.Now().Add(time.Minute); ; time.Sleep(5 * time.Millisecond) { // Between looks.
		now, err := read()
		switch {
		case err != nil || now != before:
			return err
		case time.Now().After(end):
			return errors.New("it was not started again")
		}
	}
}

// mostControl is how many of the messages that were reported lost may have been no events.
const mostControl = 100

// Nothing comes twice or out of order (the handlers see to that). Where connections have ended, both sides
// know exactly what was lost; where none has, bridges have reported at least that.
func TestLossesOverTwoBridgesAreReported(t *testing.T) {
	n := machines(t)
	e := across(n, outageBridges)
	for _, s := range outages {
		t.Run(s.Name, func(t *testing.T) {
			report := (&runner.Runner{Engine: e, Timeout: time.Minute}).Run(t.Context(), s)
			if report.Verdict != runner.Passed {
				t.Fatal(report)
			}
			tallies := map[string]*tally{"server": {}, "client": {}}
			for who, tally := range tallies {
				if err := report.Result(who, "tally", tally); err != nil {
					t.Fatal(err)
				}
			}
			for _, way := range [][2]string{{"server", "client"}, {"client", "server"}} {
				if wrong := compare(tallies[way[0]], tallies[way[1]]); wrong != nil {
					t.Errorf("from %s to %s: %v", way[0], way[1], wrong)
				}
				t.Logf("from %s to %s: %d sent, %+v", way[0], way[1], tallies[way[0]].Sent, *tallies[way[1]])
			}
		})
	}
}

// compare compares what was lost between a sender and a receiver with what was reported.
func compare(sender, receiver *tally) error {
	lost, reported := sender.Sent-receiver.Came, receiver.Reported
	switch {
	case lost < 0:
		return fmt.Errorf("%d came, which is more than the %d that were sent", receiver.Came, sender.Sent)
	case receiver.Ended > 0 && receiver.Earlier != lost:
		return fmt.Errorf("%d were lost, and it knows of %d", lost, receiver.Earlier)
	case receiver.Ended == 0 && (reported < lost || reported > lost+mostControl):
		return fmt.Errorf("%d were lost, and %d messages reported, though no connection has ended", lost, reported)
	case receiver.Holes > receiver.Ended+receiver.Reports:
		return fmt.Errorf("there are %d holes, and only %d connections ended and %d reports", receiver.Holes, receiver.Ended, receiver.Reports)
	}
	return nil
}
