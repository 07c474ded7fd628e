package bench

import (
	"fmt"
	"io"
	"math"
	"text/tabwriter"
	"time"

	"github.com/lahja/go-lahja/internal/bytesize"
)

// curve is the cost of one subject at several sizes.
type curve struct {
	subject string
	points  []Result // by size
}

// linear is the exponent that still counts as linear: single runs are never exact.
const linear = 1.15

// apart separates the figures from the curves.
func (all Results) apart() (figures Results, curves []curve) {
	for _, r := range all {
		switch last := len(curves) - 1; {
		case r.Measure != Scale:
			figures = append(figures, r)
		case last >= 0 && curves[last].subject == r.Subject:
			curves[last].points = append(curves[last].points, r)
		default:
			curves = append(curves, curve{r.Subject, []Result{r}})
		}
	}
	return figures, curves
}

// exponent returns the power of the size with which the cost grows: the slope of the
// best-fitting line through the logarithms of both. 1 is linear. It is NaN for fewer than two
// points or a cost of 0.
func (c curve) exponent(cost func(Result) float64) float64 {
	var n, sx, sy, sxx, sxy float64
	for _, p := range c.points {
		x, y := math.Log(float64(p.Size)), math.Log(max(cost(p), 0))
		n, sx, sy, sxx, sxy = n+1, sx+x, sy+y, sxx+x*x, sxy+x*y
	}
	slope := (n*sxy - sx*sy) / (n*sxx - sx*sx)
	if math.IsInf(slope, 0) || math.IsNaN(slope) {
		return math.NaN()
	}
	return slope
}

// end returns the exponent over the three largest sizes, where fixed cost hides least.
func (c curve) end(cost func(Result) float64) float64 {
	return curve{c.subject, c.points[max(0, len(c.points)-3):]}.exponent(cost)
}

// worst returns the largest exponent between two neighbouring sizes, and the larger of the
// two: a line through all sizes can hide a step. It returns NaN and 0 if no two have one.
func (c curve) worst(cost func(Result) float64) (exponent float64, at int) {
	exponent = math.NaN()
	for i := 1; i < len(c.points); i++ {
		if step := (curve{c.subject, c.points[i-1 : i+1]}).exponent(cost); !math.IsNaN(step) && !(step <= exponent) {
			exponent, at = step, c.points[i].Size
		}
	}
	return exponent, at
}

func timeOf(r Result) float64   { return r.Seconds }
func memoryOf(r Result) float64 { return float64(r.Memory) }

// noWorse reports whether time and memory grow at most linearly, both over all sizes and over
// the largest three.
func (c curve) noWorse() bool {
	for _, cost := range []func(Result) float64{timeOf, memoryOf} {
		if c.exponent(cost) > linear || c.end(cost) > linear {
			return false
		}
	}
	return true
}

func tableCurves(w io.Writer, curves []curve) error {
	if len(curves) == 0 {
		return nil
	}
	out := tabwriter.NewWriter(w, 0, 8, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(out, "SCALE\tSIZE\tTIME\tMEMORY\tCPU\t")
	for _, c := range curves {
		for _, p := range c.points {
			fmt.Fprintf(out, "%s\t%s\t%s\t%s\t%s\t\n", c.subject, c.size(p.Size), short(seconds(p.Seconds)), bytesize.Format(p.Memory), short(p.CPU))
		}
	}
	if err := out.Flush(); err != nil {
		return err
	}
	exponents := tabwriter.NewWriter(w, 0, 8, 2, ' ', 0)
	fmt.Fprintln(exponents, "\nCOST OVER\tTIME ~ SIZE^\tAT THE END\tWORST STEP\tMEMORY ~ SIZE^\tAT THE END\tWORST STEP\tTARGET\t")
	for _, c := range curves {
		fmt.Fprintf(exponents, "%s\t%s\t%s\tno worse than linear\t%s\n", c.subject, c.exponents(timeOf), c.exponents(memoryOf), verdict(c.noWorse()))
	}
	return exponents.Flush()
}

// exponents returns the cells of one cost. The worst step has no target, because one
// disturbed figure makes one.
func (c curve) exponents(cost func(Result) float64) string {
	worst := ""
	if step, at := c.worst(cost); at != 0 {
		worst = fmt.Sprintf("%.2f to %s", step, c.size(at))
	}
	return fmt.Sprintf("%.2f\t%.2f\t%s", c.exponent(cost), c.end(cost), worst)
}

// size formats a size in the subject's unit.
func (c curve) size(n int) string {
	if c.points[0].Payload > 0 {
		return bytesize.Format(n)
	}
	return fmt.Sprint(n)
}

func seconds(s float64) time.Duration { return time.Duration(s * float64(time.Second)) }
