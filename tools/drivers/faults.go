package drivers

import (
	"context"
	"errors"
	"time"

	"github.com/lahja/go-lahja/tools/engine"
)

// Partition holds back whatever two endpoints send to each other, connection attempts
// included, until Heal. Neither of them is told. It needs engine.NetworkFaults, as all faults
// of the network do. A fault that affects nothing in the whole run fails the scenario.
func Partition(a, b string) Action {
	return fault("Partition", []any{a, b}, engine.Fault{Kind: engine.FaultPartition, From: a, To: b})
}

// PartitionFrom holds back whatever one endpoint sends to another one, until Heal. What the
// other one sends arrives.
func PartitionFrom(from, to string) Action {
	return fault("PartitionFrom", []any{from, to}, engine.Fault{Kind: engine.FaultPartition, From: from, To: to, OneWay: true})
}

// Isolate is a Partition of one endpoint and all others.
func Isolate(endpoint string) Action {
	return fault("Isolate", []any{endpoint}, engine.Fault{Kind: engine.FaultPartition, From: endpoint})
}

// Delay has whatever one endpoint sends to another one take longer, until Heal.
func Delay(from, to string, by time.Duration) Action {
	return fault("Delay", []any{from, to, by}, engine.Fault{Kind: engine.FaultDelay, From: from, To: to, Delay: by})
}

// Disconnect breaks the connections between two endpoints. What is under way is lost. It fails
// if there is none.
func Disconnect(a, b string) Action {
	return fault("Disconnect", []any{a, b}, engine.Fault{Kind: engine.FaultDisconnect, From: a, To: b})
}

// HalfOpen breaks the connections between two endpoints so that only one of them notices. The
// other one does when it writes.
func HalfOpen(notices, other string) Action {
	return fault("HalfOpen", []any{notices, other}, engine.Fault{Kind: engine.FaultDisconnect, From: notices, To: other, OneWay: true})
}

// Heal ends all partitions and delays.
func Heal() Action { return fault("Heal", nil, engine.Fault{Kind: engine.FaultHeal}) }

func fault(name string, args []any, f engine.Fault) Action {
	return newAction(name, args, func(ctx context.Context, s *Scope) error {
		injector, ok := offered[engine.FaultInjector](s)
		if !ok {
			return errors.New("this engine cannot make faults; list engine.NetworkFaults in the scenario's Needs")
		}
		s.assignment.Ring.Fault(f.String())
		return injector.Inject(ctx, f)
	})
}
