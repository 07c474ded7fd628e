// Package differential runs one scenario on two engines and shows where what its
// drivers saw differs first. `lahja diff` is its command.
//
//	c := differential.Run(ctx, runner.Runner{}, scenario, engine.OnGoroutines(engine.Memory()), mine)
//	if err := c.Err(); err != nil {
//		t.Error(err)
//	}
//
// Scenarios check what they are about. A differential run needs no check: whatever a
// driver receives, and whatever its actions end with, is held against the other
// engine. Package plans does so with scenarios drawn at random.
//
// # What is compared
//
//   - Events that an action waited for, took from a stream, or got as the answer to
//     a request, and those that a handler received: type, data and origin. Ids,
//     instances and times are left out.
//   - How each action ended, by the class of its error: the kinds of package lahja, or
//     else the kind of failure. So an expected error is held against the other
//     engine's as well.
//   - The verdicts.
//
// What functions of drivers do for themselves with the endpoint is not seen.
//
// # What is the same
//
// Of the events of one sender at one subscription, the order is promised, and it is
// compared. Of several senders it is not: the events of each are a list of their
// own. So, where a driver takes three events of a stream, how many of them are from
// whom may differ, but not how many it takes; with a handler, or where the stream was
// emptied (Drain), each list is compared to its end. Events of a driver whose
// actions run beside each other (Parallel, Background) are in no particular order,
// and compared without.
//
// A run ends with the first failure: what a driver that was stopped had still to see
// is no difference. Of all that differs, what was seen first comes first.
//
// A scenario may leave open what its drivers see, by closing while something is
// under way, say. Its field Varies says so, and only the verdicts are compared.
package differential
