// Package timeline draws a recorded run of a scenario.
//
//	text := timeline.Text(run, timeline.Options{})  // the last events, for a report or a terminal
//	page, err := timeline.Page(run)                 // one HTML file with everything
//	diagram := timeline.Mermaid(run)                // for an issue or a pull request
//	trace, err := timeline.ChromeTrace(run)         // for Perfetto
//
// Each driver has a lifeline. A message is an arrow from the driver that sent it to the one that
// received it; the ids of events match the two ends, and no clock does. Where a record says that
// an event arrived before it was sent, because it was written down late, the arrow begins when it
// arrived.
//
// Time in which nothing happened is folded: a run of seconds often has a few milliseconds that
// matter.
//
// Diagram draws a declared scenario without running it. Index makes a page of the outcomes of
// many runs, with links to theirs.
package timeline
