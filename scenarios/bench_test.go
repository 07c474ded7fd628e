package scenarios_test

import (
	"math/rand/v2"
	"testing"

	"github.com/lahja/go-lahja/scenarios"
	"github.com/lahja/go-lahja/tools/engine/virtual"
	"github.com/lahja/go-lahja/tools/runner"
)

// BenchmarkTable runs all scenarios in virtual time, one after the other: as they come, and with a
// random schedule ("gated"). Run it with -cpu 1.
func BenchmarkTable(b *testing.B) {
	all := scenarios.All()
	for name, engine := range map[string]func(seed uint64) virtual.Engine{
		"plain": func(uint64) virtual.Engine { return virtual.Engine{} },
		"gated": func(seed uint64) virtual.Engine {
			return virtual.Engine{Seed: seed, Schedule: virtual.NewSchedule(random{rand.New(rand.NewPCG(seed, 0))})}
		},
	} {
		b.Run(name, func(b *testing.B) {
			for i := range b.N {
				for n, s := range all {
					r := runner.Runner{Engine: engine(uint64(i*len(all) + n))}
					if report := r.Run(b.Context(), s); report.Verdict == runner.Failed {
						b.Fatal(report)
					}
				}
			}
		})
	}
}

// random is a strategy.
type random struct{ *rand.Rand }

// Pick implements virtual.Strategy.
func (r random) Pick(_ int, choices []virtual.Choice) int { return r.IntN(len(choices)) }
