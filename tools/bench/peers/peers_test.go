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

// TestCarriers measures each system in real processes. An event that is lost, repeated or changed
// is an error. The first case has more events than a queue of any system holds, and others have
// payloads larger than a write, or than gRPC takes by default.
func TestCarriers(t *testing.T) {
	for _, c := range carriers {
		t.Run(c.Name, func(t *testing.T) {
			if c.Missing != nil {
				if reason := c.Missing(); reason != nil {
					t.Skip(reason)
				}
			}
			for _, o := range []struct {
				measure         string
				payload, events int
			}{
				{bench.Fanout, 100, 20_000},
				{bench.Fanout, 64 << 10, 300},
				{bench.Fanout, 5 << 20, 5},
				{bench.RoundTrip, 0, 300},
				{bench.RoundTrip, 5 << 20, 5},
			} {
				measure(t, bench.Options{Measures: []string{o.measure}, Systems: []string{c.Name}, Payload: &o.payload, Events: o.events})
			}
		})
	}
}

func measure(t *testing.T, o bench.Options) {
	t.Helper()
	o.Rounds = 1
	if o.Measures[0] == bench.Fanout {
		o.Consumers = 2
	}
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
