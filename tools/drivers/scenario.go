package drivers

import (
	"cmp"
	"reflect"
	"runtime"
	"time"

	"github.com/lahja/go-lahja/lahja"
	"github.com/lahja/go-lahja/tools/engine"
)

// Scenario says, as data, what several endpoints do together.
type Scenario struct {
	// Name is unique; topics come first: "broadcast/client-to-server".
	Name string
	// Rule is the rule that the scenario protects, in one sentence.
	Rule string
	// Needs lists what the scenario needs beyond what every engine can do. An
	// engine without it reports the scenario as unsupported.
	Needs []engine.Need
	// Timeout bounds the whole scenario; 0 means the runner's.
	Timeout time.Duration
	// Varies says why what drivers see is not the same every time that the scenario
	// runs, where that is so. Of two runs of it only the verdicts are compared.
	Varies string
	// Drivers builds the drivers. It has no side effects and does the same in
	// every process: what differs from run to run comes from env.
	Drivers func(env *Env) []*Driver
}

// Location is the file and line of the function that builds the drivers.
func (s Scenario) Location() (file string, line int) {
	if s.Drivers == nil {
		return "", 0
	}
	pc := reflect.ValueOf(s.Drivers).Pointer()
	f := runtime.FuncForPC(pc)
	if f == nil {
		return "", 0
	}
	return f.FileLine(pc)
}

// Env is what differs from one run of a scenario to the next.
type Env struct {
	// Seed is for scenarios that choose at random.
	Seed uint64
	// Params are the run's parameters.
	Params map[string]string

	session engine.Session
	dir     func() (string, error)
}

// NewEnv is for the runner.
func NewEnv(session engine.Session, dir func() (string, error), params map[string]string, seed uint64) *Env {
	return &Env{Seed: seed, Params: params, session: session, dir: dir}
}

// Config is where the endpoint of that name listens in this run.
func (e *Env) Config(name string) lahja.ConnectionConfig { return e.session.Config(name) }

// Configs is Config for several names.
func (e *Env) Configs(names ...string) []lahja.ConnectionConfig {
	configs := make([]lahja.ConnectionConfig, len(names))
	for i, name := range names {
		configs[i] = e.Config(name)
	}
	return configs
}

// Dir is the run's private directory, which must be empty again when the run
// ends. It is for functions of drivers; building drivers does not need it.
func (e *Env) Dir() (string, error) { return e.dir() }

// Bound is the amount, a duration, of what the run's engine claims to do within some
// time: engine.DeathBound, engine.LivenessBound.
func (e *Env) Bound(c engine.Capability) time.Duration {
	return time.Duration(e.session.Capabilities()[c])
}

// Param is the parameter of that name, or otherwise where it is not set.
func (e *Env) Param(name, otherwise string) string { return cmp.Or(e.Params[name], otherwise) }
