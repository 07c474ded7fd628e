package command

import (
	"bytes"
	"encoding/json"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/lahja/go-lahja/lahja"
	d "github.com/lahja/go-lahja/tools/drivers"
	"github.com/lahja/go-lahja/tools/engine"
	"github.com/lahja/go-lahja/tools/internal/exitcode"
	"github.com/lahja/go-lahja/tools/reports"
	"github.com/lahja/go-lahja/tools/runner"
)

var aLine = regexp.MustCompile(`vet_test\.go:\d+`)

var aDuration = regexp.MustCompile(`for\s+[\d.]+(µs|ms|s)\s+that`)

type vetted struct{ N int }

// hopes sleeps where it had to wait for the subscription.
var hopes = d.Case("luck/hopes", "the event is taken",
	d.New(d.ServeEndpoint("client"), d.WaitUntilConnectedTo("cache"), d.Sleep(60*time.Millisecond), d.Broadcast(vetted{1}, lahja.BroadcastConfig{AllowNoSubscribers: true})),
	d.New(d.RunEndpoint("cache"), d.ConnectToEndpoints("client"), d.WaitFor[vetted]()))

var waits = d.Case("luck/waits", "the event is taken",
	d.New(d.ServeEndpoint("client"), d.WaitUntilEndpointSubscribedTo[vetted]("cache"), d.Broadcast(vetted{1})),
	d.New(d.RunEndpoint("cache"), d.ConnectToEndpoints("client"), d.WaitFor[vetted]()))

// loses has more records than are kept.
var loses = d.Case("luck/loses", "all events are taken",
	d.New(d.ServeEndpoint("client"), d.WaitUntilEndpointSubscribedTo[vetted]("cache"), d.Repeat(5000, d.Broadcast(vetted{1}))),
	d.New(d.RunEndpoint("cache"), d.ConnectToEndpoints("client"), d.Collect[vetted](5000)))

var lucky = runner.Suite{Scenarios: []d.Scenario{hopes, waits, loses, suite.Scenarios[1], suite.Scenarios[2]}}

const aboutHopes = `PASSED BY LUCK luck/hopes (vet_test.go:LINE)
  on goroutine+memory: cache waited for vetted (action 2, WaitFor[vetted]()),
  and took the one that client sent (action 3, Broadcast(vetted{N:1},
  BroadcastConfig{AllowNoSubscribers})). client had known for MS that cache
  subscribes, and nothing has it wait for that.
    Put WaitUntilEndpointSubscribedTo[vetted]("cache") before action 3 in
    client.
`

func TestVet(t *testing.T) {
	for _, c := range []struct {
		args     string
		code     int
		has, not []string
	}{
		{"vet luck/hopes luck/waits --engine goroutine+memory", exitcode.Passed, []string{aboutHopes, "\n2 passed (1 by luck), 0 failed"}, []string{"luck/waits", "a goroutine+memory"}},
		{"vet luck/waits --engine goroutine+memory", exitcode.Passed, []string{"\n1 passed, 0 failed"}, []string{"LUCK"}},
		{"vet luck/loses --engine goroutine+memory", exitcode.Passed, []string{"\nWhether these passed by luck is not known, because the recording has lost its\noldest entries:\n  luck/loses on goroutine+memory\n"}, []string{"LUCK"}},
		{"vet luck/hopes bad/fails --engine goroutine+memory", exitcode.Failed, []string{aboutHopes, "FAILED bad/fails on goroutine+memory", "1 passed (1 by luck), 1 failed"}, nil},
		{"vet luck/waits", exitcode.Passed, []string{"\n2 passed, 0 failed, 0 unsupported, 0 not run"}, nil},
		{"vet nothing", exitcode.Usage, nil, nil},
		{"run luck/hopes --engine goroutine+memory", exitcode.Passed, []string{"1 passed, 0 failed"}, []string{"LUCK"}},
		{"run luck/hopes --engine goroutine+memory -v", exitcode.Passed, []string{"a goroutine+memory", aboutHopes, "1 passed (1 by luck)"}, nil},
		{"vet luck/hopes --engine goroutine+memory --engine goroutine+unix --repeat 2", exitcode.Passed, []string{"on goroutine+memory, goroutine+unix: cache"}, nil},
	} {
		t.Run(c.args, func(t *testing.T) {
			var stdout, stderr bytes.Buffer
			code := run(t.Context(), strings.Fields(c.args), &stdout, &stderr, false, []runner.Suite{lucky})
			got := aLine.ReplaceAllString(aDuration.ReplaceAllString(stdout.String(), "for MS that"), "vet_test.go:LINE")
			if code != c.code {
				t.Errorf("got exit code %d, want %d: %s", code, c.code, &stderr)
			}
			for _, want := range c.has {
				if !strings.Contains(got, want) {
					t.Errorf("got\n%s\nwant\n%s", got, want)
				}
			}
			for _, unwanted := range c.not {
				if strings.Contains(got, unwanted) {
					t.Errorf("got %q in\n%s", unwanted, got)
				}
			}
		})
	}
}

func TestVetInJSON(t *testing.T) {
	var stdout, stderr bytes.Buffer
	code := run(t.Context(), []string{"vet", "--json", "--engine", "goroutine+memory", "luck/hopes"}, &stdout, &stderr, false, []runner.Suite{lucky})
	var got reports.Run
	if err := json.Unmarshal(stdout.Bytes(), &got); err != nil || code != exitcode.Passed {
		t.Fatalf("got %d, %v: %s", code, err, &stdout)
	}
	if len(got.Races) != 1 || got.Races[0].Waiter != "cache" || got.Races[0].Step != 3 || got.Races[0].Known <= 0 || got.Races[0].Sent <= got.Races[0].Known {
		t.Errorf("got %+v", got.Races)
	}
}

// A scenario runs by default on one engine of each kind, and where those cannot run it, elsewhere.
func TestVetRunsOnBothKindsOfEngine(t *testing.T) {
	cells := vetCells(lucky.Scenarios, runner.Engines())
	for _, want := range [][2]string{{"luck/hopes", "goroutine+memory"}, {"luck/hopes", "subprocess+unix"}, {"good/needs-a-process", "subprocess+unix"}} {
		if !cells[want] {
			t.Errorf("%v is missing in %v", want, cells)
		}
	}
	only := brought().Engines[0]
	if cells := vetCells(lucky.Scenarios[:1], []engine.Engine{only}); len(cells) != 1 || !cells[[2]string{"luck/hopes", only.Name()}] {
		t.Errorf("got %v", cells)
	}
}
