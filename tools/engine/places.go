package engine

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"runtime"
	"slices"
	"strings"
)

// Places says on which machines the drivers of a run have to be. The zero Places leaves that to
// the engine, which spreads them.
type Places struct {
	// On are the labels that a driver's machine must have, all of them, by the driver's name.
	On map[string][]string
	// Apart are groups of drivers of which no two share a machine.
	Apart [][]string
	// Together are groups of drivers that share one.
	Together [][]string
}

// IsZero reports whether the engine may place all drivers as it likes.
func (p Places) IsZero() bool { return len(p.On)+len(p.Apart)+len(p.Together) == 0 }

// Machine is where drivers can be.
type Machine struct {
	// Name is for reports.
	Name string
	// Address is where endpoints listen there, besides loopback: a name or an IP address. Empty
	// means on loopback alone.
	Address string
	// Labels are what scenarios choose machines by, such as "zone=a".
	Labels []string
	// Room is for how many more drivers there is room, as far as is known; 0 means any number.
	Room int
}

func (m Machine) String() string {
	if len(m.Labels) == 0 {
		return m.Name
	}
	return m.Name + " (" + strings.Join(m.Labels, " ") + ")"
}

// Placer is offered by sessions whose drivers run on machines that scenarios can choose.
type Placer interface {
	// Placeable returns an error that wraps ErrNoPlace if the drivers, which are names in their
	// order, cannot be placed so.
	Placeable(ctx context.Context, drivers []string, places Places) error
}

// ErrNoPlace is why a scenario is unsupported whose drivers cannot be where they have to be.
var ErrNoPlace = errors.New("no place for the drivers")

// Machines is what a scenario needs whose drivers have no place.
var Machines Need = machinesNeed{}

type machinesNeed struct{}

// MetBy implements Need: it was found to be unmet.
func (machinesNeed) MetBy(Capabilities) bool { return false }

func (machinesNeed) String() string { return "machines as its drivers need them" }

// Placeable is s.Placeable. An engine that is no Placer has ThisMachine.
func Placeable(ctx context.Context, s Session, drivers []string, places Places) error {
	if places.IsZero() {
		return nil
	}
	if p, ok := s.(Placer); ok {
		return p.Placeable(ctx, drivers, places)
	}
	_, err := places.Assign(drivers, []Machine{ThisMachine()})
	return err
}

// ThisMachine is the machine of this process. Its labels are its platform.
func ThisMachine() Machine {
	return Machine{Name: "this machine", Labels: PlatformLabels(runtime.GOOS, runtime.GOARCH)}
}

// PlatformLabels are the labels of a machine's operating system and architecture, in Go's names.
func PlatformLabels(system, architecture string) []string {
	return []string{"os=" + system, "arch=" + architecture}
}

// HostLabel is the label of a machine's name.
func HostLabel(name string) string { return "host=" + name }

// Assign finds a machine for each of the drivers, which are names: the machine's index. It
// spreads them, and fills no machine as long as there is room on another. Its error wraps
// ErrNoPlace.
func (p Places) Assign(drivers []string, machines []Machine) ([]int, error) {
	if len(machines) == 0 {
		return nil, fmt.Errorf("%w: there is no machine", ErrNoPlace)
	}
	s := &seating{places: p, machines: machines, load: make([]int, len(machines)), steps: maxSteps}
	if err := s.group(drivers); err != nil {
		return nil, err
	}
	if !s.seat(0) {
		return nil, s.why()
	}
	at := make([]int, len(drivers))
	for _, g := range s.groups {
		for _, i := range g.drivers {
			at[i] = g.at
		}
	}
	return at, nil
}

// maxSteps bounds the search for an assignment. What people declare needs as many steps as there
// are drivers.
const maxSteps = 10_000

// seating is the search for an assignment.
type seating struct {
	places   Places
	machines []Machine
	load     []int // how many drivers each machine has so far
	groups   []*party
	steps    int
}

// party is drivers that share a machine.
type party struct {
	names   []string
	drivers []int
	on      []string // labels
	fits    []int    // machines that have them
	at      int      // the machine; -1 before there is one
	apart   []*party // from whom it must be apart
}

