package p2p_test

import (
	"math/big"
	"reflect"
	"testing"
	"time"

	"github.com/lahja/go-lahja/lahja"
)

// Sundry has fields that do not arrive as they are sent.
type Sundry struct {
	_       struct{} `event:"test/sundry"`
	Any     any
	At      time.Time
	Address *big.Rat
	Names   []string `cbor:",omitempty"`
	Note    string   `cbor:"-"`
	note    int      `cbor:"-"`
	Next    *Sundry
}

// TestLocalSubscriberGetsWhatARemoteOneGets compares what both decode to.
func TestLocalSubscriberGetsWhatARemoteOneGets(t *testing.T) {
	each(t, func(t *testing.T, n *network) {
		server, client := n.serve("server"), n.run("client")
		n.connect(client, "server")
		there, here := stream[Sundry](t, server), stream[Sundry](t, client)
		check(t, lahja.WaitUntilEndpointSubscribedTo[Sundry](limited(t), client, "server"))
		now := time.Now()
		sent := Sundry{Any: []any{1, Tick{N: 2}, float32(0.5), map[string]int8{"a": 1}}, At: now.In(time.FixedZone("LMT", 1172)),
			Address: big.NewRat(1, 3), Names: []string{}, Note: "left out", note: 1, Next: &Sundry{Any: now}}
		for _, event := range []any{sent, &sent} {
			check(t, lahja.Broadcast(limited(t), client, event))
			mine, theirs := next(t, here).Data, next(t, there).Data
			if !reflect.DeepEqual(mine, theirs) {
				t.Errorf("here %+v, there %+v", mine, theirs)
			}
			if want := (map[any]any{"N": int64(2)}); !reflect.DeepEqual(mine.Any.([]any)[1], want) || mine.Note != "" || mine.note != 0 || mine.Names != nil {
				t.Errorf("got %+v; want what is sent of %+v", mine, sent)
			}
		}
	})
}

// TestWhatCannotBeSentIsRefusedLocallyToo pins that a value is refused whether or not a peer
// subscribes.
func TestWhatCannotBeSentIsRefusedLocallyToo(t *testing.T) {
	ep := memoryNetwork(t).run("solo")
	here := stream[Sundry](t, ep)
	circle := &Sundry{}
	circle.Next = circle
	for name, event := range map[string]*Sundry{"a circle": circle, "a channel": {Any: make(chan int)}, "a year": {At: time.Date(10000, 1, 1, 0, 0, 0, 0, time.UTC)},
		"keys": {Any: map[[2]int]int{{}: 1}}} {
		t.Log(name, is(t, lahja.Broadcast(limited(t), ep, event), lahja.ErrInvalid))
	}
	check(t, lahja.Broadcast(limited(t), ep, Sundry{Any: 1}))
	if got := next(t, here).Data; got.Any != int64(1) {
		t.Errorf("got %+v; want the event that was not refused", got)
	}
}
