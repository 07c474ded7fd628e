package bench

// Target is a figure that the bus must reach.
type Target struct {
	Measure, Subject, Codec string
	Payload, Consumers      int
	// Against is the baseline: the bus must do at least AtLeast times as much. Without one,
	// the measure's memory must be at most AtMost bytes.
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
	{Measure: Local, Payload: 100, Consumers: 10, Against: Channels, AtLeast: 0.4},
	{Measure: Idle, AtMost: 64 << 10},
	{Measure: Bridge, Subject: bridgeOut, Codec: DefaultCodec, Payload: 100, Consumers: 10, Against: NATSBus, AtLeast: 0.7},
	{Measure: Bridge, Subject: bridgeIn, Codec: DefaultCodec, Payload: 100, Consumers: 10, Against: NATSBus, AtLeast: 0.7},
	{Measure: Bridge, Subject: bridgeAsks, Codec: DefaultCodec, Payload: 100, Consumers: 1, Against: NATSBus, AtLeast: 0.7},
	{Measure: Bridge, Subject: bridgeAnswers, Codec: DefaultCodec, Payload: 100, Consumers: 1, Against: NATSBus, AtLeast: 0.7},
}

// target returns the target of the result, if it has one.
func (r Result) target() (Target, bool) {
	for _, t := range Targets {
		if t.Measure != r.Measure || t.Subject != r.Subject || r.Throttle > 0 {
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
