package bench

import (
	"cmp"
	"slices"
	"time"
)

// Result has the figures of one case over all rounds: the median of each, but for Scale the
// fastest round, because other load would bend the curve.
type Result struct {
	Case
	Run
	// Rounds is the number of rounds.
	Rounds int
	// Ratio is how many times as much the bus does as this system: the median of the
	// rounds' ratios, with the smallest and the largest. It is 1 for the bus itself, and 0 if
	// the bus was not measured.
	Ratio, RatioMin, RatioMax float64
	// CPURatio is the same ratio in events per second of processor time, which other load
	// disturbs less.
	CPURatio float64
}

// Results are in the order of the plan.
type Results []Result

func newResults(cases []Case, runs map[Case][]Run) Results {
	bus := map[Case][]Run{}
	for _, c := range cases {
		if c.System == Lahja {
			bus[c.group()] = runs[c]
		}
	}
	var all Results
	for _, c := range cases {
		mine := runs[c]
		if len(mine) == 0 {
			continue
		}
		r := Result{Case: c, Run: medians(mine), Rounds: len(mine)}
		if c.Measure == Scale {
			r.Run = fastest(mine)
		}
		if rates := ratios(bus[c.group()], mine, func(r Run) float64 { return r.PerSecond }); len(rates) > 0 {
			r.Ratio, r.RatioMin, r.RatioMax = median(rates), slices.Min(rates), slices.Max(rates)
			r.CPURatio = median(ratios(bus[c.group()], mine, Run.perCPU))
		}
		all = append(all, r)
	}
	return all
}

// ratios divides the bus's figure by the system's, for each round that both finished.
func ratios(bus, system []Run, figure func(Run) float64) []float64 {
	all := make([]float64, min(len(bus), len(system)))
	for i := range all {
		all[i] = figure(bus[i]) / figure(system[i])
	}
	return all
}

// perCPU returns events per second of processor time.
func (r Run) perCPU() float64 { return r.PerSecond * r.Seconds / max(r.CPU.Seconds(), 1e-9) }

// fastest returns the run that other load disturbed least, for the curves.
func fastest(runs []Run) Run {
	return slices.MinFunc(runs, func(a, b Run) int { return cmp.Compare(a.Seconds, b.Seconds) })
}

func medians(runs []Run) Run {
	times := func(of func(Run) time.Duration) time.Duration { return medianOf(runs, of) }
	return Run{
		Seconds:       medianOf(runs, func(r Run) float64 { return r.Seconds }),
		PerSecond:     medianOf(runs, func(r Run) float64 { return r.PerSecond }),
		SentPerSecond: medianOf(runs, func(r Run) float64 { return r.SentPerSecond }),
		Fastest:       times(func(r Run) time.Duration { return r.Fastest }),
		Slowest:       times(func(r Run) time.Duration { return r.Slowest }),
		Average:       times(func(r Run) time.Duration { return r.Average }),
		P50:           times(func(r Run) time.Duration { return r.P50 }),
		P99:           times(func(r Run) time.Duration { return r.P99 }),
		CPU:           times(func(r Run) time.Duration { return r.CPU }),
		Memory:        medianOf(runs, func(r Run) int64 { return r.Memory }),
	}
}

func medianOf[T cmp.Ordered](runs []Run, of func(Run) T) T {
	all := make([]T, len(runs))
	for i, r := range runs {
		all[i] = of(r)
	}
	return median(all)
}

// median returns the middle value, or the lower of two middle ones.
func median[T cmp.Ordered](all []T) T {
	sorted := slices.Sorted(slices.Values(all))
	return sorted[(len(sorted)-1)/2]
}
