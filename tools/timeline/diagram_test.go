package timeline_test

import (
	"fmt"
	"strings"
	"testing"

	d "github.com/lahja/go-lahja/tools/drivers"
	"github.com/lahja/go-lahja/tools/timeline"
)

type tick struct{ N int }

// LahjaType names the type on the wire.
func (tick) LahjaType() string { return "timeline.tick" }

func declared() []*d.Driver {
	return []*d.Driver{
		d.New(d.ServeEndpoint("orders"), d.Checkpoint("open"), d.WaitFor[tick](), d.Signal("stored"), d.Repeat(2, d.Checkpoint("paid"))),
		d.New(d.ServeEndpoint("payments"), d.ConnectToEndpoints("orders"), d.Checkpoint("open"), d.Sleep(0), d.Checkpoint("paid")),
		d.New(d.RunEndpoint("client"), d.ConnectToEndpoints("orders", "payments"), d.Checkpoint("open"), d.Broadcast(tick{N: 1}), d.Await("stored")),
	}
}

func TestDiagramDrawsWhatIsDeclared(t *testing.T) {
	golden(t, "diagram.txt", timeline.Diagram(declared(), timeline.Options{}))
	golden(t, "diagram.mermaid", timeline.DiagramMermaid(declared()))
}

func TestDiagramDrawsEveryActionOfAScenarioThatCannotComplete(t *testing.T) {
	text := timeline.Diagram([]*d.Driver{
		d.New(d.NoEndpoint("a"), d.Await("never"), d.Checkpoint("x")),
		d.New(d.NoEndpoint("b"), d.Checkpoint("x"), d.Sleep(0)),
	}, timeline.Options{})
	for _, want := range []string{"1 Await", "2 Sleep"} {
		if !strings.Contains(text, want) {
			t.Errorf("no %s in\n%s", want, text)
		}
	}
}

func TestDiagramSaysWhichDriversAreLeftOut(t *testing.T) {
	many := d.Series(20, func(i int) *d.Driver { return d.New(d.NoEndpoint(string(rune('a'+i))), d.Sleep(0)) })
	if text := timeline.Diagram(many, timeline.Options{}); !strings.Contains(text, "14 other drivers not shown") {
		t.Errorf("got\n%s", text)
	}
}

func TestMermaidTakesDiagramsOfManyDrivers(t *testing.T) {
	many := d.Series(100, func(i int) *d.Driver {
		return d.New(d.NoEndpoint(fmt.Sprint("driver-", i)), d.Repeat(2, d.Checkpoint("a")), d.Checkpoint("b"), d.Broadcast(tick{N: i}),
			d.WaitFor[tick](), d.WaitFor[tick](), d.WaitFor[tick](), d.Sleep(0), d.Sleep(0), d.Sleep(0), d.Sleep(0), d.Sleep(0), d.Sleep(0), d.Sleep(0))
	})
	diagram := timeline.DiagramMermaid(many)
	if n := len(diagram); n > mermaidLimit {
		t.Errorf("got %d characters", n)
	}
	if lines := strings.Split(strings.TrimSpace(diagram), "\n"); !strings.HasSuffix(lines[len(lines)-1], " left out") {
		t.Errorf("the last line is %q", lines[len(lines)-1])
	}
}
