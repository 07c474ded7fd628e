package command

import (
	"encoding/json"
	"io"

	"github.com/lahja/go-lahja/tools/reports"
)

// results prints the results of runs: as JSON lines, or as a table at the end.
type results interface {
	add(r reports.Run) error
	finish() error
}

// jsonLines prints one JSON object per run.
type jsonLines struct{ w io.Writer }

func (j *jsonLines) finish() error           { return nil }
func (j *jsonLines) add(r reports.Run) error { return json.NewEncoder(j.w).Encode(r) }
