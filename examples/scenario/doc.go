// Command scenario has its own scenario, in scenario.go, and runs it with everything
// that `lahja run` offers.
//
//	go run ./examples/scenario run --engine goroutine+memory --engine subprocess+unix
//
// prints
//
//	SCENARIO           goroutine+memory  subprocess+unix
//	news/every-reader  passed 1.2ms      passed 21.5ms
//
//	2 passed, 0 failed, 0 unsupported in 20ms
//
// Without --engine it runs on all engines; --help lists the rest. In scenario_test.go,
// `go test ./examples/scenario` runs the same scenario.
package main
