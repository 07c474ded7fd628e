package drivers

import (
	"time"

	"github.com/lahja/go-lahja/tools/engine"
)

// Case declares a scenario whose drivers need nothing of the run (see Env), so that it is data
// alone:
//
//	var paid = Case("orders/paid", "an order that is paid is placed",
//		New(ServeEndpoint("orders"), Serve(place)),
//		New(RunEndpoint("client"),
//			ConnectToEndpoints("orders"),
//			WaitAnyThenRequest(PlaceOrder{ID: 1}).Returns(Placed{ID: 1})))
//
// All runs of it share the drivers, runs at once too. A Slot holds its value for each run
// apart; a variable that a function of a driver changes does not. What changes during a run
// belongs into a slot, or into a CaseFunc.
func Case(name, rule string, drivers ...*Driver) Scenario {
	return Scenario{Name: name, Rule: rule, Drivers: func(*Env) []*Driver { return drivers }, source: callerSource()}
}

// CaseFunc is Case for drivers that need something of the run, or share variables that change
// during it. drivers is called for each run.
func CaseFunc(name, rule string, drivers func(env *Env) []*Driver) Scenario {
	return Scenario{Name: name, Rule: rule, Drivers: drivers, source: callerSource()}
}

// Row is one value of a Table, with its name.
type Row[T any] struct {
	Name  string
	Value T
}

// Table makes one scenario of each row, named name/row:
//
//	Table("payload/size", "an event of any size arrives whole",
//		func(n int) []*Driver { ... },
//		Row[int]{"empty", 0}, Row[int]{"1 KiB", 1 << 10})
//
// drivers is called for each run.
func Table[T any](name, rule string, drivers func(value T) []*Driver, rows ...Row[T]) []Scenario {
	at := callerSource()
	all := make([]Scenario, len(rows))
	for i, row := range rows {
		all[i] = Scenario{Name: name + "/" + row.Name, Rule: rule, source: at,
			Drivers: func(*Env) []*Driver { return drivers(row.Value) }}
	}
	return all
}

// Labelled returns the scenario with more labels.
func (s Scenario) Labelled(labels ...string) Scenario {
	s.Labels = append(append([]string{}, s.Labels...), labels...)
	return s
}

// Needing returns the scenario with more needs.
func (s Scenario) Needing(needs ...engine.Need) Scenario {
	s.Needs = append(append([]engine.Need{}, s.Needs...), needs...)
	return s
}

// Varying returns the scenario with the reason why what drivers see varies.
func (s Scenario) Varying(why string) Scenario {
	s.Varies = why
	return s
}

// Resting returns the scenario with the checkpoint from which on it mostly waits (Rests).
func (s Scenario) Resting(checkpoint string) Scenario {
	s.Rests = checkpoint
	return s
}

// WithSlack returns the scenario with that Slack.
func (s Scenario) WithSlack(slack int) Scenario {
	s.Slack = slack
	return s
}

// WithTimeout returns the scenario with that Timeout.
func (s Scenario) WithTimeout(timeout time.Duration) Scenario {
	s.Timeout = timeout
	return s
}
