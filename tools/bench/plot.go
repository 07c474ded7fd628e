package bench

import (
	"fmt"
	"io"
	"math"
	"os"
)

// Where things stand in the drawing, in pixels.
const (
	plotWidth   = 1040.0
	plotMargin  = 24.0
	labelWidth  = 260.0
	barsWidth   = 400.0
	barHeight   = 18.0
	barGap      = 4.0
	groupGap    = 18.0
	curveWidth  = 400.0
	curveHeight = 200.0
	curveGap    = 70.0
)

// colours are told apart also by those who see few (Okabe and Ito's).
var colours = map[string]string{Lahja: "#0072b2", Limit: "#999999", WritePerFrame: "#cc79a7", NATS: "#e69f00", Channels: "#56b4e9"}

// Plot draws the figures as SVG: a bar each, of what belongs together in one scale, and
// for what grows a curve each of time and memory.
func (all Results) Plot(w io.Writer) error {
	figures, curves := all.apart()
	var s svg
	y := plotMargin
	s.text(plotMargin, y+6, "start", 18, "lahja bench")
	y += 34
	for _, g := range figures.groups() {
		y = s.group(g, y)
	}
	for i, c := range curves {
		x := plotMargin + 50 + float64(i%2)*(curveWidth+curveGap)
		s.curve(c, x, y+30)
		if i%2 == 1 || i == len(curves)-1 {
			y += curveHeight + 90
		}
	}
	_, err := w.Write(s.document(plotWidth, y+plotMargin))
	return err
}

func (all Results) plotFile(name string) error {
	file, err := os.Create(name)
	if err != nil {
		return err
	}
	if err := all.Plot(file); err != nil {
		file.Close()
		return err
	}
	return file.Close()
}

// groups puts together what is held against each other. Of scenarios these are the
// engines.
func (all Results) groups() []Results {
	var groups []Results
	key := func(r Result) Case {
		c := r.group()
		c.Engine = ""
		return c
	}
	for _, r := range all {
		last := len(groups) - 1
		if last < 0 || key(groups[last][0]) != key(r) {
			groups = append(groups, nil)
			last++
		}
		groups[last] = append(groups[last], r)
	}
	return groups
}

var units = map[string]string{Fanout: "received events a second", Local: "received events a second", RoundTrip: "round trips a second",
	ScenarioRate: "scenarios a second", Idle: "memory of a connection, both ends"}

// group draws the bars of one group from y on and returns where it ends.
func (s *svg) group(g Results, y float64) float64 {
	title := g[0].group()
	title.Engine = ""
	s.text(plotMargin, y+12, "start", 13, title.String()+": "+units[g[0].Measure])
	y += 20
	most := 0.0
	for _, r := range g {
		most = max(most, r.bar())
	}
	for _, r := range g {
		s.text(plotMargin+labelWidth-8, y+barHeight-5, "end", 12, r.label())
		width := barsWidth * r.bar() / most
		s.rect(plotMargin+labelWidth, y, max(width, 1), barHeight, colours[r.System])
		s.text(plotMargin+labelWidth+width+6, y+barHeight-5, "start", 12, r.value())
		y += barHeight + barGap
	}
	return y + groupGap
}

func (r Result) bar() float64 {
	if r.Measure == Idle {
		return float64(r.Memory)
	}
	return r.PerSecond
}

func (r Result) label() string {
	if r.Engine != "" {
		return r.Engine
	}
	return r.System
}

// value is the figure beside the bar, with what the target says of it.
func (r Result) value() string {
	text := rate(r.PerSecond)
	if r.Measure == Idle {
		text = size(int(r.Memory))
	}
	t, wanted := r.target()
	switch {
	case wanted && t.Against == "":
		return fmt.Sprintf("%s (at most %s: %s)", text, size(int(t.AtMost)), verdict(t.met(r)))
	case wanted:
		return fmt.Sprintf("%s (lahja: %.2f of it, at least %g: %s)", text, r.Ratio, t.AtLeast, verdict(t.met(r)))
	case r.Ratio > 0 && r.System != Lahja:
		return fmt.Sprintf("%s (lahja: %.2f of it)", text, r.Ratio)
	}
	return text
}

const (
	timeColour   = "#0072b2"
	memoryColour = "#d55e00"
	axisColour   = "#888"
)

// curve draws how many times as much as at the smallest size things cost at the
// others, all in logarithms: what is linear goes up with the dashed line.
func (s *svg) curve(c curve, x, y float64) {
	s.text(x, y-14, "start", 13, c.subject+": cost, as multiples of that of the smallest size")
	s.line(x, y, x, y+curveHeight, axisColour)
	s.line(x, y+curveHeight, x+curveWidth-80, y+curveHeight, axisColour)
	most := c.most()
	bottom := y + curveHeight
	linear := func(r Result) float64 { return float64(r.Size) }
	s.path(c.placed(linear, most, x, bottom), axisColour, "4 4")
	s.cost(c, timeOf, most, x, bottom, timeColour, func(v float64) string { return short(seconds(v)) })
	s.cost(c, memoryOf, most, x, bottom, memoryColour, func(v float64) string { return size(int(v)) })
	for i, p := range c.points {
		s.text(c.across(i, x), bottom+16, "middle", 11, c.size(p.Size))
	}
	s.text(x, bottom+34, "start", 11, fmt.Sprintf("blue: time ~ size^%.2f; orange: memory ~ size^%.2f; dashed: linear",
		c.exponent(timeOf), c.exponent(memoryOf)))
}

// cost draws one cost, with its figures at both ends.
func (s *svg) cost(c curve, of func(Result) float64, most, x, bottom float64, colour string, text func(float64) string) {
	placed := c.placed(of, most, x, bottom)
	s.path(placed, colour, "")
	last := len(placed) - 1
	s.text(placed[last][0]+8, placed[last][1]+4, "start", 11, text(of(c.points[last])))
}

// most is the largest multiple that has to be drawn.
func (c curve) most() float64 {
	most := 1.0
	for _, of := range []func(Result) float64{timeOf, memoryOf, func(r Result) float64 { return float64(r.Size) }} {
		for _, p := range c.points {
			most = max(most, of(p)/max(of(c.points[0]), 1e-9))
		}
	}
	return most
}

// placed is where the points of a cost stand. What costs less than at the smallest
// size stands at the bottom.
func (c curve) placed(of func(Result) float64, most, x, bottom float64) [][2]float64 {
	all := make([][2]float64, len(c.points))
	for i, p := range c.points {
		times := max(of(p)/max(of(c.points[0]), 1e-9), 1)
		all[i] = [2]float64{c.across(i, x), bottom - (curveHeight-10)*math.Log(times)/math.Log(max(most, 2))}
	}
	return all
}

// across is where a size stands.
func (c curve) across(i int, x float64) float64 {
	first, last := float64(c.points[0].Size), float64(c.points[len(c.points)-1].Size)
	if first == last {
		return x
	}
	return x + (curveWidth-90)*math.Log(float64(c.points[i].Size)/first)/math.Log(last/first)
}
