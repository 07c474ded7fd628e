// Command scenario has its own scenario, in scenario.go, and runs it with everything
// that `lahja run` offers.
//
//	go run ./examples/scenario run --engine goroutine+memory --engine subprocess+unix
//
// prints
//
//	                   a b
//	news/every-reader  . .
//	. passed
//	a goroutine+memory   b subprocess+unix
//
//	2 passed, 0 failed, 0 unsupported, 0 not run in 35ms
//
// Without --engine it runs on all engines; --help lists the rest. In scenario_test.go,
// `go test ./examples/scenario` runs the same scenario.
package main
