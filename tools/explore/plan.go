package explore

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"runtime"
	"slices"

	"github.com/lahja/go-lahja/tools/engine/virtual"
)

// Schema is the format of a Plan.
const Schema = "lahja-schedule/1"

// PlanFile is a Plan in the directory of a kept run.
const PlanFile = "schedule.json"

// A Plan is a schedule that can be run again: in another process, and on another machine with
// the same version of Go. It says where to depart from a default schedule.
type Plan struct {
	Schema   string `json:"schema"`
	Scenario string `json:"scenario"`
	// Go is the version with which it was found. Another one may run goroutines in another
	// order.
	Go     string            `json:"go"`
	Seed   uint64            `json:"seed"`
	Params map[string]string `json:"params,omitempty"`
	// Link is what connections are like.
	Link virtual.Link `json:"link"`
	// Base is the default schedule, and the Departures from it are in the order of their steps.
	Base       Base        `json:"base"`
	Departures []Departure `json:"departures"`
	// Crash is a driver that crashes, and is started again.
	Crash *virtual.Crash `json:"crash,omitempty"`
	// Steps is what the schedule looked like when it was found, to find the first step that
	// differs. It is there in a file; runs are compared by Trace.
	Steps []string `json:"steps,omitempty"`
}

// Departure is a step that comes earlier or later than in the default schedule.
type Departure struct {
	Step int `json:"step"`
	// Actor goes on at Step; Choice is which of the choices that was.
	Actor  string `json:"actor"`
	Choice int    `json:"choice"`
	// Waits has what the actor would have done at Step wait instead, for so many steps of others,
	// or until nobody else can go on.
	Waits int `json:"waits,omitempty"`
}

// untilNobody are more steps than a run has.
const untilNobody = 1 << 30

// Save writes the plan to a file.
func (p *Plan) Save(path string) error {
	data, err := json.MarshalIndent(p, "", "  ")
	if err != nil {
		return err
	}
	return os.WriteFile(path, append(data, '\n'), 0o644)
}

// Load reads a plan from a file.
func Load(path string) (*Plan, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	p := new(Plan)
	if err := json.Unmarshal(data, p); err != nil {
		return nil, fmt.Errorf("%s is no schedule: %w", path, err)
	}
	if p.Schema != Schema {
		return nil, fmt.Errorf("%s has the schema %q; this program reads %s", path, p.Schema, Schema)
	}
	if p.Go != runtime.Version() {
		return nil, fmt.Errorf("%s was found with %s, and this program was built with %s, which may run goroutines in another order: build it with %s",
			path, p.Go, runtime.Version(), p.Go)
	}
	return p, p.check()
}

func (p *Plan) check() error {
	sorted := slices.IsSortedFunc(p.Departures, func(a, b Departure) int { return a.Step - b.Step })
	if !sorted {
		return errors.New("the departures of the schedule are not in the order of their steps")
	}
	return nil
}

// Base is a default schedule.
type Base string

const (
	// Continue has the actor that went last go on as long as it can, and then the first by
	// name.
	Continue Base = "continue"
	// Oldest has whoever has waited longest go on.
	Oldest Base = "oldest"
)

// pick is who goes on.
func (b Base) pick(last string, choices []virtual.Choice) int {
	if b == Oldest {
		oldest := 0
		for i, c := range choices {
			if c.Came < choices[oldest].Came {
				oldest = i
			}
		}
		return oldest
	}
	return max(0, slices.IndexFunc(choices, func(c virtual.Choice) bool { return c.Actor == last }))
}
