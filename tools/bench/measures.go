package bench

// measures in the order in which they are run and shown. It is set at start, as what
// runs in it looks names up in it.
var measures []measure

func init() {
	measures = []measure{
		{name: Fanout, cases: fanoutCases, systems: []string{Lahja, Limit, WritePerFrame, NATS},
			free: flags{payload: true, consumers: true, events: true, throttle: true}, run: fanout},
	}
}
