package agents_test

import (
	"slices"
	"testing"
	"time"

	"github.com/lahja/go-lahja/scenarios"
)

// BenchmarkScenariosOnThreeMachines measures how many scenarios run in a second, one after the other,
// on agents on three machines, and on one machine without agents. What counts is the ratio. Scenarios
// that mostly wait say nothing about it, and are left out.
func BenchmarkScenariosOnThreeMachines(b *testing.B) {
	f := startFleet(b, setup{})
	f.ship()
	names := chosen()
	for _, s := range scenarios.All() {
		if s.Rests != "" {
			names = slices.DeleteFunc(names, func(name string) bool { return name == s.Name })
		}
	}
	took := map[string]time.Duration{}
	for b.Loop() {
		for _, engine := range []string{"agents+tcp", "subprocess+tcp"} {
			began := time.Now()
			for _, o := range f.run("laptop", append([]string{"--parallel", "1", "--engine", engine}, names...)...).outcomes(b) {
				if o.Verdict != "passed" && o.Verdict != "unsupported" {
					b.Error(o.Report)
				}
			}
			took[engine] += time.Since(began)
		}
	}
	b.ReportMetric(float64(b.N*len(names))/took["agents+tcp"].Seconds(), "scenarios/s")
	b.ReportMetric(float64(took["subprocess+tcp"])/float64(took["agents+tcp"]), "of-one-machine")
	b.ReportMetric(0, "ns/op")
}
