package bench

// measures in the order in which they are run and shown. They are set at start, as
// what runs them looks names up there.
var measures []measure

func init() {
	measures = []measure{
		{name: Fanout, cases: fanoutCases, systems: []string{Lahja, Limit, WritePerFrame, NATS},
			free: flags{payload: true, consumers: true, events: true, throttle: true, queued: true}, run: fanout},
		{name: RoundTrip, cases: roundTripCases, systems: []string{Lahja, Limit, NATS},
			free: flags{payload: true, events: true, queued: true}, run: roundTrip},
		{name: Local, cases: localCases, systems: []string{Lahja, Channels},
			free: flags{payload: true, consumers: true, events: true, throttle: true}, run: local},
		{name: ScenarioRate, cases: scenarioCases, systems: []string{Lahja},
			free: flags{eventsNamed: true}, run: alone("scenario")},
		{name: Idle, cases: idleCases, systems: []string{Lahja}, run: idle},
		{name: Scale, cases: scaleCases, systems: []string{Lahja}, onDemand: true, run: scale},
	}
}
