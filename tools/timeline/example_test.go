package timeline_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"github.com/lahja/go-lahja/tools/drivers"
	"github.com/lahja/go-lahja/tools/recording"
	"github.com/lahja/go-lahja/tools/timeline"
)

// shopRun is a short recorded run.
func shopRun() *recording.Run {
	id := recording.ID{Instance: 1, Sequence: 1}
	return &recording.Run{
		Header: recording.Header{Schema: recording.Schema, Scenario: "shop/order", Engine: "goroutine+memory",
			Drivers: []recording.Driver{
				{Name: "shop", Endpoint: "shop", Steps: []recording.Step{{Text: `ServeEndpoint("shop")`}, {Text: "WaitFor[Order]()"}}},
				{Name: "client", Endpoint: "client", Steps: []recording.Step{{Text: `RunEndpoint("client")`}, {Text: "Broadcast(Order{N:1})"}}}}},
		Entries: []recording.Entry{
			{At: 1 * time.Millisecond, Driver: 1, Kind: recording.Sent, Peer: "shop", Event: "shop/order", ID: id},
			{At: 2 * time.Millisecond, Driver: 0, Kind: recording.Received, Peer: "client", Event: "shop/order", ID: id},
		},
		Outcome: recording.Outcome{Verdict: "passed", Elapsed: 3 * time.Millisecond},
	}
}

// The last events of a run, for a terminal or a log.
func ExampleText() {
	fmt.Print(timeline.Text(shopRun(), timeline.Options{Columns: 60}))
	// Output:
	// shop                    client
	//    2.00ms   │◀── order after 1ms ───┤
}

// The same as Mermaid, which issues and pull requests show.
func ExampleMermaid() {
	fmt.Print(timeline.Mermaid(shopRun()))
	// Output:
	// sequenceDiagram
	//     participant d0 as shop
	//     participant d1 as client
	//     d1->>d0: order
}

// What drivers declare, without running them: who waits for whom.
func ExampleDiagram() {
	fmt.Print(timeline.Diagram([]*drivers.Driver{
		drivers.New(drivers.ServeEndpoint("shop"), drivers.Checkpoint("open"), drivers.CloseEndpoint()),
		drivers.New(drivers.RunEndpoint("client"), drivers.ConnectToEndpoints("shop"), drivers.Checkpoint("open")),
	}, timeline.Options{Columns: 60}))
	// Output:
	// shop                         client
	// ┃ 0 ServeEndpoint("shop")    ┃ 0 RunEndpoint("client")
	// │                            ┃ 1 ConnectToEndpoints("sho…
	// ◆═════ checkpoint "open" ════◆
	// ┃ 2 CloseEndpoint()          │
}

// The same as Mermaid.
func ExampleDiagramMermaid() {
	fmt.Print(timeline.DiagramMermaid([]*drivers.Driver{
		drivers.New(drivers.ServeEndpoint("shop"), drivers.Signal("open")),
		drivers.New(drivers.NoEndpoint("client"), drivers.Await("open")),
	}))
	// Output:
	// sequenceDiagram
	//     participant d0 as shop
	//     participant d1 as client
	//     Note over d0: 0 ServeEndpoint("shop")
	//     Note over d1: 0 NoEndpoint("client")
	//     Note over d0: 1 Signal("open")
	//     d0-)d1: signal "open"
}

// A trace for Perfetto, or a browser's own viewer.
func ExampleChromeTrace() {
	trace, err := timeline.ChromeTrace(shopRun())
	fmt.Println(json.Valid(trace) && strings.Contains(string(trace), "traceEvents"), err)
	// Output: true <nil>
}

// A page needs no server and no other file: write it anywhere, and open it in a browser.
func ExamplePage() {
	page, err := timeline.Page(shopRun())
	fmt.Println(strings.Contains(string(page), "shop/order"), err)
	// Output: true <nil>
}

// An index of many runs links to the page of each.
func ExampleIndex() {
	index, err := timeline.Index("my engines", []timeline.Cell{{Scenario: "shop/order", Engine: "goroutine+memory", Verdict: "passed", Page: "order.html"}})
	fmt.Println(strings.Contains(string(index), `href="order.html"`), err)
	// Output: true <nil>
}
