// Command lahja runs the built-in scenarios on the built-in engines, and measures the bus.
package main
