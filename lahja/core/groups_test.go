package core_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/lahja/go-lahja/lahja"
	"github.com/lahja/go-lahja/lahja/core"
)

// TestPeerThatChoosesForNobodyHere has one that knows less than it should.
func TestPeerThatChoosesForNobodyHere(t *testing.T) {
	var dropped []string
	b := newObservedBus(t, func(o lahja.Observation) {
		if o.Kind == lahja.EventDropped {
			dropped = append(dropped, o.Err.Error())
		}
	})
	member := stream[Tick](t, b, lahja.SubscribeConfig{Group: "g"})
	tick, err := lahja.TypeOf[Tick]()
	check(t, err)
	out, err := b.Prepare(t.Context(), Tick{N: 1}, lahja.BroadcastConfig{})
	check(t, err)
	payload, err := out.Encode()
	check(t, err)
	for i, groups := range [][]string{{"other"}, nil, {"g", "other"}} {
		check(t, b.Deliver(core.Incoming{Type: tick.Name, Origin: "peer", ID: lahja.EventID{Instance: 7, Sequence: uint64(i + 1)}, Groups: groups, Payload: payload}))
	}
	if got := numbersIn(member); !slices.Equal(got, []int{1}) {
		t.Errorf("the member got %v, want the one event that is for its group", got)
	}
	if len(dropped) != 3 || !strings.Contains(dropped[0], `"other"`) || !strings.Contains(dropped[1], "it is for none") || !strings.Contains(dropped[2], `"other"`) {
		t.Errorf("dropped: %q, want two for the group that is not here and one for none", dropped)
	}
	if got := inspected(t, b).Totals.Unclaimed; got != 3 {
		t.Errorf("%d are counted, want the 3 that were observed", got)
	}
}

// newObservedBus is newBus with an observer, which is called on the test's goroutine.
func newObservedBus(t *testing.T, observer lahja.Observer) *bus {
	b := &bus{sent: make(chan *core.Outgoing, 1)}
	made, err := core.New(core.Config{Name: "self", Endpoint: b, Observer: observer})
	check(t, err)
	b.Core = made
	check(t, b.Start())
	t.Cleanup(func() { b.Close() })
	return b
}
