package bridged_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/lahja/go-lahja/internal/netnstest"
	"github.com/lahja/go-lahja/scenarios"
	"github.com/lahja/go-lahja/tools/drivers"
	"github.com/lahja/go-lahja/tools/engine"
	"github.com/lahja/go-lahja/tools/engine/netns"
	"github.com/lahja/go-lahja/tools/engine/subprocess"
	"github.com/lahja/go-lahja/tools/internal/race"
	"github.com/lahja/go-lahja/tools/runner"
)

// twoBridges is the backend of endpoints on two hosts, with a server that is there.
var twoBridges = &apart{name: "two-bridges"}

// machines are three: a hub, and two with sockets.
func machines(t *testing.T) *netns.Network {
	t.Helper()
	if race.Factor > 1 {
		t.Skip("the race detector makes bridges on three hosts of one machine so slow that they fall silent for longer than they may; " +
			"package bridge is raced by itself")
	}
	return netnstest.Start(t, "east", "west")
}

// across is the engine with drivers on the hosts in turn.
func across(n *netns.Network, b *apart) engine.Engine {
	return subprocess.Engine{Backends: []engine.Backend{b.on(n.Hub(), n.Hosts())}, Launcher: subprocess.Hosts(n.Hosts())}
}

// topics are those in which most passes between endpoints. All others passed over two bridges, too.
// They take as long again, a third of that in three scenarios that wait, and what a second bridge
// could do to them one bridge could.
var topics = []string{"broadcast", "close", "crash", "filter", "groups", "headers", "order", "peers", "reconnect", "request", "subscribe", "sync", "wait"}

// leftOut are the scenarios of these topics in which a successor takes a killed server's name on
// another machine, at once. There, the bridge has the name until it hears that the server has gone.
var leftOut = []string{"crash/leaves-the-name-free", "reconnect/to-a-successor"}

func TestScenariosHoldOverTwoBridges(t *testing.T) {
	n := machines(t)
	netnstest.StartServer(t, n)
	var some []drivers.Scenario
	for i, s := range scenarios.All() {
		topic, _, _ := strings.Cut(s.Name, "/")
		if slices.Contains(topics, topic) && !slices.Contains(leftOut, s.Name) && (!testing.Short() || i%4 == 0) {
			some = append(some, s)
		}
	}
	runner.Test(t, some, across(n, twoBridges))
}
