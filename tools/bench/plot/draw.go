package main

import (
	"image/color"
	"slices"

	// Maintained, BSD, and the usual plotting library of Go; its fonts take 4 MB, so only this program links it.
	"gonum.org/v1/plot"
	"gonum.org/v1/plot/font"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg"
	canvas "gonum.org/v1/plot/vg/draw"
	"gonum.org/v1/plot/vg/vgsvg"

	"github.com/lahja/go-lahja/tools/internal/chart"
)

// Lengths are in points.
const (
	pageWidth   = 780
	margin      = 18
	titleHeight = 30
	barHeight   = 18
	barsTitle   = 48
	curveHeight = 280
	gap         = 30
)

var (
	sans  = font.Font{Typeface: "Liberation", Variant: "Sans"}
	small = vg.Points(9)
	large = vg.Points(11)
)

// row draws things side by side.
type row struct {
	plots   []*plot.Plot
	columns int
	height  vg.Length
}

// draw returns the page with the bars below each other, and then two curves side by side.
func draw(page chart.Page) (*vgsvg.Canvas, error) {
	plot.DefaultFont, plotter.DefaultFont, plotter.DefaultFontSize = sans, sans, small
	height := vg.Length(2*margin + titleHeight)
	var rows []row
	for _, b := range page.Bars {
		p, err := bars(b)
		if err != nil {
			return nil, err
		}
		rows = append(rows, row{[]*plot.Plot{p}, 1, barsTitle + barHeight*vg.Length(len(b.Bars))})
	}
	for pair := range slices.Chunk(page.Curves, 2) {
		next := row{columns: min(2, len(page.Curves)), height: curveHeight}
		for _, c := range pair {
			p, err := curves(c)
			if err != nil {
				return nil, err
			}
			next.plots = append(next.plots, p)
		}
		rows = append(rows, next)
	}
	for _, r := range rows {
		height += r.height
	}
	svg := vgsvg.New(pageWidth, height)
	all := canvas.New(svg)
	all.FillPolygon(color.White, []vg.Point{{}, {X: pageWidth}, {X: pageWidth, Y: height}, {Y: height}})
	top := height - margin
	style := plot.New().Title.TextStyle
	style.XAlign = canvas.XLeft
	all.FillText(style, vg.Point{X: margin, Y: top}, page.Title)
	top -= titleHeight
	for _, r := range rows {
		step := vg.Length(pageWidth-2*margin+gap) / vg.Length(r.columns)
		for i, p := range r.plots {
			left := margin + vg.Length(i)*step
			p.Draw(canvas.Crop(all, left, left+step-gap-pageWidth, top-r.height+margin, top-height))
		}
		top -= r.height
	}
	return svg, nil
}

func newPlot(title string) *plot.Plot {
	p := plot.New()
	p.Title.Text, p.Title.TextStyle.Font.Size, p.Title.Padding = title, large, 4
	p.Legend.TextStyle.Font.Size, p.X.Tick.Label.Font.Size, p.Y.Tick.Label.Font.Size = small, small, small
	return p
}

// bars draws the first bar on top.
func bars(b chart.Bars) (*plot.Plot, error) {
	p := newPlot(b.Title)
	p.X.Min = 0
	p.HideX()
	var names, texts []string
	var ends plotter.XYs
	for i, bar := range slices.Backward(b.Bars) {
		y := float64(len(b.Bars) - 1 - i)
		drawn, err := plotter.NewBarChart(plotter.Values{bar.Value}, barHeight*4/5)
		if err != nil {
			return nil, err
		}
		drawn.Horizontal, drawn.XMin, drawn.Color, drawn.LineStyle.Width = true, y, bar.Colour, 0
		p.Add(drawn)
		names, texts, ends = append(names, bar.Name), append(texts, bar.Text), append(ends, plotter.XY{X: bar.Value, Y: y})
	}
	p.NominalY(names...)
	return p, label(p, ends, texts)
}

// curves draws lines from one corner, because every value is a multiple of the first.
func curves(c chart.Curves) (*plot.Plot, error) {
	p := newPlot(c.Title)
	p.X.Scale, p.Y.Scale = plot.LogScale{}, plot.LogScale{}
	p.Legend.Top, p.Legend.Left = true, true
	var ticks plot.ConstantTicks
	for i, size := range c.Sizes {
		ticks = append(ticks, plot.Tick{Value: size, Label: c.Labels[i]})
	}
	p.X.Tick.Marker, p.Y.Tick.Marker = ticks, plot.LogTicks{Prec: -1}
	var ends plotter.XYs
	var texts []string
	for _, l := range c.Lines {
		at := make(plotter.XYs, len(l.Values))
		for i, v := range l.Values {
			at[i] = plotter.XY{X: c.Sizes[i], Y: v}
		}
		line, points, err := plotter.NewLinePoints(at)
		if err != nil {
			return nil, err
		}
		line.Color, points.Color, points.Shape = l.Colour, l.Colour, canvas.CircleGlyph{}
		if l.Dashed {
			line.Dashes = []vg.Length{4, 4}
		}
		p.Add(line, points)
		p.Legend.Add(l.Name, line, points)
		ends, texts = append(ends, at[len(at)-1]), append(texts, l.End)
	}
	// A logarithmic axis needs two different ends.
	p.X.Max, p.Y.Max = max(p.X.Max, 2*p.X.Min), max(p.Y.Max, 2*p.Y.Min)
	return p, label(p, ends, texts)
}

// label writes texts to the right of points.
func label(p *plot.Plot, at plotter.XYs, texts []string) error {
	labels, err := plotter.NewLabels(plotter.XYLabels{XYs: at, Labels: texts})
	if err != nil {
		return err
	}
	for i := range labels.TextStyle {
		labels.TextStyle[i].YAlign = canvas.YCenter
	}
	labels.Offset.X = 5
	p.Add(labels)
	return nil
}
