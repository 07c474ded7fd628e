package runner_test

import (
	"testing"

	"github.com/lahja/go-lahja/lahja"
	"github.com/lahja/go-lahja/lahja/transport/memory"
	"github.com/lahja/go-lahja/lahja/transport/unix"
	"github.com/lahja/go-lahja/tools/engine"
	"github.com/lahja/go-lahja/tools/runner"
)

// owned is a backend that is no OverTransport.
type owned struct {
	engine.Backend
	address string
	limits  map[string]int
	open    func() error
	next    *owned
}

// around is a backend that refers to itself.
func around(address string) *owned {
	b := &owned{Backend: engine.Memory(), address: address}
	b.next = b
	return b
}

func openOne() error { return nil }
func openTwo() error { return nil }

func over(new func() lahja.Transport) engine.Backend {
	return owned{Backend: engine.OverTransport{BackendName: "over", New: new}}
}

// watching is over with an observer of its own.
func watching(see lahja.Observer) engine.Backend {
	return engine.OverTransport{BackendName: "over", Options: lahja.Options{Observer: see}}
}

func TestEnginesThatAreTheSame(t *testing.T) {
	inMemory := func() lahja.Transport { return memory.New() }
	onUnix := func() lahja.Transport { return unix.Transport{} }
	for name, c := range map[string]struct {
		a, b engine.Backend
		want bool
	}{
		"made twice":          {engine.TLS(), engine.TLS(), true},
		"types":               {engine.Memory(), owned{Backend: engine.Memory()}, false},
		"fields":              {owned{address: "here"}, owned{address: "there"}, false},
		"pointers":            {&owned{address: "here"}, &owned{address: "here"}, true},
		"fields at pointers":  {&owned{address: "here"}, &owned{address: "there"}, false},
		"circles":             {around("here"), around("here"), true},
		"circles with fields": {around("here"), around("there"), false},
		"maps":                {owned{limits: map[string]int{"a": 1}}, owned{limits: map[string]int{"a": 2}}, false},
		"keys":                {owned{limits: map[string]int{"a": 1}}, owned{limits: map[string]int{"b": 1}}, false},
		"functions":           {owned{open: openOne}, owned{open: openTwo}, false},
		"no function":         {owned{open: openOne}, owned{}, false},
		"one function":        {owned{open: openOne}, owned{open: openOne}, true},
		"what is wrapped":     {over(inMemory), over(onUnix), false},
		"one that is wrapped": {over(onUnix), over(onUnix), true},
		"who looks on":        {watching(func(lahja.Observation) {}), watching(nil), true},
	} {
		for _, on := range []func(engine.Backend) engine.Engine{engine.OnGoroutines, func(b engine.Backend) engine.Engine { return engine.OnProcesses(b) }} {
			if got := runner.SameEngine(on(c.a), on(c.b)); got != c.want {
				t.Errorf("%s: got %v, want %v", name, got, c.want)
			}
		}
	}
}

// told is a backend whose children are told its address.
type told struct{ owned }

func (told) Name() string { return "told" }

func (b told) WithoutParams() engine.Backend {
	b.address = ""
	return b
}

func (b owned) Name() string { return "owned" }

func (b owned) Capabilities() engine.Capabilities { return nil }

func TestDispatchRefusesOtherEnginesOfOneName(t *testing.T) {
	suite := func(b engine.Backend) runner.Suite {
		return runner.Suite{Engines: []engine.Engine{engine.OnGoroutines(b)}}
	}
	for _, c := range []struct {
		does   string
		calls  [][]runner.Suite
		panics bool
	}{
		{"again", [][]runner.Suite{{suite(owned{address: "here"})}, {suite(owned{address: "here"})}}, false},
		{"another one", [][]runner.Suite{{suite(owned{address: "there"})}}, true},
		{"what children are told", [][]runner.Suite{{suite(told{owned{address: "here"}})}, {suite(told{owned{address: "there"}})}}, false},
		{"what children are told, at once", [][]runner.Suite{{suite(told{owned{address: "here"}}), suite(told{owned{address: "there"}})}}, true},
		{"what children are not told", [][]runner.Suite{{suite(told{owned{open: openOne}})}}, true},
	} {
		t.Run(c.does, func(t *testing.T) {
			defer func() {
				if got := recover() != nil; got != c.panics {
					t.Errorf("got a panic %v, want %v", got, c.panics)
				}
			}()
			for _, suites := range c.calls {
				runner.Dispatch(suites...)
			}
		})
	}
}
