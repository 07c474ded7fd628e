package p2p_test

import (
	"bytes"
	"context"
	"testing"

	"github.com/lahja/go-lahja/internal/testkit"
	"github.com/lahja/go-lahja/internal/wire"
	"github.com/lahja/go-lahja/lahja"
	"github.com/lahja/go-lahja/lahja/p2p"
)

// Wide takes far more where it is decoded than where it is encoded.
type Wide struct {
	_    struct{} `event:"test/wide"`
	N    int
	Rows []struct {
		A, B, C, D string
		Cells      [24]int
	}
}

// WideAsk is answered with a Wide.
type WideAsk struct {
	lahja.Expects[Wide]
	_ struct{} `event:"test/wide-ask"`
}

// wideBomb is a Wide of 15 million empty rows.
func wideBomb() []byte {
	return append([]byte("\xa1\x64Rows\x9a\x00\xe4\xe1\xc0"), bytes.Repeat([]byte{0xa0}, 15_000_000)...)
}

// TestEventThatTakesTooMuchMemoryCostsThatEventAlone sends one that is small on the wire to each
// kind of subscriber.
func TestEventThatTakesTooMuchMemoryCostsThatEventAlone(t *testing.T) {
	for name, config := range map[string]*lahja.SubscribeConfig{"stream": nil, "handler": {}, "borrow": {Borrow: true}} {
		t.Run(name, func(t *testing.T) {
			n := memoryNetwork(t)
			dropped := make(chan error, 10)
			n.opts.Observer = func(o lahja.Observation) {
				if o.Kind == lahja.EventDropped {
					dropped <- o.Err
				}
			}
			server := n.serve("server")
			got := make(chan int, 10)
			if config == nil {
				s := stream[Wide](t, server)
				go func() {
					for e, err := s.Next(t.Context()); err == nil; e, err = s.Next(t.Context()) {
						got <- e.Data.N
					}
				}()
			} else {
				_, err := lahja.Subscribe(server, func(_ context.Context, e lahja.Event[Wide]) error { got <- e.Data.N; return nil }, *config)
				check(t, err)
			}
			r := n.join("server", "raw", nil)
			frame := wire.AppendEvent(nil, wire.EventMsg{Type: "test/wide", Sequence: 1, Payload: wideBomb()}, 0)
			if len(frame) > 1<<20 {
				t.Fatalf("the event takes %d bytes; want a small one", len(frame))
			}
			took := testkit.Allocated(func() {
				r.send(frame)
				r.send(wire.AppendEvent(nil, wire.EventMsg{Type: "test/wide", Sequence: 2, Payload: []byte("\xa1\x61N\x07")}, -1))
				is(t, <-dropped, lahja.ErrTooLarge)
				if n := <-got; n != 7 {
					t.Errorf("got %d; want the event behind it", n)
				}
			})
			if took > 1<<30 { // Decoding it takes several GiB.
				t.Errorf("it took %d bytes", took)
			}
		})
	}
}

func TestAnswerThatTakesTooMuchMemoryFailsTheRequest(t *testing.T) {
	n := memoryNetwork(t)
	server := n.serve("server")
	ask, err := lahja.TypeOf[WideAsk]()
	check(t, err)
	r := n.join("server", "raw", subscribes(ask.Name, ask.Shape))
	check(t, lahja.WaitUntilEndpointSubscribedTo[WideAsk](limited(t), server, "raw"))
	failed := make(chan error)
	go func() {
		_, err := lahja.Request(limited(t), server, WideAsk{})
		failed <- err
	}()
	request, err := wire.ParseEvent(r.expect(wire.Event), 1<<20)
	check(t, err)
	r.send(wire.AppendEvent(nil, wire.EventMsg{Type: "test/wide", Sequence: 1, AnswersInstance: p2p.CoreOf(server).Instance(), AnswersSequence: request.Sequence,
		Payload: wideBomb()}, 0))
	is(t, <-failed, lahja.ErrTooLarge)
}

// TestMaxDecodedIsALimitOfItsOwn pins that the limit holds for what is sent, and not within the endpoint.
func TestMaxDecodedIsALimitOfItsOwn(t *testing.T) {
	n := memoryNetwork(t)
	n.opts.MaxDecoded = 10_000
	server, client := n.serve("server"), n.run("client")
	n.connect(client, "server")
	here, there := stream[Wide](t, client), stream[Wide](t, server)
	check(t, lahja.WaitUntilEndpointSubscribedTo[Wide](limited(t), client, "server"))
	large := Wide{N: 1}
	large.Rows = append(large.Rows, make([]struct {
		A, B, C, D string
		Cells      [24]int
	}, 50)...)
	is(t, lahja.Broadcast(limited(t), client, large), lahja.ErrTooLarge)
	check(t, lahja.Broadcast(limited(t), client, large, lahja.BroadcastConfig{Internal: true}))
	if got := next(t, here).Data; len(got.Rows) != 50 {
		t.Errorf("got %d rows; want 50", len(got.Rows))
	}
	check(t, lahja.Broadcast(limited(t), client, Wide{N: 2}))
	if got := next(t, there).Data.N; got != 2 {
		t.Errorf("got %d; want 2", got)
	}
}
