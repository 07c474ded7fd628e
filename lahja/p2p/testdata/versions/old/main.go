// Command old is the program before its event types changed.
package main

import (
	"github.com/lahja/go-lahja/lahja"
	"github.com/lahja/go-lahja/lahja/p2p/testdata/versions/program"
)

type Reading struct {
	_      struct{} `event:"versions/reading"`
	Sensor Sensor
	Value  float64
	Unit   string
}

type Sensor struct {
	Name string
	Room string
}

type Level struct {
	_     struct{} `event:"versions/level"`
	Value int
}

type Query struct {
	_ struct{} `event:"versions/query"`
	lahja.Expects[Report]
	Sensor string
}

type Report struct {
	_     struct{} `event:"versions/report"`
	Count int
	Note  string
}

func main() {
	program.Program[Reading, Level, Query, Report]{
		Reading: Reading{Sensor: Sensor{Name: "roof", Room: "attic"}, Value: 21.5, Unit: "C"},
		Level:   Level{Value: 3},
		Query:   Query{Sensor: "roof"},
		Answer:  func(q Query) Report { return Report{Count: len(q.Sensor), Note: "of " + q.Sensor} },
	}.Run()
}
