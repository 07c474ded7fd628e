package timeline

import (
	"fmt"
	"slices"
	"sort"
	"time"

	"github.com/lahja/go-lahja/internal/brief"
)

// idle is how long nothing happens at least where a text says so.
const idle = 10 * time.Millisecond

// last returns the last rows that fit into n lines, with a row for each gap: what was left out,
// and time in which nothing happened. Pinned rows are among them.
func (m *model) last(rows []row, n int) []row {
	for keep := min(n, len(rows)); keep > 0; keep-- {
		if told := m.withGaps(rows, latest(rows, keep)); len(told) <= n {
			return told
		}
	}
	return nil
}

// latest are the indices of n rows: the pinned ones, and as many of the last others as fit.
func latest(rows []row, n int) (kept []int) {
	others := n
	for _, r := range rows {
		if r.pinned {
			others--
		}
	}
	for i := len(rows) - 1; i >= 0 && len(kept) < n; i-- {
		switch {
		case rows[i].pinned:
			kept = append(kept, i)
		case others > 0:
			kept = append(kept, i)
			others--
		}
	}
	slices.Reverse(kept)
	return kept
}

func (m *model) withGaps(rows []row, kept []int) (told []row) {
	before := -1
	for _, i := range kept {
		if gap, ok := m.gap(rows, before, i); ok {
			told = append(told, gap)
		}
		told = append(told, rows[i])
		before = i
	}
	return told
}

// gap is the row between two rows that are shown, where one is needed.
func (m *model) gap(rows []row, before, next int) (row, bool) {
	if left := next - before - 1; left > 0 {
		return row{kind: gapRow, text: brief.Plural(left, "event")}, true
	}
	if before < 0 {
		return row{}, false
	}
	from, to := rows[before].at, rows[next].at
	if quiet := m.quiet(from, to); quiet >= idle {
		return row{kind: gapRow, text: fmt.Sprintf("%s of nothing", length(quiet))}, true
	}
	return row{}, false
}

// quiet is the longest time between two moments in which nothing at all happened.
func (m *model) quiet(from, to time.Duration) (longest time.Duration) {
	if to-from < idle {
		return 0
	}
	first := sort.Search(len(m.Entries), func(i int) bool { return m.Entries[i].At > from })
	moments := []time.Duration{from}
	for _, e := range m.Entries[first:] {
		if e.At >= to {
			break
		}
		moments = append(moments, e.At)
	}
	moments = append(moments, to)
	slices.Sort(moments)
	for i := range moments[1:] {
		longest = max(longest, moments[i+1]-moments[i])
	}
	return longest
}
