package engine

import (
	"sort"
	"strings"
)

// Capability is something that not every engine can do. A scenario lists what it
// needs and is unsupported, by name, where that is missing.
type Capability string

const (
	// ProcessIsolation: every driver has a process of its own, which can end,
	// crash or be killed without the others.
	ProcessIsolation Capability = "process-isolation"
	// SharedMemory: drivers run in the process of the runner and can share Go
	// values with it.
	SharedMemory Capability = "shared-memory"
	// SocketFiles: endpoints listen at paths of the file system.
	SocketFiles Capability = "socket-files"
	// Drain: what peers had broadcast to an endpoint before it shut down gracefully
	// is still handled there. All endpoints over a transport can.
	Drain Capability = "drain"
	// RawConnections: the address of an endpoint can be dialled as a byte
	// stream by somebody who does not speak the protocol.
	RawConnections Capability = "raw-connections"
)

// Capabilities is a set of capabilities.
type Capabilities map[Capability]bool

// CapabilitySet makes a set.
func CapabilitySet(all ...Capability) Capabilities {
	set := Capabilities{}
	for _, c := range all {
		set[c] = true
	}
	return set
}

// With returns the union of c and more.
func (c Capabilities) With(more ...Capability) Capabilities {
	set := CapabilitySet(more...)
	for have := range c {
		set[have] = true
	}
	return set
}

// Missing returns those of needs that c lacks, in the order of needs.
func (c Capabilities) Missing(needs []Capability) []Capability {
	var missing []Capability
	for _, n := range needs {
		if !c[n] {
			missing = append(missing, n)
		}
	}
	return missing
}

func (c Capabilities) String() string {
	names := make([]string, 0, len(c))
	for have := range c {
		names = append(names, string(have))
	}
	sort.Strings(names)
	return strings.Join(names, ", ")
}
