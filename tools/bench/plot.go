package bench

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"image/color"
	"os"
	"os/exec"
	"path/filepath"

	"github.com/lahja/go-lahja/internal/bytesize"
	"github.com/lahja/go-lahja/tools/internal/chart"
)

// plotter is the program that draws. It links a plotting library with its fonts, which
// would make this program much larger.
const plotter = "github.com/lahja/go-lahja/tools/bench/plot"

// buildPlotter builds the program that draws, and returns its path in dir.
func buildPlotter(ctx context.Context, dir string) (string, error) {
	program := filepath.Join(dir, "plot.exe")
	if said, err := exec.CommandContext(ctx, "go", "build", "-o", program, plotter).CombinedOutput(); err != nil {
		return "", fmt.Errorf("build %s; run this command where Go is installed, in a module that has this program: %w\n%s", plotter, err, said)
	}
	return program, nil
}

// plotFile has the program draw the figures to a file.
func (all Results) plotFile(program, name string) error {
	page, err := json.Marshal(all.page())
	if err != nil {
		return err
	}
	file, err := os.Create(name)
	if err != nil {
		return err
	}
	var said bytes.Buffer
	draw := exec.Command(program)
	draw.Stdin, draw.Stdout, draw.Stderr = bytes.NewReader(page), file, &said
	if err := errors.Join(draw.Run(), file.Close()); err != nil {
		return fmt.Errorf("draw %s: %w\n%s", name, err, &said)
	}
	return nil
}

// colours are Okabe and Ito's, which people with colour blindness can distinguish.
var (
	blue   = color.RGBA{0x00, 0x72, 0xb2, 0xff}
	orange = color.RGBA{0xd5, 0x5e, 0x00, 0xff}
	grey   = color.RGBA{0x99, 0x99, 0x99, 0xff}
	green  = color.RGBA{0x00, 0x9e, 0x73, 0xff}
	// spare are those of registered carriers, in turn.
	spare   = []color.RGBA{green, {0xf0, 0xe4, 0x42, 0xff}, {0x00, 0x00, 0x00, 0xff}}
	colours = map[string]color.RGBA{Lahja: blue, Limit: grey, WritePerFrame: {0xcc, 0x79, 0xa7, 0xff},
		NATS: {0xe6, 0x9f, 0x00, 0xff}, NATSBus: green, Channels: {0x56, 0xb4, 0xe9, 0xff}}
)

// page has a bar for each figure, with comparable figures on one scale, and two curves for each
// subject that grows: time and memory.
func (all Results) page() chart.Page {
	figures, curves := all.apart()
	page := chart.Page{Title: "lahja bench"}
	for _, group := range figures.groups() {
		page.Bars = append(page.Bars, group.bars())
	}
	for _, c := range curves {
		page.Curves = append(page.Curves, c.chart())
	}
	return page
}

// groups returns the figures that compare. Scenarios compare engines.
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

// bars draws one group.
func (all Results) bars() chart.Bars {
	title := all[0].group()
	title.Engine = ""
	bars := chart.Bars{Title: title.String() + ": " + units[all[0].Measure]}
	for _, r := range all {
		bar := chart.Bar{Name: r.System, Text: r.value(), Value: r.PerSecond, Colour: colours[r.System]}
		if r.Engine != "" {
			bar.Name = r.Engine
		}
		if r.Measure == Idle {
			bar.Value = float64(r.Memory)
		}
		bars.Bars = append(bars.Bars, bar)
	}
	return bars
}

// value returns the text beside the bar: the figure, and whether it meets its target.
func (r Result) value() string {
	text := rate(r.PerSecond)
	if r.Measure == Idle {
		text = bytesize.Format(r.Memory)
	}
	t, wanted := r.target()
	switch {
	case wanted && t.Against == "":
		return fmt.Sprintf("%s (at most %s: %s)", text, bytesize.Format(t.AtMost), verdict(t.met(r)))
	case wanted:
		return fmt.Sprintf("%s (lahja: %.2f of it, at least %g: %s)", text, r.Ratio, t.AtLeast, verdict(t.met(r)))
	case r.Ratio > 0 && r.System != Lahja:
		return fmt.Sprintf("%s (lahja: %.2f of it)", text, r.Ratio)
	}
	return text
}

// chart draws what each size costs, as multiples of the smallest size's cost.
func (c curve) chart() chart.Curves {
	last := c.points[len(c.points)-1]
	drawn := chart.Curves{Title: c.subject + ": cost, as multiples of the smallest size's"}
	for _, p := range c.points {
		drawn.Sizes, drawn.Labels = append(drawn.Sizes, float64(p.Size)), append(drawn.Labels, c.size(p.Size))
	}
	drawn.Lines = []chart.Line{
		{Name: "linear", Values: c.multiples(func(r Result) float64 { return float64(r.Size) }), Colour: grey, Dashed: true},
		{Name: fmt.Sprintf("time ~ size^%.2f", c.exponent(timeOf)), Values: c.multiples(timeOf), End: short(seconds(last.Seconds)), Colour: blue},
		{Name: fmt.Sprintf("memory ~ size^%.2f", c.exponent(memoryOf)), Values: c.multiples(memoryOf), End: bytesize.Format(last.Memory), Colour: orange},
	}
	return drawn
}

// multiples divides each cost by that of the smallest size. A lower cost counts as equal.
func (c curve) multiples(cost func(Result) float64) []float64 {
	all := make([]float64, len(c.points))
	for i, p := range c.points {
		all[i] = max(cost(p)/max(cost(c.points[0]), 1e-9), 1)
	}
	return all
}
