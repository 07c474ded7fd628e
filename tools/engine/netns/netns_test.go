package netns_test

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"

	"github.com/lahja/go-lahja/internal/netnstest"
	"github.com/lahja/go-lahja/scenarios"
	"github.com/lahja/go-lahja/tools/drivers"
	"github.com/lahja/go-lahja/tools/engine"
	"github.com/lahja/go-lahja/tools/engine/subprocess"
	"github.com/lahja/go-lahja/tools/engine/transports"
	"github.com/lahja/go-lahja/tools/internal/race"
	"github.com/lahja/go-lahja/tools/runner"
)

func TestEveryScenarioHoldsOverTwoHosts(t *testing.T) {
	n := network(t)
	runner.Test(t, chosen(scenarios.All()), subprocess.Engine{Backends: []engine.Backend{transports.TCP()}, Launcher: subprocess.Hosts(n.Hosts())})
}

// chosen is all of them, or every tenth under the race detector: the hosts are on one machine, where
// other packages race the same code.
func chosen(all []drivers.Scenario) (some []drivers.Scenario) {
	if race.Factor == 1 {
		return all
	}
	for i := 0; i < len(all); i += 10 {
		some = append(some, all[i])
	}
	return some
}

// topics are those in which most goes from host to host. The others are run over TCP
// alone, as they take a quarter of a minute more.
var topics = []string{"broadcast", "close", "crash", "order", "payload", "request"}

func TestScenariosHoldOverTwoHostsWithTLSAndNATS(t *testing.T) {
	n := network(t)
	netnstest.StartServer(t, n)
	var topical []drivers.Scenario
	for _, s := range scenarios.All() {
		if topic, _, _ := strings.Cut(s.Name, "/"); slices.Contains(topics, topic) {
			topical = append(topical, s)
		}
	}
	for _, backend := range []engine.Backend{transports.TLS(), onHub} {
		runner.Test(t, chosen(topical), subprocess.Engine{Backends: []engine.Backend{backend}, Launcher: subprocess.Hosts(n.Hosts())})
	}
}

// placement is a scenario that tells where its drivers are.
var placement = []drivers.Scenario{{
	Name: "placement/in-turn",
	Rule: "Drivers are given to hosts in turn, and what serves listens at its host's address.",
	Drivers: func(env *drivers.Env) []*drivers.Driver {
		addresses := drivers.Do("addresses", func(_ context.Context, s *drivers.Scope) error {
			all, err := net.InterfaceAddrs()
			if err != nil {
				return err
			}
			var texts []string
			for _, a := range all {
				if ip := a.(*net.IPNet).IP; !ip.IsLoopback() && ip.To4() != nil {
					texts = append(texts, ip.String())
				}
			}
			return s.Result("addresses", texts)
		})
		listens := drivers.Do("listens", func(_ context.Context, s *drivers.Scope) error {
			own, ok := s.Engine().(engine.RawDialer).Transport().(engine.ListensAt)
			if !ok || len(own.ListenAddrs()) != 1 {
				return errors.New("the transport does not say where its one listener is")
			}
			host, _, err := net.SplitHostPort(own.ListenAddrs()[0].String())
			if err != nil {
				return err
			}
			return s.Result("listens", host)
		})
		var all []*drivers.Driver
		for _, name := range []string{"first", "second", "third"} {
			all = append(all, drivers.New(drivers.ServeEndpoint(env.Config(name)), addresses, listens))
		}
		return all
	},
}}

func TestDriversAreOnTheirHosts(t *testing.T) {
	n := network(t)
	for _, backend := range []engine.Backend{transports.TCP(), transports.TLS()} {
		r := runner.Runner{Engine: subprocess.Engine{Backends: []engine.Backend{backend}, Launcher: subprocess.Hosts(n.Hosts())}}
		report := r.Run(t.Context(), placement[0])
		if report.Verdict != runner.Passed {
			t.Fatal(report)
		}
		for driver, want := range map[string]string{"first": "10.77.0.1", "second": "10.77.0.2", "third": "10.77.0.1"} {
			var addresses []string
			var listens string
			if err := errors.Join(report.Result(driver, "addresses", &addresses), report.Result(driver, "listens", &listens)); err != nil {
				t.Fatal(err)
			}
			if !slices.Equal(addresses, []string{want}) || listens != want {
				t.Errorf("%s on %s has the addresses %v and listens at %s, want %s", driver, r.Engine.Name(), addresses, listens, want)
			}
		}
	}
}

// exists reports whether there is a namespace of that name.
func exists(name string) bool {
	_, err := os.Stat("/run/netns/" + name)
	return err == nil
}

func TestNetworkLeavesNothingBehind(t *testing.T) {
	n := network(t)
	var spaces []string
	for _, h := range append(n.Hosts(), n.Hub()) {
		space := h.Command[len(h.Command)-1]
		if !exists(space) {
			t.Errorf("there is no namespace %s for host %s", space, h.Name)
		}
		spaces = append(spaces, space)
	}
	if err := n.Close(); err != nil {
		t.Fatal(err)
	}
	if slices.ContainsFunc(spaces, exists) {
		t.Errorf("some of the namespaces %v are left", spaces)
	}
}

func TestWhatAKilledProcessLeftIsRemoved(t *testing.T) {
	network(t) // or there is nothing to test
	dead := exec.Command("true")
	if err := dead.Run(); err != nil {
		t.Fatal(err)
	}
	space := fmt.Sprintf("lahja-%d-1-east", dead.Process.Pid)
	if out, err := exec.Command("ip", "netns", "add", space).CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	network(t)
	if exists(space) {
		t.Errorf("namespace %s is left", space)
	}
}
