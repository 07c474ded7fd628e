package p2p_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/lahja/go-lahja/lahja"
	"github.com/lahja/go-lahja/lahja/p2p"
)

// asked is a server and three peers, whose pings can be answered one by one.
func asked(t *testing.T, n *network) (server *p2p.Endpoint, peers map[string]*p2p.Endpoint, pings map[string]*lahja.Stream[Ping]) {
	server = n.serve("server")
	peers, pings = map[string]*p2p.Endpoint{}, map[string]*lahja.Stream[Ping]{}
	for _, name := range []string{"a", "b", "c"} {
		peers[name] = n.run(name)
		pings[name] = stream[Ping](t, peers[name])
		n.connect(peers[name], "server")
	}
	return server, peers, pings
}

// respond has each of the named answer with a number.
func respond(t *testing.T, pings map[string]*lahja.Stream[Ping], with int, names ...string) {
	t.Helper()
	for _, name := range names {
		check(t, next(t, pings[name]).Respond(t.Context(), Pong{N: with}))
	}
}

// request asks for pongs.
func request(t *testing.T, ep lahja.EndpointAPI) lahja.Answers {
	t.Helper()
	want, err := lahja.TypeOf[Pong]()
	check(t, err)
	answers, err := ep.Request(limited(t), Ping{}, want, lahja.BroadcastConfig{})
	check(t, err)
	t.Cleanup(answers.Close)
	return answers
}

func TestRequestAllEndsWhenAllHaveAnswered(t *testing.T) {
	each(t, func(t *testing.T, n *network) {
		server, peers, pings := asked(t, n)
		for name := range pings {
			pings[name].Close()
			answer(t, peers[name])
			known(t, peers[name])
		}
		answer(t, server)
		var from []string
		pongs := lahja.RequestAll(limited(t), server, Ping{N: 1})
		for e := range pongs.All() {
			from = append(from, fmt.Sprint(e.Origin(), e.Data.N))
		}
		check(t, pongs.Err())
		slices.Sort(from)
		if want := []string{"a2", "b2", "c2", "server2"}; !slices.Equal(from, want) {
			t.Errorf("got %v, want %v", from, want)
		}
		if n := p2p.PendingRequests(server); n != 0 {
			t.Errorf("%d requests are pending, want 0", n)
		}
	})
}

func TestPeerThatGoesUnansweredIsAnErrorAmongTheAnswers(t *testing.T) {
	each(t, func(t *testing.T, n *network) {
		server, peers, pings := asked(t, n)
		answers := request(t, server)
		respond(t, pings, 1, "a")
		if r, err := answers.Next(limited(t)); err != nil || r.Origin != "a" {
			t.Errorf("got %v, %v; want a's answer", r, err)
		}
		next(t, pings["b"])
		check(t, peers["a"].Close()) // it has answered
		check(t, peers["b"].Close())
		_, err := answers.Next(limited(t))
		is(t, err, lahja.ErrRemoteDisconnected)
		if e, ok := errors.AsType[*lahja.Error](err); !ok || e.Peer != "b" || e.Op != "request" || e.Endpoint != "server" {
			t.Errorf("got %v, want an error of the server's request that names b", err)
		}
		respond(t, pings, 3, "c")
		if r, err := answers.Next(limited(t)); err != nil || r.Origin != "c" {
			t.Errorf("got %v, %v; want c's answer", r, err)
		}
		for range 2 {
			_, err := answers.Next(limited(t))
			is(t, err, lahja.ErrNoMoreAnswers)
			is(t, err, io.EOF)
		}
	})
}

func TestRequestAllGoesOnAfterErrorsOfOne(t *testing.T) {
	each(t, func(t *testing.T, n *network) {
		server, peers, pings := asked(t, n)
		go func() {
			p := next(t, pings["a"])
			check(t, errors.Join(peers["b"].Close(), p.Respond(t.Context(), Tick{})))
			respond(t, pings, 1, "c")
		}()
		pongs := lahja.RequestAll(limited(t), server, Ping{})
		var got []string
		for e := range pongs.All() {
			got = append(got, e.Origin())
		}
		if want := []string{"c"}; !slices.Equal(got, want) {
			t.Errorf("got %v, want %v", got, want)
		}
		is(t, pongs.Err(), lahja.ErrRemoteDisconnected)
		is(t, pongs.Err(), lahja.ErrUnexpectedResponse)
	})
}

