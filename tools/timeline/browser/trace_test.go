package browser

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/lahja/go-lahja/tools/recording"
	"github.com/lahja/go-lahja/tools/timeline"
	"github.com/lahja/go-lahja/tools/timeline/timelinetest"
)

// viewer is the page with Chrome's trace viewer, which the Go distribution has for go tool trace.
const viewer = `<!doctype html><title>viewer</title><script src="webcomponents.min.js"></script>
<script>addEventListener("HTMLImportsLoaded", () => { window.ready = true; });</script>
<link rel="import" href="trace_viewer_full.html">`

func openViewer(t *testing.T) *page {
	t.Helper()
	root, err := exec.Command("go", "env", "GOROOT").Output()
	if err != nil {
		t.Fatal(err)
	}
	dir := filepath.Join(strings.TrimSpace(string(root)), "src/internal/trace/traceviewer/static")
	if _, err := os.Stat(filepath.Join(dir, "trace_viewer_full.html")); err != nil {
		t.Skip("this Go has no trace viewer: ", err)
	}
	files := http.FileServer(http.Dir(dir))
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/" {
			fmt.Fprint(w, viewer)
			return
		}
		files.ServeHTTP(w, r)
	}))
	t.Cleanup(server.Close)
	p := &page{t: t, ctx: chromium(t)}
	p.do(chromedp.Navigate(server.URL), until(`window.ready && window.tr?.importer?.Import`))
	return p
}

// imported is what the viewer has after it has read a trace.
type imported struct {
	Warnings              []string
	Processes             []string
	Slices, Flows, Points int
	Linked                int
}

func TestChromesTraceViewerReadsTheTrace(t *testing.T) {
	p := openViewer(t)
	for name, recorded := range map[string]*recording.Run{"3 drivers": timelinetest.Shop(), "100 drivers": timelinetest.Hundred()} {
		all, err := timeline.ChromeTrace(recorded)
		if err != nil {
			t.Fatal(err)
		}
		text, err := json.Marshal(string(all))
		if err != nil {
			t.Fatal(err)
		}
		got := value[imported](p, `(() => {
			const model = new tr.Model();
			new tr.importer.Import(model).importTraces([`+string(text)+`]);
			const got = { Warnings: model.importWarnings.map(w => w.type + ": " + w.message), Flows: model.flowEvents.length, Slices: 0, Points: 0, Linked: 0, Processes: [] };
			for (const pid in model.processes) {
				got.Processes.push(model.processes[pid].name);
				for (const tid in model.processes[pid].threads) for (const s of model.processes[pid].threads[tid].sliceGroup.slices) s.duration > 0 ? got.Slices++ : got.Points++;
			}
			for (const f of model.flowEvents) if (f.startSlice?.title === "send " + f.title && f.endSlice?.title === "receive " + f.title) got.Linked++;
			return got;
		})()`)
		want := expected(t, all)
		if len(got.Warnings) > 0 {
			t.Errorf("%s: warnings %v", name, got.Warnings)
		}
		if got.Slices != want.Slices || got.Flows != want.Flows || got.Linked != want.Flows {
			t.Errorf("%s: got %d slices and %d flows, %d of them between their slices; want %d and %d", name, got.Slices, got.Flows, got.Linked, want.Slices, want.Flows)
		}
		if len(got.Processes) != len(recorded.Drivers)+1 || got.Processes[1] != recorded.Drivers[0].Name {
			t.Errorf("%s: got processes %v", name, got.Processes)
		}
	}
}

// expected counts what is in the trace.
func expected(t *testing.T, all []byte) (want imported) {
	t.Helper()
	var trace struct{ TraceEvents []struct{ Ph string } }
	if err := json.Unmarshal(all, &trace); err != nil {
		t.Fatal(err)
	}
	for _, e := range trace.TraceEvents {
		switch e.Ph {
		case "X":
			want.Slices++
		case "s":
			want.Flows++
		}
	}
	return want
}
