package browser

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/network"
	cdpruntime "github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
	"github.com/lahja/go-lahja/tools/recording"
	"github.com/lahja/go-lahja/tools/timeline"
)

// patience bounds whatever a page does.
const patience = 2 * time.Minute

// browsers starts the browser that all tests share, each in a tab of its own, when the first one
// needs it. It is nil where Chromium is not installed.
var browsers = sync.OnceValues(func() (context.Context, error) {
	path := ""
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome"} {
		if found, err := exec.LookPath(name); err == nil {
			path = found
			break
		}
	}
	if path == "" {
		return nil, nil
	}
	options := append(slices.Clone(chromedp.DefaultExecAllocatorOptions[:]),
		chromedp.ExecPath(path), chromedp.NoSandbox, chromedp.WindowSize(1280, 800), chromedp.Flag("hide-scrollbars", true))
	allocator, _ := chromedp.NewExecAllocator(life, options...)
	ctx, closeBrowser := chromedp.NewContext(allocator)
	ends = closeBrowser
	return ctx, chromedp.Do(ctx)
})

// life is the browser's, and ends closes it.
var (
	life = context.Background()
	ends = func() {}
)

func TestMain(m *testing.M) {
	code := m.Run()
	ends()
	os.Exit(code)
}

// chromium opens a tab for the test.
func chromium(t *testing.T) context.Context {
	t.Helper()
	browser, err := browsers()
	switch {
	case err != nil:
		t.Fatal(err)
	case browser == nil:
		t.Skip("Chromium is not installed")
	}
	tab, closeTab := chromedp.NewContext(browser)
	t.Cleanup(closeTab)
	// The first action opens the tab, and its context bounds the tab's life.
	if err := chromedp.Do(tab); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(tab, patience)
	t.Cleanup(cancel)
	return ctx
}

type action = chromedp.Action[chromedp.Void]

// call is a command of the browser's protocol as an action.
func call[P, R any](command cdp.Command[P, R], params P) action {
	return chromedp.Func(func(ctx context.Context, t *chromedp.Target) error {
		_, err := cdp.Call(ctx, t, command, params)
		return err
	})
}

// until waits until an expression of the page is true.
func until(expression string) action {
	return chromedp.Evaluate[chromedp.Void](`new Promise(done => {
		const look = () => { if (`+expression+`) done(); else requestAnimationFrame(look); };
		look();
	})`, chromedp.EvalAwaitPromise)
}

// run runs a statement in the page.
func run(statement string) action { return chromedp.Evaluate[chromedp.Void](statement) }

// page is a page that was opened from a file.
type page struct {
	t   *testing.T
	ctx context.Context
	url string

	mu       sync.Mutex
	problems []string
	requests []string
}

// open opens the page of a run.
func open(t *testing.T, recorded *recording.Run, before ...action) *page {
	t.Helper()
	return openAt(t, recorded, "", before...)
}

// openAt opens the page of a run at a hash, and waits until it has drawn.
func openAt(t *testing.T, recorded *recording.Run, hash string, before ...action) *page {
	t.Helper()
	content, err := timeline.Page(recorded)
	if err != nil {
		t.Fatal(err)
	}
	p := openFile(t, content, hash, before...)
	p.do(until(`window.lahja?.timing.load > 0`))
	return p
}

// openFile writes a page and opens it at a hash. When the test ends, the page must have logged no
// error and have asked for nothing but itself.
func openFile(t *testing.T, content []byte, hash string, before ...action) *page {
	t.Helper()
	p := &page{t: t, ctx: chromium(t)}
	file := filepath.Join(t.TempDir(), "run.html")
	if err := os.WriteFile(file, content, 0o644); err != nil {
		t.Fatal(err)
	}
	p.url = "file://" + file
	if err := chromedp.Listen(p.ctx, p.hear); err != nil {
		t.Fatal(err)
	}
	p.do(append([]action{call(network.Enable, network.EnableParams{}), call(log.Enable, cdp.Empty{})}, before...)...)
	t.Cleanup(p.check)
	p.do(chromedp.Navigate(p.url + hash))
	return p
}

// hear notes what the page must not do.
func (p *page) hear(event any) {
	p.mu.Lock()
	defer p.mu.Unlock()
	switch e := event.(type) {
	case *log.EventEntryAdded:
		// Only these tests read pixels.
		if !strings.Contains(e.Entry.Text, "willReadFrequently") {
			p.problems = append(p.problems, string(e.Entry.Level)+": "+e.Entry.Text)
		}
	case *cdpruntime.EventExceptionThrown:
		p.problems = append(p.problems, "exception: "+e.ExceptionDetails.Text+" "+exceptionText(e.ExceptionDetails))
	case *cdpruntime.EventConsoleAPICalled:
		p.problems = append(p.problems, "console: "+string(e.Type))
	case *network.EventRequestWillBeSent:
		p.requests = append(p.requests, e.Request.URL)
	}
}

func exceptionText(details *cdpruntime.ExceptionDetails) string {
	if details.Exception == nil {
		return ""
	}
	return details.Exception.Description
}

func (p *page) check() {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, problem := range p.problems {
		p.t.Errorf("the page logged %s", problem)
	}
	if len(p.requests) == 0 {
		p.t.Error("no request was seen, not even for the page")
	}
	for _, url := range p.requests {
		if before, _, _ := strings.Cut(url, "#"); before != p.url {
			p.t.Errorf("the page asked for %s", url)
		}
	}
}

func (p *page) do(actions ...action) {
	p.t.Helper()
	if err := chromedp.Do(p.ctx, actions...); err != nil {
		p.t.Fatal(err)
	}
}

// value is what an expression is in the page.
func value[T any](p *page, expression string) T {
	p.t.Helper()
	v, err := chromedp.Run(p.ctx, chromedp.Evaluate[T](expression))
	if err != nil {
		p.t.Fatal(err)
	}
	return v
}

// press presses a key and waits until the page was drawn again.
func (p *page) press(key string) {
	p.t.Helper()
	p.redrawn(chromedp.KeyEvent(key))
}

// redrawn does something and waits until the page was drawn after it.
func (p *page) redrawn(does action) {
	p.t.Helper()
	p.do(run(`window.drawn = lahja.timing.draws`), does, until(`lahja.timing.draws > window.drawn`))
}

// drawn is all that the page draws on its canvas, a line each.
func (p *page) drawn() string {
	p.t.Helper()
	return value[string](p, `(() => {
		const drawing = CanvasRenderingContext2D.prototype, calls = [];
		const kept = Object.fromEntries(["fillText", "fillRect", "strokeRect", "moveTo", "lineTo"].map(name => [name, drawing[name]]));
		for (const name in kept) drawing[name] = function (...all) { calls.push(name + JSON.stringify(all).replace(/^\[(.*)\]$/, "($1)")); kept[name].apply(this, all); };
		lahja.draw();
		Object.assign(drawing, kept);
		return calls.join("\n");
	})()`)
}