func TestRequestAllThatIsLeftIsForgotten(t *testing.T) {
	n := memoryNetwork(t)
	dropped := make(chan lahja.Observation, 10)
	n.opts.Observer = func(o lahja.Observation) {
		if o.Kind == lahja.EventDropped {
			dropped <- o
		}
	}
	server, _, pings := asked(t, n)
	go respond(t, pings, 1, "a")
	pongs := lahja.RequestAll(limited(t), server, Ping{})
	for e := range pongs.All() {
		if e.Origin() != "a" {
			t.Errorf("got %v, want a's answer", e)
		}
		break
	}
	check(t, pongs.Err())
	if n := p2p.PendingRequests(server); n != 0 {
		t.Errorf("%d requests are pending, want 0", n)
	}
	respond(t, pings, 2, "b")
	if o := <-dropped; o.Peer != "b" || o.Event != "test/pong" || o.Answers.IsZero() {
		t.Errorf("observed %+v, want b's answer", o)
	}
}

func TestRequestAllUntilADeadlineNamesWhoHasNotAnswered(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := memoryNetwork(t)
		server, _, pings := asked(t, n)
		go respond(t, pings, 1, "b")
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		pongs := lahja.RequestAll(ctx, server, Ping{})
		var got []string
		for e := range pongs.All() {
			got = append(got, e.Origin())
		}
		if want := []string{"b"}; !slices.Equal(got, want) {
			t.Errorf("got %v, want %v", got, want)
		}
		if text := is(t, pongs.Err(), context.DeadlineExceeded); !strings.Contains(text, "from a, c") {
			t.Errorf("got %q, want it to name a and c and nobody else", text)
		}
	})
}

func TestWhoAnswersTwiceCountsOnce(t *testing.T) {
	each(t, func(t *testing.T, n *network) {
		server, _, pings := asked(t, n)
		answers := request(t, server)
		if got := slices.Sorted(slices.Values(answers.Asked())); !slices.Equal(got, []string{"a", "b", "c"}) {
			t.Errorf("asked %v, want a, b and c", got)
		}
		ping := next(t, pings["a"])
		check(t, errors.Join(ping.Respond(t.Context(), Pong{N: 1}), ping.Respond(t.Context(), Pong{N: 2})))
		for want := 1; want <= 2; want++ {
			if r, err := answers.Next(limited(t)); err != nil || r.Data() != (Pong{N: want}) {
				t.Errorf("got %v, %v; want a's answer %d", r, err, want)
			}
		}
		respond(t, pings, 3, "b", "c")
		for range 2 {
			_, err := answers.Next(limited(t))
			check(t, err)
		}
		_, err := answers.Next(limited(t))
		is(t, err, lahja.ErrNoMoreAnswers)
	})
}

func TestClosedAnswersEndAllWhoWait(t *testing.T) {
	for name, end := range map[string]func(lahja.Answers, *p2p.Endpoint){
		"answers":  func(a lahja.Answers, _ *p2p.Endpoint) { a.Close() },
		"endpoint": func(_ lahja.Answers, ep *p2p.Endpoint) { ep.Close() },
	} {
		t.Run(name, func(t *testing.T) {
			n := memoryNetwork(t)
			server, _, _ := asked(t, n)
			answers := request(t, server)
			failed := make(chan error, 3)
			for range cap(failed) {
				go func() {
					_, err := answers.Next(limited(t))
					failed <- err
				}()
			}
			end(answers, server)
			answers.Close()
			for range cap(failed) {
				is(t, <-failed, lahja.ErrLifecycle)
			}
			if n := p2p.PendingRequests(server); n != 0 {
				t.Errorf("%d requests are pending, want 0", n)
			}
		})
	}
}

func TestAnswersThatNobodyTookAreObserved(t *testing.T) {
	n := memoryNetwork(t)
	dropped := make(chan lahja.Observation, 10)
	n.opts.Observer = func(o lahja.Observation) {
		if o.Kind == lahja.EventDropped {
			dropped <- o
		}
	}
	server, peers, pings := asked(t, n)
	answers := request(t, server)
	respond(t, pings, 1, "a", "b")
	for _, name := range []string{"a", "b"} {
		check(t, peers[name].Sync(limited(t), "server"))
	}
	_, err := answers.Next(limited(t))
	check(t, err)
	answers.Close()
	if len(dropped) != 1 {
		t.Errorf("%d drops were observed, want the one answer that nobody took", len(dropped))
	}
	if got := inspected(t, server).Totals.Unclaimed; got != 1 {
		t.Errorf("%d are counted, want that one", got)
	}
}
