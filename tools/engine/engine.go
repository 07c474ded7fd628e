package engine

import (
	"cmp"
	"context"
	"fmt"
	"log/slog"
	"time"

	"github.com/lahja/go-lahja/lahja"
	"github.com/lahja/go-lahja/tools/recording"
)

// EngineAPI is what stands between drivers and endpoints: how drivers are
// executed, and how endpoints of one implementation are opened. All methods are
// safe for concurrent use.
type EngineAPI interface {
	// Name is the engine's name, "goroutine+memory" say.
	Name() string
	// Capabilities tells what endpoints and drivers of this engine can do.
	Capabilities() Capabilities
	// RunDrivers runs all drivers of run at once and returns when every one has
	// ended. It records that with each driver's Coordinator (RecordEnded). A driver's
	// failure is recorded once, by the driver or, where only the engine knows of it, with
	// its end.
	RunDrivers(ctx context.Context, run Run)
	// RunWithTimeout runs fn and returns its error. When fn has not returned
	// after timeout, its context ends with ErrTimeout as cause; when it still
	// runs after a grace period of 1 s, 4 s in a program built with -race, it is left
	// behind and the error is an *IgnoredError. A timeout of 0 means none.
	RunWithTimeout(ctx context.Context, timeout time.Duration, fn func(context.Context) error) error
	// Sleep waits for d or for the end of ctx.
	Sleep(ctx context.Context, d time.Duration) error
	// Config is where the endpoint of that name listens in this run. It has no
	// side effects and is the same in every process of the run.
	Config(name string) lahja.ConnectionConfig
	// RunEndpoint opens an endpoint that does not listen.
	RunEndpoint(ctx context.Context, name string, options EndpointOptions) (lahja.EndpointAPI, error)
	// ServeEndpoint opens an endpoint that listens at config.
	ServeEndpoint(ctx context.Context, config lahja.ConnectionConfig, options EndpointOptions) (lahja.EndpointAPI, error)
}

// Engine makes a session for every run. Engines are values without state.
type Engine interface {
	// Name is how users select the engine: how drivers run, a plus sign, and
	// the backend.
	Name() string
	// Capabilities is what every session of the engine can do.
	Capabilities() Capabilities
	// Open prepares what the drivers of one run need from outside.
	Open(ctx context.Context, site Site) (Session, error)
}

// Session is an engine during one run.
type Session interface {
	EngineAPI
	// Close ends what Open began and lists what drivers left behind, one
	// sentence each: descriptors, processes.
	Close() []string
}

// Site is where one run takes place.
type Site struct {
	// Dir returns the run's private directory, made when first asked for.
	Dir func() (string, error)
	// Exclusive says that no other work of this process goes on during the run,
	// so that its open descriptors and child processes can be compared before
	// and after.
	Exclusive bool
	// Logger receives what endpoints log; nil discards it.
	Logger *slog.Logger
	// Host is the address at which endpoints of this process listen, where their
	// transport has such; empty means loopback.
	Host string
	// Hosts are all such addresses of the run but loopback.
	Hosts []string
	// Names is the run's table of names. Nil stands for one of this process alone.
	Names Names
	// Proxied says that who listens where is told by Names alone, because proxies stand between
	// endpoints.
	Proxied bool
}

// EndpointOptions is what a driver adds to the backend's own options.
type EndpointOptions struct {
	// OnHandlerError is told of every subscription handler that failed.
	OnHandlerError func(lahja.HandlerError)
	// ListenWait bounds the wait for a listener to appear when the endpoint
	// connects; 0 means the implementation's default.
	ListenWait time.Duration
	// Reconnect has the endpoint go back to the endpoints that it connected to,
	// with these pauses; nil leaves that to the backend's own options. It needs
	// Reconnects.
	Reconnect *lahja.Backoff
	// SlowPeer is what becomes of events for peers that take them too slowly;
	// lahja.Block leaves that to the backend's own options. It needs Backpressure.
	SlowPeer lahja.SlowPolicy
	// BlockWait bounds how long a broadcast waits for room; 0 leaves that to the
	// backend's own options. It needs Backpressure.
	BlockWait time.Duration
	// Linger bounds how long a close goes on writing what was accepted; 0 leaves that to the
	// backend's own options. Negative has the endpoint leave without a word.
	Linger time.Duration
	// Observer sees what happens, after an observer of the backend's own options.
	Observer lahja.Observer
	// Logger receives what the endpoint logs. Sessions give it to their networks,
	// which therefore find one that is not nil.
	Logger *slog.Logger
}

