package bench

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"math"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/lahja/go-lahja/tools/internal/chart"
)

// fixed are made-up results.
func fixed() Results {
	bus := Case{Measure: Fanout, System: Lahja, Codec: DefaultCodec, Payload: 100, Consumers: 10, Events: 1000}
	nats, limit := bus, bus
	nats.System, limit.System, limit.Events = NATS, Limit, 4000
	idle := Case{Measure: Idle, System: Lahja, Consumers: 400}
	run := func(received, perSecond float64) Run {
		return Run{Seconds: received / perSecond, PerSecond: perSecond, SentPerSecond: perSecond / 10, Fastest: 1500 * time.Nanosecond,
			Slowest: 12 * time.Millisecond, Average: 2 * time.Millisecond, P50: time.Millisecond, P99: 11 * time.Millisecond,
			CPU: 1234 * time.Millisecond, Memory: 20 << 20}
	}
	runs := map[Case][]Run{
		bus:   {run(10_000, 1_000_000), run(10_000, 1_200_000), run(10_000, 900_000)},
		nats:  {run(10_000, 500_000), run(10_000, 800_000), run(10_000, 450_000)},
		limit: {run(40_000, 10_000_000), run(40_000, 10_000_000), run(40_000, 10_000_000)},
		idle:  {{Seconds: 0.1, PerSecond: 4000, Memory: 100 << 10}},
	}
	cases := []Case{bus, limit, nats, idle}
	for _, p := range []struct {
		size    int
		seconds float64
		memory  int64
	}{{10, 0.01, 100}, {100, 0.2, 5000}, {1000, 1, 1_000_000}} {
		c := Case{Measure: Scale, System: Lahja, Subject: "types", Size: p.size, Consumers: 1, Events: 1}
		runs[c] = []Run{{Seconds: p.seconds, PerSecond: 1, Memory: p.memory}}
		cases = append(cases, c)
	}
	return newResults(cases, runs)
}

func TestRatios(t *testing.T) {
	all := fixed()
	for i, want := range []struct{ ratio, least, most, perSecond float64 }{
		{1, 1, 1, 1_000_000}, {0.1, 0.09, 0.12, 10_000_000}, {2, 1.5, 2, 500_000},
	} {
		r := all[i]
		if r.Ratio != want.ratio || r.RatioMin != want.least || r.RatioMax != want.most || r.PerSecond != want.perSecond {
			t.Errorf("%s: got %v (%v to %v) at %v a second, want %+v", r.Case, r.Ratio, r.RatioMin, r.RatioMax, r.PerSecond, want)
		}
	}
}

func TestTable(t *testing.T) {
	var b strings.Builder
	if err := fixed().Table(&b); err != nil {
		t.Fatal(err)
	}
	rows := map[string]bool{} // without alignment
	for row := range strings.Lines(b.String()) {
		rows[strings.Join(strings.Fields(row), " ")] = true
	}
	for _, want := range []string{
		"MEASURE SYSTEM EVENTS SENT/S RECEIVED/S FASTEST SLOWEST AVERAGE P50 P99 MEMORY CPU",
		"fanout default x10 100 B lahja 1000 100,000 1,000,000 1.5µs 12ms 2ms 1ms 11ms 20 MiB 1.23s",
		"idle x400 lahja 0 4,000 100 KiB",
		"fanout default x10 100 B limit 0.100 0.090-0.120 0.250 at least 0.2 not met",
		"fanout default x10 100 B nats 2.000 1.500-2.000 1.000 at least 1.5 met",
		"idle x400 100 KiB at most 64 KiB not met",
		"types 1000 1s 976.6 KiB",
		"types 1.00 1.00 1.30 to 100 2.00 2.00 2.30 to 1000 no worse than linear not met",
	} {
		if !rows[want] {
			t.Errorf("got\n%s\nwant a row\n%s", b.String(), want)
		}
	}
}

func TestJSON(t *testing.T) {
	var b bytes.Buffer
	all := fixed()
	all[2].Ratio = 0 // as if the bus had not been measured
	if err := all.JSON(&b); err != nil {
		t.Fatal(err)
	}
	decoder := json.NewDecoder(&b)
	for i, r := range all {
		var l map[string]any
		if err := decoder.Decode(&l); err != nil {
			t.Fatal(err)
		}
		for name, want := range map[string]any{"measure": r.Measure, "system": r.System, "payload": float64(r.Payload),
			"consumers": float64(r.Consumers), "events": float64(r.Events), "seconds": r.Seconds, "per_second": r.PerSecond, "ratio": r.Ratio} {
			if got, ok := l[name]; name == "ratio" && i == 2 {
				want = nil
				if got != want || !ok {
					t.Errorf("got ratio %v, want null", got)
				}
			} else if got != want {
				t.Errorf("%s: got %s %v, want %v", r.Case, name, got, want)
			}
		}
	}
	if _, err := decoder.Token(); !errors.Is(err, io.EOF) {
		t.Errorf("there is more: %v", err)
	}
}

