package timeline_test

import (
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	d "github.com/lahja/go-lahja/tools/drivers"
	"github.com/lahja/go-lahja/tools/engine/virtual"
	"github.com/lahja/go-lahja/tools/recording"
	"github.com/lahja/go-lahja/tools/runner"
	"github.com/lahja/go-lahja/tools/timeline"
)

type Order struct{ Item string }

// EventName names the type on the wire.
func (Order) EventName() string { return "shop.Order" }

// paid is what the guides show: payments subscribes too late.
var paid = d.Case("shop/order-is-paid", "An order reaches whoever is paid for it.",
	d.New(d.ServeEndpoint("orders"),
		d.Checkpoint("open"), d.WaitFor[Order](), d.Checkpoint("paid")),
	d.New(d.ServeEndpoint("payments"),
		d.Checkpoint("open"), d.Sleep(4*time.Millisecond), d.Within(300*time.Millisecond, d.WaitFor[Order]()), d.Checkpoint("paid")),
	d.New(d.RunEndpoint("client"), d.ConnectToEndpoints("orders", "payments"),
		d.Checkpoint("open"), d.WaitUntilAnyEndpointSubscribedTo[Order](), d.Broadcast(Order{Item: "tea"}), d.Checkpoint("paid")))

// firstCome has those go on first who came first, so that each run is the same.
type firstCome struct{}

func (firstCome) Pick(_ int, choices []virtual.Choice) (first int) {
	for i, c := range choices {
		if c.Came < choices[first].Came {
			first = i
		}
	}
	return first
}

// recordPaid runs the scenario in virtual time, with messages that take a third of a millisecond.
func recordPaid(t *testing.T) *recording.Run {
	t.Helper()
	e := virtual.Engine{Link: virtual.Link{Latency: virtual.Constant(350 * time.Microsecond)}, Schedule: virtual.NewSchedule(firstCome{})}
	report := (&runner.Runner{Engine: e}).Run(t.Context(), paid)
	if report.Verdict != runner.Failed || report.Recording == nil {
		t.Fatalf("the run has not failed, or was not recorded: %v", report)
	}
	return report.Recording
}

// drawn is a picture of a guide: what it is, how many lines it has at most, and the picture.
var drawn = regexp.MustCompile("(?s)(<!-- drawn: (\\w+) ?(\\d*) -->\n```(?:text)?\n)(.*?)```")

// TestGuidesShowWhatIsDrawn runs the scenario and draws the pictures of the guides. With -update,
// it writes them there.
func TestGuidesShowWhatIsDrawn(t *testing.T) {
	run := recordPaid(t)
	for name, want := range map[string]int{"README.md": 1, "docs/seeing.md": 2} {
		file := filepath.Join("../..", name)
		guide, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		n := 0
		again := drawn.ReplaceAllStringFunc(string(guide), func(block string) string {
			n++
			m := drawn.FindStringSubmatch(block)
			return m[1] + draw(t, run, m[2], m[3]) + "```"
		})
		if n != want {
			t.Errorf("got %d pictures in %s, want %d", n, name, want)
		}
		if again == string(guide) {
			continue
		}
		if !*update {
			t.Errorf("the pictures in %s are not what is drawn; run go test -update if that is right. They would be:\n%s",
				name, strings.Join(drawn.FindAllString(again, -1), "\n"))
			continue
		}
		if err := os.WriteFile(file, []byte(again), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

func draw(t *testing.T, run *recording.Run, what, lines string) string {
	t.Helper()
	switch what {
	case "text":
		n, err := strconv.Atoi(lines)
		if err != nil {
			t.Fatal(err)
		}
		return timeline.Text(run, timeline.Options{Lines: n})
	case "diagram":
		return timeline.Diagram(paid.Drivers(nil), timeline.Options{})
	}
	t.Fatalf("a guide shows %q", what)
	return ""
}

func TestRunsOfASequentialScheduleAreTheSame(t *testing.T) {
	want := timeline.Text(recordPaid(t), timeline.Options{})
	for range 3 {
		if got := timeline.Text(recordPaid(t), timeline.Options{}); got != want {
			t.Errorf("got\n%s\nwant\n%s", got, want)
		}
	}
}
