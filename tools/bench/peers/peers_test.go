package main

import (
	"os"
	"testing"

	"github.com/lahja/go-lahja/tools/bench"
)

func TestMain(m *testing.M) {
	bench.Register(carriers...)
	bench.Dispatch()
	os.Exit(m.Run())
}

// TestCarriers measures each system in real processes, with few events and payloads of both kinds:
// many in one write, and one in many writes. An event that is lost, repeated or changed is an error.
func TestCarriers(t *testing.T) {
	for _, c := range carriers {
		t.Run(c.Name, func(t *testing.T) {
			if c.Missing != nil {
				if reason := c.Missing(); reason != nil {
					t.Skip(reason)
				}
			}
			for _, payload := range []int{0, 100, 64 << 10, 5 << 20} {
				events := min(300, 40<<20/max(payload, 1))
				o := bench.Options{Measures: []string{bench.Fanout, bench.RoundTrip}, Systems: []string{c.Name}, Payload: &payload,
					Consumers: 2, Events: events, Rounds: 1}
				plan, err := bench.Plan(o)
				if err != nil {
					t.Fatal(err)
				}
				results, err := bench.Measure(t.Context(), o)
				if err != nil {
					t.Fatal(err)
				}
				if len(results) != len(plan) {
					t.Fatalf("got %d results, want %d", len(results), len(plan))
				}
				for _, r := range results {
					if !(r.PerSecond > 0 && r.P50 > 0 && r.CPU > 0 && r.Memory > 0) {
						t.Errorf("%s: a figure is missing: %+v", r.Case, r)
					}
				}
			}
		})
	}
}