func (g *party) has(driver string) bool { return slices.Contains(g.names, driver) }

// group makes the parties, those with the least choice first.
func (s *seating) group(drivers []string) error {
	for i, name := range drivers {
		s.groups = append(s.groups, &party{names: []string{name}, drivers: []int{i}, on: slices.Clone(s.places.On[name]), at: -1})
	}
	for _, together := range s.places.Together {
		s.merge(together)
	}
	for _, g := range s.groups {
		for i, m := range s.machines {
			if !slices.ContainsFunc(g.on, func(label string) bool { return !slices.Contains(m.Labels, label) }) {
				g.fits = append(g.fits, i)
			}
		}
		if len(g.fits) == 0 {
			return fmt.Errorf("%w: %s must be on a machine with %s, and there is %s", ErrNoPlace, said(g.names), strings.Join(g.on, " and "), s.offered())
		}
	}
	for _, g := range s.groups {
		for _, other := range s.groups {
			if g != other && s.apart(g, other) {
				g.apart = append(g.apart, other)
			}
		}
	}
	slices.SortStableFunc(s.groups, func(a, b *party) int { return cmp.Compare(len(a.fits), len(b.fits)) })
	return nil
}

// merge makes one party of those of the drivers.
func (s *seating) merge(together []string) {
	var one *party
	s.groups = slices.DeleteFunc(s.groups, func(g *party) bool {
		if !slices.ContainsFunc(together, g.has) {
			return false
		}
		if one == nil {
			one = g
			return false
		}
		one.names, one.drivers, one.on = append(one.names, g.names...), append(one.drivers, g.drivers...), append(one.on, g.on...)
		return true
	})
}

// seat finds machines for the parties from the nth on.
func (s *seating) seat(n int) bool {
	if n == len(s.groups) {
		return true
	}
	g := s.groups[n]
	for _, m := range s.choices(g) {
		if s.steps--; s.steps < 0 {
			return false
		}
		g.at = m
		s.load[m] += len(g.drivers)
		if s.seat(n + 1) {
			return true
		}
		s.load[m] -= len(g.drivers)
		g.at = -1
	}
	return false
}

// choices are the machines that a party may have now, the best first.
func (s *seating) choices(g *party) []int {
	free := slices.DeleteFunc(slices.Clone(g.fits), func(m int) bool {
		return slices.ContainsFunc(g.apart, func(other *party) bool { return other.at == m })
	})
	full := func(m int) int {
		if room := s.machines[m].Room; room > 0 && s.load[m]+len(g.drivers) > room {
			return 1
		}
		return 0
	}
	slices.SortStableFunc(free, func(a, b int) int {
		return cmp.Or(cmp.Compare(full(a), full(b)), cmp.Compare(s.load[a], s.load[b]))
	})
	return free
}

// apart reports whether two parties must not share a machine.
func (s *seating) apart(a, b *party) bool {
	return slices.ContainsFunc(s.places.Apart, func(group []string) bool {
		return slices.ContainsFunc(group, a.has) && slices.ContainsFunc(group, b.has)
	})
}

// why says why there was no assignment.
func (s *seating) why() error {
	for _, group := range s.places.Apart {
		if len(group) > len(s.machines) {
			return fmt.Errorf("%w: %s must be on different machines, and there is %s", ErrNoPlace, said(group), s.offered())
		}
	}
	if s.steps < 0 {
		return fmt.Errorf("%w: none was found in %d steps; there is %s", ErrNoPlace, maxSteps, s.offered())
	}
	return fmt.Errorf("%w: they cannot be apart, together and on machines with these labels as declared; there is %s", ErrNoPlace, s.offered())
}

func (s *seating) offered() string {
	names := make([]string, len(s.machines))
	for i, m := range s.machines {
		names[i] = m.String()
	}
	return strings.Join(names, ", ")
}

// said are drivers in a sentence.
func said(names []string) string {
	if len(names) == 1 {
		return "driver " + names[0]
	}
	return "drivers " + strings.Join(names[:len(names)-1], ", ") + " and " + names[len(names)-1]
}
