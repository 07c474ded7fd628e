// Command lahja runs the built-in scenarios on the built-in engines, benchmarks the bus,
// and taps running endpoints.
package main