// TestPage pins the figures in a picture.
func TestPage(t *testing.T) {
	all := fixed()
	figures, curves := all.apart()
	page := all.page()
	var bars []chart.Bar
	for _, group := range page.Bars {
		bars = append(bars, group.Bars...)
	}
	if len(bars) != len(figures) || len(page.Curves) != len(curves) {
		t.Fatalf("got %d bars and %d curves, want %d and %d", len(bars), len(page.Curves), len(figures), len(curves))
	}
	for i, want := range []chart.Bar{
		{Name: Lahja, Text: "1,000,000", Value: 1_000_000, Colour: colours[Lahja]},
		{Name: Limit, Text: "10,000,000 (lahja: 0.10 of it, at least 0.2: not met)", Value: 10_000_000, Colour: colours[Limit]},
		{Name: NATS, Text: "500,000 (lahja: 2.00 of it, at least 1.5: met)", Value: 500_000, Colour: colours[NATS]},
		{Name: Lahja, Text: "100 KiB (at most 64 KiB: not met)", Value: 100 << 10, Colour: colours[Lahja]},
	} {
		if bars[i] != want {
			t.Errorf("got %+v, want %+v", bars[i], want)
		}
	}
	for _, group := range page.Bars {
		if !strings.Contains(group.Title, units[Fanout]) && !strings.Contains(group.Title, units[Idle]) {
			t.Errorf("the title %q has no unit", group.Title)
		}
	}
	curve := page.Curves[0]
	if !slices.Equal(curve.Sizes, []float64{10, 100, 1000}) || !slices.Equal(curve.Labels, []string{"10", "100", "1000"}) {
		t.Errorf("got the sizes %v, %v", curve.Sizes, curve.Labels)
	}
	for i, want := range []chart.Line{
		{Name: "linear", Values: []float64{1, 10, 100}},
		{Name: "time ~ size^1.00", Values: []float64{1, 20, 100}, End: "1s"},
		{Name: "memory ~ size^2.00", Values: []float64{1, 50, 10_000}, End: "976.6 KiB"},
	} {
		if got := curve.Lines[i]; got.Name != want.Name || got.End != want.End || !slices.Equal(got.Values, want.Values) {
			t.Errorf("got %+v, want %+v", got, want)
		}
	}
}

func TestExponent(t *testing.T) {
	for _, c := range []struct {
		cost  []float64
		want  float64
		step  float64 // the worst
		at    int     // 0 for any
		worse bool
	}{
		{[]float64{1, 10, 100}, 1, 1, 0, false},
		{[]float64{5, 5, 5}, 0, 0, 0, false},
		{[]float64{1, 100, 10_000}, 2, 2, 0, true},
		{[]float64{1, 1, 10, 1000}, 1, 2, 10_000, true},       // a fixed cost hides the growth at the end
		{[]float64{1, 1, 100, 100, 100}, 0.6, 2, 1000, false}, // a step hides in the middle
		{[]float64{100, 10, 1}, -1, -1, 0, false},             // it has a worst step all the same
		{[]float64{3}, math.NaN(), math.NaN(), 0, false},
		{[]float64{0, 10, 100}, math.NaN(), 1, 1000, false},
		{[]float64{1, 10, 0}, math.NaN(), 1, 100, false},
	} {
		curve := curve{subject: "types"}
		for i, v := range c.cost {
			curve.points = append(curve.points, Result{Case: Case{Size: int(math.Pow10(i + 1))}, Run: Run{Seconds: v, Memory: 1}})
		}
		if got := curve.exponent(timeOf); math.Abs(got-c.want) > 1e-9 || math.IsNaN(got) != math.IsNaN(c.want) {
			t.Errorf("%v: got %v, want %v", c.cost, got, c.want)
		}
		if got, at := curve.worst(timeOf); !(math.Abs(got-c.step) < 1e-9 || math.IsNaN(got) && math.IsNaN(c.step)) || c.at != 0 && at != c.at {
			t.Errorf("%v: got the worst step %v to %d, want %v to %d", c.cost, got, at, c.step, c.at)
		}
		if got := curve.noWorse(); got == c.worse {
			t.Errorf("%v: got no worse than linear %v", c.cost, got)
		}
	}
}

