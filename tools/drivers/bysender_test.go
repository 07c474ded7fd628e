package drivers_test

import (
	"strings"
	"testing"

	"github.com/lahja/go-lahja/lahja"
	d "github.com/lahja/go-lahja/tools/drivers"
	"github.com/lahja/go-lahja/tools/engine"
	"github.com/lahja/go-lahja/tools/engine/transports"
	"github.com/lahja/go-lahja/tools/runner"
)

func TestBySender(t *testing.T) {
	for name, c := range map[string]struct {
		want map[string][]Tick
		says string
	}{
		"as sent":            {map[string][]Tick{"server": {{N: 9}}, "client": {{N: 0}, {N: 1}, {N: 2}}}, ""},
		"one too many":       {map[string][]Tick{"server": {{N: 9}}, "client": {{N: 0}, {N: 1}}}, "Tick{N:2} came from client after the 2 that were to come from there"},
		"one too few":        {map[string][]Tick{"server": {{N: 9}, {N: 8}}, "client": {{N: 0}, {N: 1}, {N: 2}}}, "1 of 2 events came from server; the next was to be Tick{N:8}"},
		"another":            {map[string][]Tick{"server": {{N: 9}}, "client": {{N: 0}, {N: 2}, {N: 1}}}, "event 2 from client is Tick{N:1}, want Tick{N:2}"},
		"from somebody else": {map[string][]Tick{"client": {{N: 0}, {N: 1}, {N: 2}}}, "Tick{N:9} came from server, from whom nothing was to come"},
		"from nobody":        {map[string][]Tick{"server": {{N: 9}}, "client": {{N: 0}, {N: 1}, {N: 2}}, "other": {{N: 1}}}, "0 of 1 events came from other"},
	} {
		t.Run(name, func(t *testing.T) {
			s := two("by-sender", func(*d.Env) (server, client []d.Action) {
				ticks := d.NewSlot[*lahja.Stream[Tick]]("ticks")
				return []d.Action{d.Stream(ticks), d.WaitUntilSubscriptionsKnown(), d.Checkpoint("listening"), d.Broadcast(Tick{N: 9}), d.Checkpoint("sent"),
						d.Drain(ticks).BySender(c.want)},
					[]d.Action{d.Checkpoint("listening"), d.BroadcastEach(3, func(i int) Tick { return Tick{N: i} }), d.Sync("server"), d.Checkpoint("sent")}
			})
			r := runner.Runner{Engine: engine.OnGoroutines(transports.Memory())}
			err := r.Run(t.Context(), s).Err()
			if (err == nil) != (c.says == "") || err != nil && !strings.Contains(err.Error(), c.says) {
				t.Errorf("got %v, want %q", err, c.says)
			}
		})
	}
}
