package main

import (
	"encoding/json"
	"encoding/xml"
	"errors"
	"fmt"
	"image/color"
	"io"
	"strings"
	"testing"

	"github.com/lahja/go-lahja/tools/internal/chart"
)

var (
	red  = color.RGBA{0xcc, 0x11, 0x22, 0xff}
	blue = color.RGBA{0x11, 0x22, 0xcc, 0xff}
)

func page() chart.Page {
	return chart.Page{
		Title: "a page",
		Bars: []chart.Bars{
			{Title: "a & b <each>", Bars: []chart.Bar{{Name: "first", Text: "10 (much)", Value: 10, Colour: red}, {Name: "second", Text: "5", Value: 5, Colour: blue}}},
			{Title: "nothing", Bars: []chart.Bar{{Name: "none", Text: "0", Colour: blue}}},
		},
		Curves: []chart.Curves{
			{Title: "growth", Sizes: []float64{10, 100, 1000}, Labels: []string{"ten", "hundred", "thousand"}, Lines: []chart.Line{
				{Name: "linear", Values: []float64{1, 10, 100}, Dashed: true},
				{Name: "flat", Values: []float64{1, 1, 1}, End: "3 ms", Colour: red}}},
			{Title: "one size", Sizes: []float64{7}, Labels: []string{"seven"}, Lines: []chart.Line{{Name: "point", Values: []float64{1}, End: "once"}}},
			{Title: "the third", Sizes: []float64{1, 2}, Labels: []string{"1", "2"}, Lines: []chart.Line{{Name: "up", Values: []float64{1, 3}}}},
		},
	}
}

// drawn returns the SVG of a page, its elements by name, and its texts.
func drawn(t *testing.T, p chart.Page) (svg string, elements map[string]int, texts map[string]bool) {
	t.Helper()
	in, err := json.Marshal(p)
	if err != nil {
		t.Fatal(err)
	}
	var out strings.Builder
	if err := run(strings.NewReader(string(in)), &out); err != nil {
		t.Fatal(err)
	}
	elements, texts = map[string]int{}, map[string]bool{}
	decoder := xml.NewDecoder(strings.NewReader(out.String()))
	for {
		token, err := decoder.Token()
		if errors.Is(err, io.EOF) {
			return out.String(), elements, texts
		}
		if err != nil {
			t.Fatalf("%v in\n%s", err, &out)
		}
		switch token := token.(type) {
		case xml.StartElement:
			elements[token.Name.Local]++
		case xml.CharData:
			texts[strings.TrimSpace(string(token))] = true
		}
	}
}

func TestDraw(t *testing.T) {
	p := page()
	svg, elements, texts := drawn(t, p)
	want := []string{p.Title}
	for _, b := range p.Bars {
		want = append(want, b.Title)
		for _, bar := range b.Bars {
			want = append(want, bar.Name, bar.Text)
		}
	}
	for _, c := range p.Curves {
		want = append(append(want, c.Title), c.Labels...)
		for _, l := range c.Lines {
			want = append(want, l.Name)
			if l.End != "" {
				want = append(want, l.End)
			}
		}
	}
	for _, text := range want {
		if !texts[text] {
			t.Errorf("the text %q is not in\n%s", text, svg)
		}
	}
	for _, c := range []color.RGBA{red, blue} {
		if hex := fmt.Sprintf("#%02X%02X%02X", c.R, c.G, c.B); !strings.Contains(svg, hex) {
			t.Errorf("the colour %s is not in\n%s", hex, svg)
		}
	}
	if elements["path"] == 0 || !strings.Contains(svg, "stroke-dasharray") {
		t.Errorf("got %v in\n%s", elements, svg)
	}
	if strings.Contains(svg, "NaN") || strings.Contains(svg, "Inf") {
		t.Errorf("something has no place:\n%s", svg)
	}
}

func TestDrawParts(t *testing.T) {
	all := page()
	for name, p := range map[string]chart.Page{
		"nothing": {}, "bars": {Bars: all.Bars}, "one curve": {Curves: all.Curves[:1]}, "curves": {Curves: all.Curves},
	} {
		t.Run(name, func(t *testing.T) {
			if _, elements, _ := drawn(t, p); elements["svg"] != 1 {
				t.Errorf("got %v, want one svg", elements)
			}
		})
	}
}

func TestBadInput(t *testing.T) {
	if err := run(strings.NewReader("{"), io.Discard); err == nil || !strings.Contains(err.Error(), "read what to draw") {
		t.Errorf("got %v", err)
	}
}
