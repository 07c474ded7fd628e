package runlog

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/lahja/go-lahja/tools/reports"
)

// Log is an open log. It is not safe for concurrent use.
type Log struct {
	// Mended says how Open mended a last line that was cut off. It is empty if there was none.
	Mended string

	name string
	file file
	size int64 // of the complete lines; negative if the file is not a regular one
	rows map[key]*Row
}

// file is what a log needs of an *os.File.
type file interface {
	io.WriteCloser
	Truncate(size int64) error
	Sync() error
}

type key struct{ scenario, engine string }

// Open opens the log of that name for this build and these settings, or creates it. It never
// writes to a file that is not a log. With reset, it empties a log first, even one of another
// build.
func Open(name string, build Build, settings string, reset bool) (*Log, error) {
	l, err := open(name, Header{Format: Format, Build: build, Settings: settings}, reset)
	if err != nil {
		return nil, fmt.Errorf("log %s: %w", name, err)
	}
	return l, nil
}

func open(name string, header Header, reset bool) (*Log, error) {
	f, err := os.OpenFile(name, os.O_RDWR|os.O_CREATE|os.O_APPEND, 0o644)
	if err != nil {
		return nil, err
	}
	l := &Log{name: name, file: f, rows: map[key]*Row{}}
	if err := l.begin(f, header, reset); err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return l, nil
}

func (l *Log) begin(f *os.File, header Header, reset bool) error {
	if err := lock(f); err != nil {
		return err
	}
	info, err := f.Stat()
	if err != nil {
		return err
	}
	if !info.Mode().IsRegular() { // Nothing can be read from it again.
		l.size = -1
		return l.write(header)
	}
	in := newReader(f)
	found, err := in.header()
	switch {
	case err != nil:
		return err
	case found == nil, reset: // Nothing, or the beginning of a header.
		if err := f.Truncate(0); err != nil {
			return err
		}
		return l.write(header)
	}
	if err := found.refuses(header); err != nil {
		return err
	}
	return l.read(in)
}

// Row returns the row of a scenario on an engine.
func (l *Log) Row(scenario, engine string) Row {
	if r := l.rows[key{scenario, engine}]; r != nil {
		return *r
	}
	return Row{}
}

// Append writes a run to the file at once: a process that is killed loses only the run in
// progress. It sets the run's Number, which counts the runs in this log.
func (l *Log) Append(r reports.Run) error {
	if err := l.append(r); err != nil {
		return fmt.Errorf("log %s: %w", l.name, err)
	}
	return nil
}

func (l *Log) append(r reports.Run) error {
	r.Number = l.Row(r.Scenario, r.Engine).Runs + 1
	err := l.write(r)
	if err == nil {
		l.take(r)
	}
	return err
}

func (l *Log) take(r reports.Run) {
	k := key{r.Scenario, r.Engine}
	if l.rows[k] == nil {
		l.rows[k] = &Row{}
	}
	l.rows[k].take(r)
}

// write writes a whole line, or removes what it wrote of it.
func (l *Log) write(v any) error {
	line, err := json.Marshal(v)
	if err != nil {
		return err
	}
	line = append(line, '\n')
	if _, err := l.file.Write(line); err != nil {
		err = fmt.Errorf("write a line: %w", err)
		if l.size >= 0 { // If that fails too, the next command mends the line.
			err = errors.Join(err, l.file.Truncate(l.size))
		}
		return err
	}
	if l.size >= 0 {
		l.size += int64(len(line))
	}
	return nil
}

// Close writes the log to the disk and closes it.
func (l *Log) Close() error {
	var err error
	if l.size >= 0 {
		err = l.file.Sync()
	}
	if err := errors.Join(err, l.file.Close()); err != nil {
		return fmt.Errorf("log %s: %w", l.name, err)
	}
	return nil
}
