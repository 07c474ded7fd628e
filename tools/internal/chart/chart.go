// Package chart says what a picture of measurements shows. The program tools/bench/plot
// draws it.
package chart

import "image/color"

// Page is a picture.
type Page struct {
	Title  string
	Bars   []Bars
	Curves []Curves
}

// Bars compare values on one scale.
type Bars struct {
	Title string
	Bars  []Bar
}

// Bar is one value, with a text beside it.
type Bar struct {
	Name, Text string
	Value      float64
	Colour     color.RGBA
}

// Curves show how values grow with a size. Both axes are logarithmic.
type Curves struct {
	Title string
	// Sizes and values are above 0. Labels has a text for each size.
	Sizes  []float64
	Labels []string
	Lines  []Line
}

// Line has a value for each size, and a text beside the last.
type Line struct {
	Name, End string
	Values    []float64
	Colour    color.RGBA
	Dashed    bool
}
