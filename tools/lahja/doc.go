// Command lahja runs the built-in scenarios on the built-in engines.
package main
