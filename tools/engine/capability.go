package engine

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/lahja/go-lahja/internal/bytesize"
)

// Capability is something that not every engine can do, or not to the same measure.
// A scenario lists what it needs and is unsupported, by name, where that is missing.
type Capability string

// What there is or is not.
const (
	// ProcessIsolation: every driver has a process of its own, which can end,
	// crash or be killed without the others.
	ProcessIsolation Capability = "process-isolation"
	// ChildProcesses: a driver can be a process, which is this program started again.
	// Engines that start such processes require it.
	ChildProcesses Capability = "child-processes"
	// SharedMemory: drivers run in the process of the runner and can share Go
	// values with it.
	SharedMemory Capability = "shared-memory"
	// AcrossProcesses: endpoints of different processes can connect.
	AcrossProcesses Capability = "across-processes"
	// Takeover: the address of a server whose process was killed can be taken by
	// another one, whatever the dead one left there.
	Takeover Capability = "takeover"
	// SocketFiles: endpoints listen at paths of the file system.
	SocketFiles Capability = "socket-files"
	// PeerCredentials: only processes of the same user can connect.
	PeerCredentials Capability = "peer-credentials"
	// RawConnections: the address of an endpoint can be dialled as a byte
	// stream by somebody who does not speak the protocol.
	RawConnections Capability = "raw-connections"
	// CertifiedNames: an endpoint can have no name that its certificate does not have.
	CertifiedNames Capability = "certified-names"
	// Backpressure: a sender waits for a peer that does not read, and for that
	// peer alone.
	Backpressure Capability = "backpressure"
	// Drain: what peers had broadcast to an endpoint before it shut down gracefully
	// is still handled there.
	Drain Capability = "drain"
	// OrderAcrossSenders: what an endpoint sent because of an event arrives after
	// that event, also at those who got both from different senders.
	OrderAcrossSenders Capability = "order-across-senders"
	// Reconnects: an endpoint that is opened to (EndpointOptions.Reconnect) goes back
	// to the endpoints that it connected to when they come back.
	Reconnects Capability = "reconnects"
	// FindsDetached: a process that a driver leaves running is found, named and ended also
	// where it has detached itself from the driver's, with a session of its own (daemons
	// do). Where drivers are goroutines it takes a Runner that is Exclusive.
	FindsDetached Capability = "finds-detached-processes"
)

// What has a measure.
const (
	// MaxPayload is how large an event can be, encoded as CBOR, in bytes. Scenarios send
	// events of exactly that size.
	MaxPayload Capability = "max-payload"
	// DeathBound is within which time, in nanoseconds, the end of a peer's process
	// is noticed.
	DeathBound Capability = "death-bound"
	// LivenessBound is within which time, in nanoseconds, a peer is noticed that
	// only falls silent, as one whose machine has gone. Endpoints that always share
	// a machine have none.
	LivenessBound Capability = "liveness-bound"
)

// measure is what a capability's amount counts.
type measure int

const (
	isThere measure = iota
	inBytes         // the more the better
	inTime          // the less the better
)

var measures = map[Capability]measure{MaxPayload: inBytes, DeathBound: inTime, LivenessBound: inTime}

// Need is what a scenario needs of an engine: a Capability, or so much of one
// (AtLeast, AtMost).
type Need interface {
	fmt.Stringer
	// MetBy reports whether an engine with these capabilities will do.
	MetBy(have Capabilities) bool
}

// MetBy implements Need.
func (c Capability) MetBy(have Capabilities) bool { return have.Has(c) }

func (c Capability) String() string { return string(c) }

// AtLeast needs so much of a capability that has a measure.
func AtLeast(c Capability, amount int64) Need {
	return amountNeed{c, amount, "at least", func(have int64) bool { return have >= amount }}
}

// AtMost needs a capability that has a measure, and no more than so much of it.
func AtMost(c Capability, amount int64) Need {
	return amountNeed{c, amount, "at most", func(have int64) bool { return have <= amount }}
}

type amountNeed struct {
	capability Capability
	amount     int64
	how        string
	enough     func(have int64) bool
}

func (n amountNeed) MetBy(have Capabilities) bool {
	return have.Has(n.capability) && n.enough(have[n.capability])
}

func (n amountNeed) String() string {
	return fmt.Sprintf("%s of %s %s", n.capability, n.how, n.capability.format(n.amount))
}

// Capabilities is what an engine can do: the amount of what has a measure, and 1
// for what there is.
type Capabilities map[Capability]int64

// CapabilitySet makes a set of what has no measure.
func CapabilitySet(all ...Capability) Capabilities {
	set := Capabilities{}
	for _, c := range all {
		set[c] = 1
	}
	return set
}

// Has reports whether there is any of c.
func (c Capabilities) Has(capability Capability) bool { return c[capability] > 0 }

// With returns the union of c and more, which has no measure.
func (c Capabilities) With(more ...Capability) Capabilities { return c.Union(CapabilitySet(more...)) }

// Union returns the union of c and more. Of what both have it takes more's amount.
func (c Capabilities) Union(more Capabilities) Capabilities {
	union := maps.Clone(c)
	if union == nil {
		union = Capabilities{}
	}
	maps.Copy(union, more)
	return union
}

// Common returns what both can do, in the amount on which both can be relied.
func (c Capabilities) Common(other Capabilities) Capabilities {
	common := Capabilities{}
	for capability, amount := range c {
		switch {
		case !other.Has(capability):
		case measures[capability] == inTime:
			common[capability] = max(amount, other[capability])
		default:
			common[capability] = min(amount, other[capability])
		}
	}
	return common
}

// Missing returns those of needs that c does not meet, in the order of needs.
func (c Capabilities) Missing(needs []Need) []Need {
	var missing []Need
	for _, n := range needs {
		if !n.MetBy(c) {
			missing = append(missing, n)
		}
	}
	return missing
}

// Requirer is offered by engines and backends that some systems cannot run. The engine
// runs nothing where it lacks the capabilities that it requires: every scenario is
// unsupported there, by their names.
type Requirer interface {
	Requires() []Need
}

// Required returns what an engine or a backend requires.
func Required(of any) []Need {
	if r, ok := of.(Requirer); ok {
		return r.Requires()
	}
	return nil
}

// Missing returns what an engine lacks: of what it requires, and of needs.
func Missing(e Engine, needs []Need) []Need {
	return e.Capabilities().Missing(slices.Concat(Required(e), needs))
}

// String lists the capabilities by name, with their amounts.
func (c Capabilities) String() string {
	var all []string
	for _, capability := range slices.Sorted(maps.Keys(c)) {
		if c.Has(capability) {
			all = append(all, c.Format(capability))
		}
	}
	return strings.Join(all, ", ")
}

// Format is one capability with its amount, where it has one: "max-payload 16 MiB".
func (c Capabilities) Format(capability Capability) string {
	if measures[capability] == isThere {
		return string(capability)
	}
	return string(capability) + " " + capability.format(c[capability])
}

func (c Capability) format(amount int64) string {
	switch measures[c] {
	case inTime:
		return time.Duration(amount).String()
	case inBytes:
		return bytesize.Exact(amount)
	}
	return fmt.Sprint(amount)
}
