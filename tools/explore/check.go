package explore

import (
	"context"
	"fmt"
)

// Divergence is a schedule of which two runs took different courses.
type Divergence struct {
	Kind   Kind
	Number uint64
	// Step is the first one that differs, in words.
	Step string
}

func (d Divergence) String() string {
	return fmt.Sprintf("%s schedule %d: %s", d.Kind, d.Number, d.Step)
}

// compare does a job again, in another process, and looks for a schedule that took another
// course there.
func (e *exploration) compare(ctx context.Context, w, other worker, j job, r result) error {
	again, err := other.do(ctx, j)
	if err != nil || again.Order == r.Order && again.Runs == r.Runs {
		return err
	}
	for n := range j.Count {
		one := j
		one.From, one.Count, one.Words = j.From+uint64(n), 1, true
		if j.Kind == Bounded {
			one.From, one.Count = j.From, n+1
		}
		a, err := w.do(ctx, one)
		if err != nil {
			return err
		}
		b, err := other.do(ctx, one)
		if err != nil {
			return err
		}
		if step := difference(a.Words, b.Words); step != "" {
			e.diverged(Divergence{j.Kind, j.From + uint64(n), step})
			return nil
		}
	}
	e.diverged(Divergence{j.Kind, j.From, fmt.Sprintf("one of %d schedules took another course, but none did when they ran again", j.Count)})
	return nil
}

func (e *exploration) diverged(d Divergence) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.result.Diverged = append(e.result.Diverged, d)
}

// difference is the first step at which two runs differ, in words; "" if there is none.
func difference(a, b []string) string {
	for i := range min(len(a), len(b)) {
		if a[i] != b[i] {
			return fmt.Sprintf("step %d is %q, and in a second run %q", i, a[i], b[i])
		}
	}
	if len(a) != len(b) {
		return fmt.Sprintf("it took %d steps, and in a second run %d", len(a), len(b))
	}
	return ""
}
