//go:build race

package saboteurs_test

// raced tells that the race detector is at work.
const raced = true
