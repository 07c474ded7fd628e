// Package virtual is the engine whose time is virtual. The drivers of a run, their endpoints
// and a simulated network between them are goroutines of one bubble (testing/synctest): the
// clock stands still while any of them can go on, and jumps to the next timer when none can.
// A scenario that waits for a minute takes a millisecond.
//
// With a Schedule, one step is taken at a time, and a Strategy decides whose: that is how
// package explore tries orders, and replays them.
package virtual
