package bench

// measures are in the order in which they run and are shown. init sets them, because the
// functions that run them look names up here.
var measures []measure

func init() {
	measures = []measure{
		{name: Fanout, cases: fanoutCases, systems: []string{Lahja, Limit, WritePerFrame, NATS},
			carried: true, free: flags{payload: true, consumers: true, events: true, throttle: true, borrow: true}, run: fanout},
		{name: RoundTrip, cases: roundTripCases, systems: []string{Lahja, Limit, NATS},
			carried: true, free: flags{payload: true, events: true, borrow: true}, run: roundTrip},
		{name: Local, cases: localCases, systems: []string{Lahja, Channels},
			free: flags{payload: true, consumers: true, events: true, throttle: true}, run: local},
		{name: ScenarioRate, cases: scenarioCases, systems: []string{Lahja},
			free: flags{eventsNamed: true}, run: alone("scenario")},
		{name: Idle, cases: idleCases, systems: []string{Lahja}, run: idle},
		{name: Bridge, cases: bridgeCases, systems: []string{Lahja, NATSBus, NATS}, onDemand: true,
			free: flags{payload: true, consumers: true, events: true, throttle: true, borrow: true}, run: acrossBridge},
		{name: Scale, cases: scaleCases, systems: []string{Lahja}, onDemand: true, run: scale},
	}
}
