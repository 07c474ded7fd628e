package explore

import (
	"context"
	"time"

	"github.com/lahja/go-lahja/lahja"
	d "github.com/lahja/go-lahja/tools/drivers"
	"github.com/lahja/go-lahja/tools/engine"
	"github.com/onsi/gomega"
)

// Put and Get are requests to the store, Save and Load those to its disk.
type (
	Put struct {
		lahja.Expects[Value]
		N int
	}
	Get  struct{ lahja.Expects[Value] }
	Save struct {
		lahja.Expects[Value]
		N int
	}
	Load  struct{ lahja.Expects[Value] }
	Value struct{ N int }
)

func (Put) EventName() string   { return "store/put" }
func (Get) EventName() string   { return "store/get" }
func (Save) EventName() string  { return "store/save" }
func (Load) EventName() string  { return "store/load" }
func (Value) EventName() string { return "store/value" }

var (
	onDisk   = newShared[int]("on disk")
	inMemory = newShared[int]("in memory")
)

// forgetfulStore has a store that answers before it has written to its disk, so it forgets what
// it answered when it crashes. It must write first.
func forgetfulStore(fixed bool) d.Scenario {
	put := func(ctx context.Context, s *d.Scope, e lahja.Event[Put]) error {
		inMemory.use(s, func(now *int) { *now = e.Data.N })
		answer := func() error { return e.Respond(ctx, Value{e.Data.N}) }
		if !fixed {
			if err := answer(); err != nil {
				return err
			}
		}
		if err := s.Engine().Sleep(ctx, 10*time.Millisecond); err != nil { // It collects what to write.
			return err
		}
		_, err := lahja.Request(ctx, s.Endpoint(), Save{N: e.Data.N})
		if err != nil || !fixed {
			return err
		}
		return answer()
	}
	connect := func(ctx context.Context, s *d.Scope) error { return connectAgain(ctx, s, "disk") }
	stores := []d.Action{d.Do("connect", connect), d.WaitUntilAnyEndpointSubscribedTo[Load](), inMemory.begin(zero[int]),
		d.Request(Load{}).Then(func(_ context.Context, s *d.Scope, e lahja.Event[Value]) error {
			inMemory.use(s, func(now *int) { *now = e.Data.N })
			return nil
		}),
		d.Subscribe(put),
		d.Serve(func(_ context.Context, s *d.Scope, _ lahja.Event[Get]) (Value, error) {
			return Value{inMemory.get(s)}, nil
		})}
	return named(fixed, "store/forgetful", "What was stored is there after a crash.",
		d.New(d.ServeEndpoint("disk"), onDisk.begin(zero[int]),
			d.Serve(func(_ context.Context, s *d.Scope, e lahja.Event[Save]) (Value, error) {
				onDisk.use(s, func(now *int) { *now = e.Data.N })
				return Value{}, nil
			}),
			d.Serve(func(_ context.Context, s *d.Scope, _ lahja.Event[Load]) (Value, error) {
				return Value{onDisk.get(s)}, nil
			})),
		d.New(d.ServeEndpoint("store"), stores...).OnRestart(stores...),
		client("ann", "store", d.WaitUntilAnyEndpointSubscribedTo[Get](), d.Checkpoint("connected"),
			insist("store", Put{N: 7}, func(*d.Scope, Value) {}),
			d.Await("restarted"), insist("store", Get{}, func(s *d.Scope, got Value) { s.Expect(got).To(gomega.Equal(Value{7})) })),
		d.New(d.NoEndpoint("power"), d.Checkpoint("connected"), d.CrashDriver("store"), d.RestartDriver("store"), d.Signal("restarted"))).
		Needing(engine.DriverFaults)
}
