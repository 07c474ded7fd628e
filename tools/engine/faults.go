package engine

import (
	"cmp"
	"context"
	"fmt"
	"time"
)

// NetworkFaults: the connections between endpoints can be cut, delayed and broken
// (FaultInjector).
const NetworkFaults Capability = "network-faults"

// FaultKind is what a fault does.
type FaultKind string

const (
	// FaultPartition holds everything back that From sends to To, and that To sends to From
	// unless the fault is OneWay, until FaultHeal. Connections are not told. Those that are cut
	// for longer than the capability LivenessBound says end, as if a machine had gone; without that
	// capability, after 4 s.
	FaultPartition FaultKind = "partition"
	// FaultDelay has everything that From sends to To take Delay longer, until FaultHeal.
	FaultDelay FaultKind = "delay"
	// FaultDisconnect breaks all connections between From and To. What is under way is lost.
	// With OneWay only From notices, and To does when it writes.
	FaultDisconnect FaultKind = "disconnect"
	// FaultHeal ends all partitions and delays.
	FaultHeal FaultKind = "heal"
)

// Fault is something that goes wrong between endpoints, or its end.
type Fault struct {
	Kind FaultKind
	// From and To are endpoints; "" stands for all.
	From, To string
	OneWay   bool
	Delay    time.Duration
}

func (f Fault) String() string {
	from, to := cmp.Or(f.From, "everybody"), cmp.Or(f.To, "everybody")
	switch {
	case f.Kind == FaultHeal:
		return string(f.Kind)
	case f.Kind == FaultDelay:
		return fmt.Sprintf("%s of %v from %s to %s", f.Kind, f.Delay, from, to)
	case f.OneWay:
		return fmt.Sprintf("%s from %s to %s", f.Kind, from, to)
	}
	return fmt.Sprintf("%s of %s and %s", f.Kind, from, to)
}

// Between reports whether the fault is about what one endpoint sends to another.
func (f Fault) Between(from, to string) bool {
	is := func(name, endpoint string) bool { return name == "" || name == endpoint }
	return is(f.From, from) && is(f.To, to) || !f.OneWay && f.Kind != FaultDelay && is(f.From, to) && is(f.To, from)
}

// FaultInjector is offered by sessions with the capability NetworkFaults, and by the coordinators of
// drivers that are processes.
type FaultInjector interface {
	// Inject makes a fault happen, or ends it. It fails if there is nothing that it could
	// affect: no connection, or no fault to heal.
	Inject(ctx context.Context, f Fault) error
	// Vacuous lists the faults that have affected nothing, to be called when all drivers have
	// ended.
	Vacuous() []Fault
}
