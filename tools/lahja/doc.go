// Command lahja runs the built-in scenarios on the built-in engines, measures the bus,
// and looks on at running endpoints.
package main
