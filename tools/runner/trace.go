package runner

import (
	"slices"

	"github.com/lahja/go-lahja/tools/engine"
)

// Trace is what one driver saw in a run.
type Trace struct {
	// Driver and Endpoint are names; a driver may have no endpoint.
	Driver, Endpoint string
	// Completed tells that the driver finished all its actions. What another one
	// had still to see is not known.
	Completed bool
	// Concurrent tells that actions of the driver run beside each other, so that
	// what it sends is in no particular order.
	Concurrent bool
	// Sights are in the order recorded.
	Sights []engine.Sight
}

// traces copies what the drivers have seen.
func (c *coordinator) traces() []Trace {
	c.mu.Lock()
	defer c.mu.Unlock()
	all := make([]Trace, len(c.drivers))
	for i, d := range c.drivers {
		failed := slices.ContainsFunc(c.failures, func(f *engine.Failure) bool { return f.Driver == d.Name() })
		all[i] = Trace{Driver: d.Name(), Endpoint: d.Endpoint(), Completed: c.standing[i].Ended && !failed, Concurrent: d.RunsBeside(),
			Sights: slices.Clone(c.sights[i])}
	}
	return all
}
