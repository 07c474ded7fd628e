// Package differential runs one scenario on two engines and shows the first difference
// that a driver saw. `lahja diff` is its command.
//
//	c := differential.Run(ctx, runner.Runner{}, scenario, engine.OnGoroutines(transports.Memory()), mine)
//	if err := c.Err(); err != nil {
//		t.Error(err)
//	}
//
// A scenario checks only its own topic. A differential run needs no check: it compares
// everything that a driver receives, and how each action ends, with the other engine.
// Package plans does so with random scenarios.
//
// # What is compared
//
//   - Events that an action waited for, took from a stream, or got as the answer to
//     a request, and events that a handler received: type, data and origin. Ids,
//     instances and times are left out.
//   - How each action ended, by the class of its error: the kinds of package lahja, or
//     else the kind of failure. This includes expected errors.
//   - The verdicts.
//
// It does not see what functions of drivers do with the endpoint by themselves.
//
// # When two runs are equal
//
// The bus promises the order of one sender's events at one subscription, so that order
// is compared. It promises no order across senders, so each sender's events are a list
// of their own. If a driver takes three events from a stream, it must take three on both
// engines, but how many come from which sender may differ. With a handler, or if the
// stream was emptied (Drain), each list is compared to its end. Events of a driver whose
// actions run at the same time (Parallel, Background) are compared without order.
//
// A run ends with the first failure. What a stopped driver had still to see is no
// difference. The difference that was seen first is reported first.
//
// A scenario may leave open what its drivers see, for example because it closes an
// endpoint while events are in flight. Its field Varies says so, and then only the
// verdicts are compared.
package differential
