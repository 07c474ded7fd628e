package timeline_test

import (
	"html"
	"strings"
	"testing"
	"time"

	"github.com/lahja/go-lahja/tools/timeline"
)

func TestTheIndexLinksFailuresToTheirPages(t *testing.T) {
	all, err := timeline.Index("shop", outcomes())
	if err != nil {
		t.Fatal(err)
	}
	page := html.UnescapeString(string(all))
	for _, want := range []string{`href="runs/3.html"`, "✗", "✓", "–", "timeout after 300ms", "goroutine+memory"} {
		if !strings.Contains(page, want) {
			t.Errorf("no %q in the index", want)
		}
	}
	body := between(t, page, "<tbody>", "</tbody>")
	if rows, cells := strings.Count(body, "<tr>"), strings.Count(body, "<td"); rows != 3 || cells != 9 {
		t.Errorf("got %d rows and %d cells, want 3 scenarios on 3 engines", rows, cells)
	}
}

// outcomes are those of three scenarios on three engines; one scenario did not run on the last.
func outcomes() []timeline.Cell {
	cell := func(scenario, engine, verdict, text, page string) timeline.Cell {
		return timeline.Cell{Scenario: scenario, Engine: engine, Verdict: verdict, Text: text, Page: page, Elapsed: 12 * time.Millisecond}
	}
	const memory, unix, virtual = "goroutine+memory", "subprocess+unix", "virtual"
	return []timeline.Cell{
		cell("shop/order-is-paid", memory, "passed", "", ""),
		cell("shop/order-is-paid", unix, "failed", "payments, action 4: timeout after 300ms", "runs/3.html"),
		cell("shop/order-is-paid", virtual, "passed", "", ""),
		cell("crash/child-is-killed", memory, "unsupported", "needs processes", ""),
		cell("crash/child-is-killed", unix, "passed", "", ""),
		cell("close/flushes", memory, "passed", "", ""),
		cell("close/flushes", unix, "known-failure", "issue 12", ""),
		cell("close/flushes", virtual, "passed", "", ""),
	}
}
