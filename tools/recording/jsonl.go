package recording

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
)

// lineLimit bounds a line of run.jsonl when it is read: a report is the longest one.
const lineLimit = 64 << 20

// String is the id as the bus prints it.
func (id ID) String() string { return fmt.Sprintf("%016x-%d", id.Instance, id.Sequence) }

// MarshalText writes the id as the bus prints it.
func (id ID) MarshalText() ([]byte, error) { return []byte(id.String()), nil }

// UnmarshalText reads what MarshalText wrote.
func (id *ID) UnmarshalText(text []byte) error {
	instance, sequence, ok := strings.Cut(string(text), "-")
	if !ok {
		return fmt.Errorf("%q is no id of an event: it has no dash", text)
	}
	var errs [2]error
	id.Instance, errs[0] = strconv.ParseUint(instance, 16, 64)
	id.Sequence, errs[1] = strconv.ParseUint(sequence, 10, 64)
	return errors.Join(errs[:]...)
}

// WriteTo writes the run as run.jsonl.
func (r *Run) WriteTo(w io.Writer) (int64, error) {
	out := &counted{w: w}
	lines := json.NewEncoder(out)
	lines.SetEscapeHTML(false)
	if err := lines.Encode(r.Header); err != nil {
		return out.n, err
	}
	for i := range r.Entries {
		if err := lines.Encode(&r.Entries[i]); err != nil {
			return out.n, err
		}
	}
	return out.n, lines.Encode(r.Outcome)
}

type counted struct {
	w io.Writer
	n int64
}

func (c *counted) Write(p []byte) (int, error) {
	n, err := c.w.Write(p)
	c.n += int64(n)
	return n, err
}

// Read reads a run.jsonl. Where the file ends before its outcome, the run has what was there
// and the error is io.ErrUnexpectedEOF.
func Read(from io.Reader) (*Run, error) {
	lines := bufio.NewScanner(from)
	lines.Buffer(make([]byte, 0, 64<<10), lineLimit)
	r := &Run{}
	for number := 1; lines.Scan(); number++ {
		done, err := r.line(number, lines.Bytes())
		if err != nil && number > 1 && !lines.Scan() {
			break // The last line was not written whole.
		}
		if err != nil {
			return r, fmt.Errorf("line %d: %w", number, err)
		}
		if done {
			return r, nil
		}
	}
	if err := lines.Err(); err != nil {
		return r, err
	}
	return r, io.ErrUnexpectedEOF
}

var beginsOutcome = []byte(`{"verdict":`)

// line takes one line in, and reports whether it is the last one.
func (r *Run) line(number int, line []byte) (done bool, err error) {
	switch {
	case number == 1:
		if err := json.Unmarshal(line, &r.Header); err != nil {
			return false, fmt.Errorf("it is not the header of a run: %w", err)
		}
		if r.Header.Schema != Schema {
			return false, fmt.Errorf("the file has schema %d, and this program reads %d; use the program that wrote it", r.Header.Schema, Schema)
		}
		return false, nil
	case bytes.HasPrefix(line, beginsOutcome):
		return true, json.Unmarshal(line, &r.Outcome)
	}
	var e Entry
	if err := json.Unmarshal(line, &e); err != nil {
		return false, err
	}
	r.Entries = append(r.Entries, e)
	return false, nil
}