// logTo has the endpoint log to where the run does, unless it says otherwise.
func (o EndpointOptions) logTo(run *slog.Logger) EndpointOptions {
	o.Logger = cmp.Or(o.Logger, run, slog.New(slog.DiscardHandler))
	return o
}

// Run is what an engine executes.
type Run struct {
	// Drivers run at once.
	Drivers []Driver
	// Assignment is what the driver of that index gets, besides the engine.
	Assignment func(driver int) Assignment
	// Launch lets another process build the drivers again. Its zero value marks
	// bare drivers, which exist in this process alone.
	Launch Launch
	// NetworkFaults says that the scenario needs those.
	NetworkFaults bool
	// Places are where the drivers have to be.
	Places Places
}

// Driver is what an engine runs: something that prints as its initializer and
// actions and that drives one endpoint, or none.
type Driver interface {
	fmt.Stringer
	// Name is unique in a run.
	Name() string
	// Drive runs the driver's actions. It records every step, and its failure
	// before it closes its endpoint.
	Drive(ctx context.Context, eng EngineAPI, a Assignment)
}

// Assignment is a driver's part in a run.
type Assignment struct {
	// Index is the driver's position in the scenario.
	Index int
	// Coordinator is the driver's own link to what the drivers share.
	Coordinator Coordinator `json:"-"`
	// ActionTimeout bounds every action that sets no bound of its own; 0 means none.
	ActionTimeout time.Duration
	// RunID is set as a profiler label on the driver's goroutine, so that what it
	// leaves behind can be told from what others do.
	RunID string
	// Trace has the driver record what it sees (RecordSight).
	Trace bool
	// PlanHash is of what the driver says it does, where a child compares it: it must have
	// built the same driver as its parent.
	PlanHash string
	// Places are where the driver and its actions are declared, for a child.
	Places []string
	// Ring takes what the driver does and what its endpoint observes; nil records nothing.
	// That of a driver which is a process has a File, which the process inherits.
	Ring *recording.Ring `json:"-"`
	// NextRing makes another Ring for a driver that is a process and is started again; nil means
	// that it is not recorded then.
	NextRing func() *recording.Ring `json:"-"`
	// Restart is set for a driver that has crashed and was started again.
	Restart *Restart `json:",omitempty"`
	// AwaitDebugger has the driver's process wait for a debugger before it begins.
	AwaitDebugger bool
}

// Coordinator is the one service that the drivers of a run share, as one driver
// sees it. In one process it is called directly; a child reaches its parent's
// over the control connection.
type Coordinator interface {
	// Record adds to the run's stream of records. A failure recorded stops the
	// others.
	Record(Record)
	// Arrive waits at a point, as its kind says. When somebody that it waits for can no
	// longer come, it fails, and names who came, who is missing and why.
	Arrive(ctx context.Context, at Point) error
}

// Point is where drivers wait for each other.
type Point struct {
	Kind PointKind `json:"kind"`
	// Name is the checkpoint's, the signal's or the endpoint's.
	Name string `json:"name,omitempty"`
}

func (p Point) String() string {
	if p.Kind == AtEnd {
		return string(p.Kind)
	}
	return fmt.Sprintf("%s %q", p.Kind, p.Name)
}

// PointKind is the rule by which drivers wait at a point.
type PointKind string

const (
	// AtCheckpoint: all drivers that contain the checkpoint wait for each other.
	AtCheckpoint PointKind = "checkpoint"
	// AtSignal: the n-th wait of a driver lasts until every driver that contains the signal
	// has sent it n times (RecordReached).
	AtSignal PointKind = "signal"
	// AtListener: a driver waits until the driver that serves an endpoint of that name has
	// opened it (RecordReached). It waits for nobody where no driver serves one.
	AtListener PointKind = "listener"
	// AtFinish: a driver waits until the driver of that name has finished its actions, or has
	// ended.
	AtFinish PointKind = "finish of driver"
	// AtEnd: drivers that have finished their actions wait until all others have, or have
	// ended. They wait twice: then until all know that, so that none closes its endpoint
	// earlier.
	AtEnd PointKind = "end"
)

// Launch is what a child needs to build its driver again. It means something to
// the runner alone.
type Launch struct {
	Suite    string            `json:"suite,omitempty"`
	Scenario string            `json:"scenario"`
	Params   map[string]string `json:"params,omitempty"`
	Seed     uint64            `json:"seed"`
}

// IsZero reports whether the launch names no scenario.
func (l Launch) IsZero() bool { return l.Scenario == "" }
