package bench

import (
	"errors"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/lahja/go-lahja/internal/bytesize"
)

// Table writes all figures, then the ratios with their targets, then the curves.
func (all Results) Table(w io.Writer) error {
	figures, curves := all.apart()
	if len(figures) > 0 {
		if err := errors.Join(figures.figures(w), figures.ratios(w)); err != nil {
			return err
		}
	}
	if len(figures) > 0 && len(curves) > 0 {
		fmt.Fprintln(w) // If this fails, so does the next write.
	}
	return tableCurves(w, curves)
}

func (all Results) figures(w io.Writer) error {
	out := tabwriter.NewWriter(w, 0, 8, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(out, "MEASURE\tSYSTEM\tEVENTS\tSENT/S\tRECEIVED/S\tFASTEST\tSLOWEST\tAVERAGE\tP50\tP99\tMEMORY\tCPU\t")
	for _, r := range all {
		fmt.Fprintf(out, "%s\t%s\t%d\t%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\t\n", r.what(), r.System, r.Events,
			rate(r.SentPerSecond), rate(r.PerSecond), short(r.Fastest), short(r.Slowest), short(r.Average), short(r.P50), short(r.P99),
			bytesize.Format(r.Memory), short(r.CPU))
	}
	return out.Flush()
}

func (all Results) ratios(w io.Writer) error {
	out := tabwriter.NewWriter(w, 0, 8, 2, ' ', 0)
	fmt.Fprintln(out, "\nMEASURE\tAGAINST\tRATIO\tMIN-MAX\tBY CPU\tTARGET\t")
	for _, r := range all {
		t, wanted := r.target()
		switch {
		case wanted && t.Against == "":
			fmt.Fprintf(out, "%s\t\t%s\t\t\tat most %s\t%s\n", r.what(), bytesize.Format(r.Memory), bytesize.Format(t.AtMost), verdict(t.met(r)))
		case r.System == Lahja || r.Ratio == 0:
		case wanted:
			fmt.Fprintf(out, "%s\tat least %g\t%s\n", r.against(), t.AtLeast, verdict(t.met(r)))
		default:
			fmt.Fprintf(out, "%s\t\t\n", r.against())
		}
	}
	return out.Flush()
}

// against returns the columns of every row of ratios.
func (r Result) against() string {
	return fmt.Sprintf("%s\t%s\t%.3f\t%.3f-%.3f\t%.3f", r.what(), r.System, r.Ratio, r.RatioMin, r.RatioMax, r.CPURatio)
}

func verdict(met bool) string {
	if met {
		return "met"
	}
	return "not met"
}

// what returns the case's name without its system.
func (r Result) what() string { return r.group().String() }

func rate(perSecond float64) string {
	switch {
	case perSecond == 0:
		return ""
	case perSecond < 100:
		return fmt.Sprintf("%.1f", perSecond)
	}
	digits := fmt.Sprintf("%.0f", perSecond)
	var b strings.Builder
	for i, d := range digits {
		if i > 0 && (len(digits)-i)%3 == 0 {
			b.WriteByte(',')
		}
		b.WriteRune(d)
	}
	return b.String()
}

// short formats a time with three digits.
func short(d time.Duration) string {
	if d == 0 {
		return ""
	}
	step := time.Duration(1)
	for d/step >= 1000 {
		step *= 10
	}
	return d.Round(step).String()
}
