package bench

// Target is what the bus has to reach.
type Target struct {
	Measure, Codec     string
	Payload, Consumers int
	// Against is the baseline of which the bus has to do AtLeast so many times as
	// much. Without one, the measure's memory is AtMost so many bytes.
	Against string
	AtLeast float64
	AtMost  int64
}

// Targets are ratios of one run on 2 cores, medians of DefaultRounds rounds.
var Targets = []Target{
	{Measure: Fanout, Codec: DefaultCodec, Payload: 100, Consumers: 10, Against: Limit, AtLeast: 0.2},
	{Measure: Fanout, Codec: DefaultCodec, Payload: 100, Consumers: 10, Against: NATS, AtLeast: 1.5},
	{Measure: Fanout, Codec: BinaryCodec, Payload: 100, Consumers: 10, Against: Limit, AtLeast: 0.35},
	{Measure: Fanout, Codec: BinaryCodec, Payload: 100, Consumers: 10, Against: NATS, AtLeast: 2.5},
	{Measure: Fanout, Codec: DefaultCodec, Payload: 100, Consumers: 1, Against: Limit, AtLeast: 0.12},
	{Measure: Fanout, Codec: DefaultCodec, Payload: 100, Consumers: 1, Against: NATS, AtLeast: 1.5},
	{Measure: Fanout, Codec: DefaultCodec, Payload: 64 << 10, Consumers: 10, Against: Limit, AtLeast: 0.6},
	{Measure: RoundTrip, Codec: DefaultCodec, Payload: 100, Consumers: 1, Against: Limit, AtLeast: 0.6},
	{Measure: RoundTrip, Codec: DefaultCodec, Payload: 100, Consumers: 1, Against: NATS, AtLeast: 3},
	{Measure: Local, Payload: 100, Consumers: 10, Against: Channels, AtLeast: 0.3},
	{Measure: Idle, AtMost: 64 << 10},
}

// target is the one that the result is held against, if there is one.
func (r Result) target() (Target, bool) {
	for _, t := range Targets {
		if t.Measure != r.Measure || r.Throttle > 0 {
			continue
		}
		if t.Against == "" && r.System == Lahja ||
			t.Against == r.System && t.Codec == r.Codec && t.Payload == r.Payload && t.Consumers == r.Consumers {
			return t, true
		}
	}
	return Target{}, false
}

// met reports whether the result reaches the target.
func (t Target) met(r Result) bool {
	if t.Against == "" {
		return r.Memory <= t.AtMost
	}
	return r.Ratio >= t.AtLeast
}
