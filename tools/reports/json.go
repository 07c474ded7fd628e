package reports

import (
	_ "embed"
	"encoding/json"
	"io"
)

// Schema is the JSON Schema of what JSON writes. Its $defs/line describes a Run.
//
//go:embed schema.json
var Schema []byte

type document struct {
	Format string `json:"format"`
	// Interrupted is left out if nothing was interrupted.
	Interrupted string         `json:"interrupted,omitempty"`
	Stood       []string       `json:"stood,omitempty"`
	Summary     map[string]int `json:"summary"`
	Engines     []Engine       `json:"engines"`
	Scenarios   []Scenario     `json:"scenarios"`
	Outcomes    []*Outcome     `json:"outcomes"`
}

// JSON writes the document as one JSON object that follows Schema.
func (d *Document) JSON(w io.Writer) error {
	summary, counts := map[string]int{"not-run": d.NotRun()}, d.Counts()
	for _, v := range verdicts {
		summary[string(v)] = counts[v]
	}
	encoder := json.NewEncoder(w)
	encoder.SetIndent("", "  ")
	return encoder.Encode(document{Format: Format, Interrupted: d.Interrupted, Stood: d.Stood, Summary: summary, Engines: orEmpty(d.Engines),
		Scenarios: orEmpty(d.Scenarios), Outcomes: orEmpty(d.Outcomes)})
}

// orEmpty turns a null list into an empty one.
func orEmpty[T any](all []T) []T { return append([]T{}, all...) }
