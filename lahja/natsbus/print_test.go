package natsbus_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"sync"
	"testing"

	"github.com/onsi/gomega/format"

	"github.com/lahja/go-lahja/lahja"
	"github.com/lahja/go-lahja/lahja/natsbus"
)

func printed(t *testing.T, v any) []string {
	text, err := json.Marshal(v)
	check(t, err)
	return []string{fmt.Sprint(v), fmt.Sprintf("%+v", v), fmt.Sprintf("%#v", v), fmt.Sprintf("%q", v), fmt.Sprintf("%d", v), string(text), format.Object(v, 1)}
}

// TestPrintingIsNoRace prints, for the race detector, an endpoint that does all it can.
func TestPrintingIsNoRace(t *testing.T) {
	s := start(t, nil)
	serve(t, "server", options(s))
	ep, err := natsbus.New("a", options(s))
	check(t, err)
	done := make(chan struct{})
	var printing sync.WaitGroup
	printing.Go(func() {
		for {
			printed(t, ep)
			select {
			case <-done:
				return
			default:
			}
		}
	})
	check(t, ep.Run(limited(t)))
	check(t, ep.ConnectToEndpoints(limited(t), lahja.ConnectionConfig{Name: "server"}))
	ticks := stream[Tick](t, ep)
	check(t, lahja.Broadcast(t.Context(), ep, Tick{N: 1}))
	_, err = ticks.Next(limited(t))
	check(t, err)
	check(t, ep.Close())
	close(done)
	printing.Wait()
}

func TestEndpointSaysWhereInItsLifeItIs(t *testing.T) {
	s := start(t, nil)
	ep, err := natsbus.New("server", options(s))
	check(t, err)
	says := func(state string, runs, serves bool) {
		t.Helper()
		for _, got := range printed(t, ep) {
			if want := "server (" + state + ")"; !strings.Contains(got, want) {
				t.Errorf("got %q, want %q in it", got, want)
			}
		}
		if ep.IsRunning() != runs || ep.IsServing() != serves {
			t.Errorf("%s: it runs %t, serves %t; want %t, %t", state, ep.IsRunning(), ep.IsServing(), runs, serves)
		}
	}
	says("not running", false, false)
	check(t, ep.Serve(limited(t), lahja.ConnectionConfig{Name: "server"}))
	says("serving", true, true)
	select {
	case <-ep.Done():
		t.Error("it has ended")
	default:
	}
	check(t, ep.Shutdown(limited(t)))
	<-ep.Done()
	says("closed", false, false)
}
