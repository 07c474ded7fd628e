// Package race tells what the race detector costs, for bounds on work: a program built
// with it takes, as its documentation says, two to twenty times as long.
package race

// Factor is how many times as long such a bound is in this program: 1, or 4 where it was
// built with -race. Where nothing fails nobody waits for a bound, so that a long one costs
// nothing.
const Factor = factor
