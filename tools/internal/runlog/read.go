package runlog

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/lahja/go-lahja/tools/reports"
	"github.com/lahja/go-lahja/tools/runner"
)

// reader reads a log line by line.
type reader struct {
	in     *bufio.Reader
	number int   // of the line that was read last
	whole  int64 // bytes of the lines that were read
}

func newReader(in io.Reader) *reader { return &reader{in: bufio.NewReader(in)} }

// next returns the next line without its end. At the end of the file it returns io.EOF, with
// what there is of a line that was cut off.
func (r *reader) next() ([]byte, error) {
	line, err := r.in.ReadBytes('\n')
	r.number++
	if err != nil {
		return line, err
	}
	r.whole += int64(len(line))
	return line[:len(line)-1], nil
}

// beginning is how every log begins.
const beginning = `{"format":"` + formats

// header returns the first line, or nil if the file is empty or was cut off in it.
func (r *reader) header() (*Header, error) {
	line, err := r.next()
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, err
	}
	cut := err != nil
	if cut && (len(line) == 0 || strings.HasPrefix(string(line), beginning)) {
		return nil, nil
	}
	var h Header
	if cut || json.Unmarshal(line, &h) != nil || !strings.HasPrefix(h.Format, formats) {
		return nil, fmt.Errorf("it is not a log of runs (its first line is not a header of %s), and was left unchanged; name another file", Format)
	}
	return &h, nil
}

// read reads all runs, and mends the last.
func (l *Log) read(in *reader) error {
	for {
		line, err := in.next()
		if errors.Is(err, io.EOF) {
			l.size = in.whole
			return l.mend(line)
		}
		if err != nil {
			return err
		}
		var r reports.Run
		err = json.Unmarshal(line, &r)
		if err == nil {
			err = check(r)
		}
		if err != nil {
			return fmt.Errorf("line %d is not a run: %w; mend it, name another file, or start this one anew with --log-reset", in.number, err)
		}
		l.take(r)
	}
}

// mend removes a last line that was cut off. It may have been a failure: unless it clearly
// was a pass, a line with the verdict Torn replaces it, and ends the row's passes.
func (l *Log) mend(rest []byte) error {
	if len(rest) == 0 {
		return nil
	}
	if err := l.file.Truncate(l.size); err != nil {
		return err
	}
	r, whole := partial(rest)
	switch {
	case r.Scenario == "" || r.Engine == "":
		l.Mended = "its last line was cut off before it named its scenario and engine; it was removed"
		return nil
	case whole:
		l.Mended = fmt.Sprintf("the end of its last line (%s on %s) was missing; it was added", r.Scenario, r.Engine)
	case r.Verdict == runner.Passed:
		l.Mended = fmt.Sprintf("its last line (%s on %s, passed) was cut off; it was removed", r.Scenario, r.Engine)
		return nil
	default:
		r = reports.Run{Scenario: r.Scenario, Engine: r.Engine, Verdict: Torn, Reason: "the line was cut off, so the result of this run is unknown"}
		l.Mended = fmt.Sprintf("its last line (%s on %s) was cut off, and may have been a failure: its passes in a row restart from 0", r.Scenario, r.Engine)
	}
	return l.append(r)
}

// partial returns what can be read of a run that was cut off, and whether that is all of it.
func partial(text []byte) (r reports.Run, whole bool) {
	if json.Unmarshal(text, &r) == nil && check(r) == nil {
		return r, true
	}
	r = reports.Run{}
	in := json.NewDecoder(bytes.NewReader(text))
	if brace, err := in.Token(); err != nil || brace != json.Delim('{') {
		return r, false
	}
	for {
		name, err := in.Token()
		if err != nil {
			return r, false
		}
		var value any
		if in.Decode(&value) != nil {
			return r, false
		}
		text, _ := value.(string)
		switch name {
		case "scenario":
			r.Scenario = text
		case "engine":
			r.Engine = text
		case "verdict":
			r.Verdict = runner.Verdict(text)
		}
	}
}
