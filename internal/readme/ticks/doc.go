// Package ticks is a snippet of the README: a scenario of one's own.
package ticks
