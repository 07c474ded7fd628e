//go:build race

package lahja_test

const raceDetector = true
