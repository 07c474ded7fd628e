// Package runlog is the log of `lahja run --log`: the result of each run, one per line,
// so that a later command can resume. It counts passes in a row. Such a count only means
// something for one program, so a log belongs to one build and one choice of settings,
// and the package refuses others.
package runlog
