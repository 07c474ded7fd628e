package p2p_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"regexp"
	"strings"
	"sync"
	"testing"

	"github.com/onsi/gomega/format"

	"github.com/lahja/go-lahja/lahja"
	"github.com/lahja/go-lahja/lahja/core"
	"github.com/lahja/go-lahja/lahja/p2p"
)

// printed is v in all the ways in which Go programs print.
func printed(v any) []string {
	var all []string
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%d", "%10v"} {
		all = append(all, fmt.Sprintf(verb, v))
	}
	all = append(all, fmt.Sprint(v), fmt.Sprint([]any{v}), fmt.Sprintf("%+v", struct{ V any }{v}), format.Object(v, 1))
	text, err := json.Marshal(v)
	all = append(all, string(text), fmt.Sprint(err))
	var log bytes.Buffer
	slog.New(slog.NewTextHandler(&log, nil)).Info("", "v", v)
	slog.New(slog.NewJSONHandler(&log, nil)).Info("", "v", v)
	return append(all, log.String())
}

// TestPrintingIsNoRace prints, for the race detector, whatever holds an endpoint while
// that opens, connects, subscribes, broadcasts, answers and closes.
func TestPrintingIsNoRace(t *testing.T) {
	n := memoryNetwork(t)
	server := n.serve("server")
	answer(t, server)
	for range 20 {
		ep, err := p2p.New("a", &n.opts)
		n.opened(ep, err)
		things := make(chan any, 100)
		done := make(chan struct{})
		var printing sync.WaitGroup
		printing.Go(func() {
			all := []any{ep, p2p.CoreOf(ep), lahja.EndpointAPI(ep), &n.opts}
			for {
				select {
				case v := <-things:
					all = append(all, v)
				case <-done:
					return
				default:
				}
				for _, v := range all {
					printed(v)
				}
			}
		})
		check(t, ep.Run(t.Context()))
		n.connect(ep, "server")
		ticks := stream[Tick](t, ep)
		things <- ticks
		sub, err := lahja.Subscribe(ep, func(context.Context, lahja.Event[Tick]) error { return nil })
		check(t, err)
		things <- sub
		for range 5 {
			check(t, lahja.Broadcast(t.Context(), ep, Tick{}))
			e := next(t, ticks)
			things <- e
			things <- &e
			things <- e.Received()
			pongs := lahja.RequestAll(limited(t), ep, Ping{})
			things <- pongs
			for range pongs.All() {
			}
			check(t, pongs.Err())
			answers, err := ep.Request(t.Context(), Ping{}, typeOf[Pong](t), lahja.BroadcastConfig{})
			check(t, err)
			things <- answers
			_, err = answers.Next(limited(t))
			check(t, err)
			answers.Close()
		}
		sub.Close()
		check(t, ep.Close())
		close(done)
		printing.Wait()
	}
}

// gomegaHead says where a value lies, in front of what that looks like.
var gomegaHead = regexp.MustCompile(`<\*[^|]* \| 0x[0-9a-f]+>: `)

// TestPrintingShowsNameAndState pins what an endpoint looks like, and that nothing within
// it shows.
func TestPrintingShowsNameAndState(t *testing.T) {
	n := memoryNetwork(t)
	ep, err := p2p.New("server", &n.opts)
	n.opened(ep, err)
	looks := func(v any, want string) {
		t.Helper()
		for _, got := range printed(v) {
			if !strings.Contains(got, want) && got != "<nil>" && got != fmt.Sprintf("%x", want) {
				t.Errorf("got %q, want %q in it", got, want)
			}
			got = gomegaHead.ReplaceAllString(got, "")
			if strings.Contains(got, "mutex") || strings.Contains(got, "0x") || strings.Contains(got, "state:") {
				t.Errorf("internals show: %q", got)
			}
		}
	}
	looks(ep, "server (not running)")
	check(t, ep.Serve(t.Context(), n.config("server")))
	looks(ep, "server (serving)")
	looks(lahja.EndpointAPI(ep), "server (serving)")
	looks(p2p.CoreOf(ep), "server (serving)")
	looks(n.run("client"), "client (running)")
	ticks := stream[Tick](t, ep)
	looks(ticks, "stream of test/tick at server")
	sub, err := lahja.Subscribe(ep, func(context.Context, lahja.Event[Tick]) error { return nil })
	check(t, err)
	looks(sub, "subscription to test/tick at server")
	sub.Close()
	looks(sub, "subscription to test/tick at server (closed)")
	answer(t, ep)
	answers, err := ep.Request(t.Context(), Ping{}, typeOf[Pong](t), lahja.BroadcastConfig{})
	check(t, err)
	looks(answers, "answers to test/ping of server")
	looks(lahja.RequestAll(t.Context(), ep, Ping{}), "answers to test/ping of server")
	looks(lahja.AllAnswers(t.Context(), answers), "answers to test/ping of server")
	answers.Close()

	held, release := make(chan struct{}), make(chan struct{})
	_, err = lahja.Subscribe(ep, func(context.Context, lahja.Event[Tick]) error { close(held); <-release; return nil })
	check(t, err)
	check(t, lahja.Broadcast(t.Context(), ep, Tick{N: 7}))
	e := next(t, ticks)
	for _, v := range []any{e, &e, e.Received()} {
		for _, verb := range []string{"%v", "%+v", "%s"} {
			if got := fmt.Sprintf(verb, v); got != "{N:7} from server" {
				t.Errorf("got %q, want the data and the origin", got)
			}
		}
		if got := fmt.Sprintf("%#v", v); !strings.Contains(got, "N:7") || strings.Contains(got, "0x") {
			t.Errorf("got %q, want the data and nothing within the endpoint", got)
		}
	}
	<-held
	ended := make(chan error)
	go func() { ended <- ep.Close() }()
	<-p2p.CoreOf(ep).Done()
	looks(ep, "server (closing)")
	close(release)
	check(t, <-ended)
	looks(ep, "server (closed)")
	looks(ticks, "stream of test/tick at server (closed)")
}

func TestPrintingNothing(t *testing.T) {
	for _, v := range []any{(*p2p.Endpoint)(nil), (*core.Core)(nil), (*lahja.Subscription)(nil), (*lahja.Stream[Tick])(nil), (*lahja.Replies[Tick])(nil), (*core.Remote)(nil),
		new(lahja.Subscription), new(lahja.Stream[Tick]), new(lahja.Replies[Tick])} {
		for _, got := range printed(v) {
			if strings.Contains(got, "PANIC") {
				t.Errorf("%T prints %q", v, got)
			}
		}
	}
}