func TestTargets(t *testing.T) {
	cases, err := Plan(Options{Measures: measureNames()})
	if err != nil {
		t.Fatal(err)
	}
	reached := map[Target]int{}
	for _, c := range cases {
		if target, ok := (Result{Case: c}).target(); ok {
			reached[target]++
		}
	}
	for _, target := range Targets {
		if reached[target] != 1 {
			t.Errorf("%+v is the target of %d cases, want 1", target, reached[target])
		}
	}
}

// TestLatency pins the figures of times that two processes counted: each is within 1 %.
func TestLatency(t *testing.T) {
	all, other := newLatency(), newLatency()
	var empty Run
	empty.timed(all)
	if empty != (Run{}) {
		t.Errorf("got %+v of nothing, want nothing", empty)
	}
	for i := range 1000 {
		d := time.Duration(i+1) * time.Microsecond
		if i%2 == 0 {
			other.add(d)
		} else {
			all.add(d)
		}
	}
	sent, err := json.Marshal(message{Latency: other})
	if err != nil {
		t.Fatal(err)
	}
	var received message
	if err := json.Unmarshal(sent, &received); err != nil {
		t.Fatal(err)
	}
	all.merge(received.Latency)
	all.merge(nil)
	if all.TotalCount() != 1000 {
		t.Errorf("got %d times, want 1000", all.TotalCount())
	}
	var r Run
	r.timed(all)
	for name, c := range map[string]struct{ got, want time.Duration }{
		"fastest": {r.Fastest, time.Microsecond}, "slowest": {r.Slowest, time.Millisecond}, "average": {r.Average, 500500 * time.Nanosecond},
		"p50": {r.P50, 500 * time.Microsecond}, "p99": {r.P99, 990 * time.Microsecond},
	} {
		if difference := (c.got - c.want).Abs(); difference > c.want/100 {
			t.Errorf("%s: got %v, want %v or at most 1 %% more or less", name, c.got, c.want)
		}
	}
}

// TestLatencyOutOfRange pins that every time counts, however long or short.
func TestLatencyOutOfRange(t *testing.T) {
	l := newLatency()
	for _, d := range []time.Duration{-time.Second, 0, math.MaxInt64} {
		l.add(d)
	}
	var r Run
	r.timed(l)
	if l.TotalCount() != 3 || r.Fastest != 0 || r.P50 != 0 || r.Slowest < maxLatency {
		t.Errorf("got %d times and %+v, want 3 from 0 to %v", l.TotalCount(), r, maxLatency)
	}
}

func TestPlan(t *testing.T) {
	for name, c := range map[string]struct {
		options Options
		want    []Case
	}{
		"as the case says": {Options{Measures: []string{RoundTrip}}, []Case{
			{Measure: RoundTrip, System: Lahja, Codec: DefaultCodec, Payload: 100, Consumers: 1, Events: 20_000},
			{Measure: RoundTrip, System: Limit, Codec: DefaultCodec, Payload: 100, Consumers: 1, Events: 80_000},
			{Measure: RoundTrip, System: NATS, Codec: DefaultCodec, Payload: 100, Consumers: 1, Events: 20_000},
		}},
		"what is the same is measured once": {Options{Measures: []string{Fanout}, Systems: []string{Limit}, Payload: pointer(0), Consumers: 3, Events: 7, Throttle: 5}, []Case{
			{Measure: Fanout, System: Limit, Codec: DefaultCodec, Consumers: 3, Events: 7, Throttle: 5},
			{Measure: Fanout, System: Limit, Codec: BinaryCodec, Consumers: 3, Events: 7, Throttle: 5},
		}},
	} {
		if got, err := Plan(c.options); err != nil || !slices.Equal(got, c.want) {
			t.Errorf("%s: got %+v, %v; want %+v", name, got, err, c.want)
		}
	}
	events := func(o Options) int {
		for _, c := range must(Plan(o)) {
			if c.Measure == ScenarioRate {
				return c.Events
			}
		}
		return 0
	}
	if got, want := events(Options{Events: 7}), scenarioCases()[0].Events; got != want {
		t.Errorf("got %d scenarios, want the case's own %d where they are not named", got, want)
	}
	if got := events(Options{Events: 7, Measures: []string{ScenarioRate}}); got != 7 {
		t.Errorf("got %d scenarios, want 7", got)
	}
}
