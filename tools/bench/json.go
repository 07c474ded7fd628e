package bench

import (
	"encoding/json"
	"io"
)

// line is the schema of --json. Programs may rely on the fields of the first block.
type line struct {
	Measure   string  `json:"measure"`
	System    string  `json:"system"`
	Payload   int     `json:"payload"`
	Consumers int     `json:"consumers"`
	Events    int     `json:"events"`
	Seconds   float64 `json:"seconds"`
	// PerSecond counts received events, round trips or scenarios.
	PerSecond float64 `json:"per_second"`
	// Ratio is null if the bus itself was not measured.
	Ratio *float64 `json:"ratio"`

	Codec         string  `json:"codec,omitempty"`
	Engine        string  `json:"engine,omitempty"`
	Subject       string  `json:"subject,omitempty"`
	Size          int     `json:"size,omitempty"`
	Throttle      float64 `json:"throttle,omitempty"`
	Borrow        bool    `json:"borrow,omitempty"`
	Rounds        int     `json:"rounds"`
	RatioMin      float64 `json:"ratio_min,omitempty"`
	RatioMax      float64 `json:"ratio_max,omitempty"`
	CPURatio      float64 `json:"cpu_ratio,omitempty"`
	SentPerSecond float64 `json:"sent_per_second,omitempty"`
	// Latencies and CPU are in seconds, Memory is in bytes.
	Fastest float64 `json:"fastest,omitempty"`
	Slowest float64 `json:"slowest,omitempty"`
	Average float64 `json:"average,omitempty"`
	P50     float64 `json:"p50,omitempty"`
	P99     float64 `json:"p99,omitempty"`
	CPU     float64 `json:"cpu"`
	Memory  int64   `json:"memory"`
}

// JSON writes one object per result, each on a line.
func (all Results) JSON(w io.Writer) error {
	out := json.NewEncoder(w)
	for _, r := range all {
		if err := out.Encode(r.line()); err != nil {
			return err
		}
	}
	return nil
}

func (r Result) line() line {
	l := line{Measure: r.Measure, System: r.System, Payload: r.Payload, Consumers: r.Consumers, Events: r.Events,
		Seconds: r.Seconds, PerSecond: r.PerSecond,
		Codec: r.Codec, Engine: r.Engine, Subject: r.Subject, Size: r.Size, Throttle: r.Throttle, Borrow: r.Borrow, Rounds: r.Rounds,
		RatioMin: r.RatioMin, RatioMax: r.RatioMax, CPURatio: r.CPURatio, SentPerSecond: r.SentPerSecond,
		Fastest: r.Fastest.Seconds(), Slowest: r.Slowest.Seconds(), Average: r.Average.Seconds(),
		P50: r.P50.Seconds(), P99: r.P99.Seconds(), CPU: r.CPU.Seconds(), Memory: r.Memory}
	if r.Ratio > 0 {
		l.Ratio = &r.Ratio
	}
	return l
}
