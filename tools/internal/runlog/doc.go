// Package runlog is the log of `lahja run --log`: what came of each run, a line each,
// so that a later command goes on where this one was ended. What it counts is passes
// in a row, and those are worth something only of one thing: a log belongs to one
// build and to one choice of settings, and others are refused.
package runlog
