package browser

import (
	"os"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/lahja/go-lahja/tools/timeline"
)

func TestTheIndexComparesTwoEngines(t *testing.T) {
	const memory, unix, virtual = "goroutine+memory", "subprocess+unix", "virtual"
	content, err := timeline.Index("shop on three engines", []timeline.Cell{
		{Scenario: "shop/order-is-paid", Engine: memory, Verdict: "passed"},
		{Scenario: "shop/order-is-paid", Engine: unix, Verdict: "failed", Text: "payments, action 4: timeout after 300ms", Page: "runs/3.html"},
		{Scenario: "shop/order-is-paid", Engine: virtual, Verdict: "passed"},
		{Scenario: "crash/child-is-killed", Engine: memory, Verdict: "unsupported", Text: "needs processes"},
		{Scenario: "crash/child-is-killed", Engine: unix, Verdict: "passed"},
		{Scenario: "close/flushes", Engine: memory, Verdict: "passed"},
		{Scenario: "close/flushes", Engine: unix, Verdict: "passed"},
		{Scenario: "close/flushes", Engine: virtual, Verdict: "passed"},
	})
	if err != nil {
		t.Fatal(err)
	}
	p := openFile(t, content, "")
	if got, want := value[string](p, `document.getElementById("differ").innerText`), "2 scenarios differ"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	if got, want := value[string](p, `document.querySelector("#sides a").getAttribute("href")`), "runs/3.html"; got != want {
		t.Errorf("got a link to %q, want %q", got, want)
	}
	if dir := os.Getenv("LAHJA_SCREENSHOTS"); dir != "" {
		p.picture(dir, "index")
	}
	p.do(chromedp.Click("#only"))
	if n := value[int](p, `[...document.querySelectorAll("#outcomes tbody tr")].filter(r => !r.hidden).length`); n != 2 {
		t.Errorf("got %d scenarios that did not pass everywhere, want 2", n)
	}
}
