package core_test

import (
	"encoding/json"
	"errors"
	"testing"

	"github.com/lahja/go-lahja/internal/testkit"
	"github.com/lahja/go-lahja/lahja"
	"github.com/lahja/go-lahja/lahja/inspect"
)

// Tick is a plain event, Ping a request, Pong its answer.
type (
	Tick struct{ N int }
	Ping struct {
		lahja.Expects[Pong]
		N int
	}
	Pong struct{ N int }
)

func (Tick) EventName() string { return "test/tick" }
func (Ping) EventName() string { return "test/ping" }
func (Pong) EventName() string { return "test/pong" }

var (
	check   = testkit.Check
	limited = testkit.Context
)

func is(t *testing.T, err, want error) {
	t.Helper()
	if !errors.Is(err, want) {
		t.Fatalf("got %v, want %v", err, want)
	}
}

func stream[T any](t *testing.T, ep lahja.EndpointAPI, config ...lahja.SubscribeConfig) *lahja.Stream[T] {
	t.Helper()
	s, err := lahja.NewStream[T](ep, config...)
	check(t, err)
	return s
}

// numbersIn returns what a stream holds.
func numbersIn(s *lahja.Stream[Tick]) []int {
	var all []int
	for e, ok := s.TryNext(); ok; e, ok = s.TryNext() {
		all = append(all, e.Data.N)
	}
	return all
}

// inspected returns what ep tells, which must survive JSON.
func inspected(t *testing.T, ep lahja.EndpointAPI) inspect.Inspection {
	t.Helper()
	i, ok := inspect.Endpoint(ep)
	if !ok {
		t.Fatalf("%T does not tell what goes on in it", ep)
	}
	data, err := json.Marshal(i)
	check(t, err)
	var again inspect.Inspection
	check(t, json.Unmarshal(data, &again))
	return again
}
