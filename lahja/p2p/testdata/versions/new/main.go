// Command new is the program after its event types changed: fields were added and removed, and
// Level.Value is a text now.
package main

import (
	"github.com/lahja/go-lahja/lahja"
	"github.com/lahja/go-lahja/lahja/p2p/testdata/versions/program"
)

type Reading struct {
	_      struct{} `event:"versions/reading"`
	Value  float64
	Sensor Sensor
	Tags   []string
	Limits map[string]float64
}

type Sensor struct {
	Name  string
	Floor int
}

type Level struct {
	_     struct{} `event:"versions/level"`
	Value string
}

type Query struct {
	_ struct{} `event:"versions/query"`
	lahja.Expects[Report]
	Sensor string
	Most   int
}

type Report struct {
	_      struct{} `event:"versions/report"`
	Count  int
	Oldest *int
}

func main() {
	oldest := 7
	program.Program[Reading, Level, Query, Report]{
		Reading: Reading{Sensor: Sensor{Name: "cellar", Floor: -1}, Value: 8, Tags: []string{"cold"}, Limits: map[string]float64{"low": 5}},
		Level:   Level{Value: "high"},
		Query:   Query{Sensor: "cellar", Most: 10},
		Answer:  func(q Query) Report { return Report{Count: q.Most, Oldest: &oldest} },
	}.Run()
}
