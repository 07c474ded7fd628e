package bench

import (
	"cmp"
	"slices"
	"time"
)

// Result is what came of one case in all rounds: of each figure the median, but for
// Scale the fastest round, as other load would bend the curve.
type Result struct {
	Case
	Run
	// Rounds is how many there were.
	Rounds int
	// Ratio is how many times as much the bus does as this system: the median of the
	// ratios of the single rounds, with the least and the most. It is 1 for the bus
	// itself, and 0 where the bus was not measured.
	Ratio, RatioMin, RatioMax float64
	// CPURatio is the same by time on processors for each event instead of by rate,
	// which what else runs on the machine disturbs less.
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

// ratios are the bus's figure over the system's, round by round, as far as both got.
func ratios(bus, system []Run, figure func(Run) float64) []float64 {
	all := make([]float64, min(len(bus), len(system)))
	for i := range all {
		all[i] = figure(bus[i]) / figure(system[i])
	}
	return all
}

// perCPU is how much was done for each second on a processor.
func (r Run) perCPU() float64 { return r.PerSecond * r.Seconds / max(r.CPU.Seconds(), 1e-9) }

// fastest is the run that was disturbed least: what curves are drawn through.
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

// median is the middle one; of an even number the lower of the two in the middle.
func median[T cmp.Ordered](all []T) T {
	sorted := slices.Sorted(slices.Values(all))
	return sorted[(len(sorted)-1)/2]
}
