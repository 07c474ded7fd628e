package tap

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"

	"github.com/lahja/go-lahja/lahja/inspect"
)

// lines prints each event as one JSON object on a line.
type lines struct {
	w    io.Writer
	told uint64
}

func (*lines) repeats() bool                                { return false }
func (*lines) inspection([]byte, *inspect.Inspection) error { return nil }
func (*lines) finish() error                                { return nil }

func (l *lines) event(e event) error { return printJSON(l.w, e) }

// lost prints a line too, so that the reader knows that events are missing.
func (l *lines) lost(count uint64) error {
	more := count - min(count, l.told)
	l.told = count
	return printJSON(l.w, struct {
		Lost uint64 `json:"lost"`
	}{more})
}

func printJSON(w io.Writer, v any) error {
	encoder := json.NewEncoder(w)
	encoder.SetEscapeHTML(false)
	return written(encoder.Encode(v))
}

func written(err error) error {
	if err != nil {
		return fmt.Errorf("write: %w", err)
	}
	return nil
}

// inspections prints each inspection as one JSON object on a line.
type inspections struct{ w io.Writer }

func (*inspections) repeats() bool     { return true }
func (*inspections) event(event) error { return nil }
func (*inspections) lost(uint64) error { return nil }
func (*inspections) finish() error     { return nil }

func (p *inspections) inspection(raw []byte, _ *inspect.Inspection) error {
	_, err := fmt.Fprintf(p.w, "%s\n", raw)
	return written(err)
}

// single prints one inspection, indented.
type single struct{ w io.Writer }

func (*single) repeats() bool     { return false }
func (*single) event(event) error { return nil }
func (*single) lost(uint64) error { return nil }
func (*single) finish() error     { return nil }

func (p *single) inspection(raw []byte, _ *inspect.Inspection) error {
	var indented bytes.Buffer
	if err := json.Indent(&indented, raw, "", "  "); err != nil {
		return err
	}
	if _, err := fmt.Fprintf(p.w, "%s\n", &indented); err != nil {
		return written(err)
	}
	return errEnough
}
