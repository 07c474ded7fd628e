package timeline

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/lahja/go-lahja/tools/recording"
	"github.com/lahja/go-lahja/tools/timeline/timelinetest"
)

func pair(entries ...recording.Entry) *model {
	return newModel(&recording.Run{
		Header:  recording.Header{Drivers: []recording.Driver{{Name: "a", Endpoint: "a"}, {Name: "b", Endpoint: "b"}}},
		Entries: entries,
	})
}

func end(kind recording.Kind, driver int, at time.Duration, peer string, sequence uint64, count int) recording.Entry {
	return recording.Entry{Kind: kind, Driver: driver, At: at, Peer: peer, Event: "x.Tick", ID: recording.ID{Instance: 1, Sequence: sequence}, Count: count}
}

func TestMessagesMatchThoughTheirEndsWereCountedDifferently(t *testing.T) {
	m := pair(
		end(recording.Sent, 0, 10, "b", 1, 5),
		end(recording.Received, 1, 20, "a", 1, 3),
		end(recording.Received, 1, 30, "a", 4, 2),
	)
	if len(m.messages) != 2 || m.messages[0].count != 3 || m.messages[1].count != 2 || m.messages[1].until != 30 {
		t.Errorf("got %+v, want 3 events that arrived at 20 and 2 at 30", m.messages)
	}
}

func TestMessagesThatNeverArrivedAreLost(t *testing.T) {
	m := pair(
		end(recording.Sent, 0, 10, "b", 1, 4),
		end(recording.Received, 1, 20, "a", 2, 1),
	)
	var lost, arrived int
	for _, message := range m.messages {
		if message.lost() {
			lost += message.count
		} else {
			arrived += message.count
		}
	}
	if lost != 3 || arrived != 1 {
		t.Errorf("got %d lost and %d arrived, want 3 and 1: %+v", lost, arrived, m.messages)
	}
}

func TestMessagesWhoseArrivalWasNotKeptAreNotLost(t *testing.T) {
	run := &recording.Run{
		Header: recording.Header{Drivers: []recording.Driver{{Name: "a", Endpoint: "a"}, {Name: "b", Endpoint: "b"}}},
		Entries: []recording.Entry{
			end(recording.Sent, 0, 10, "b", 1, 0),
			{Driver: 1, At: 50, Kind: recording.Logged},
			end(recording.Sent, 0, 60, "b", 2, 0),
		},
		Outcome: recording.Outcome{Lost: []uint64{0, 7}},
	}
	m := newModel(run)
	if len(m.messages) != 1 || m.messages[0].id.Sequence != 2 || !m.messages[0].lost() {
		t.Errorf("got %+v, want only the message that was sent at 60, which did not arrive", m.messages)
	}
	for what, text := range map[string]string{"text": m.text(Options{}), "page": pageOf(t, run)} {
		if !strings.Contains(text, "he first 7 entries were not kept") {
			t.Errorf("the %s does not say what is missing", what)
		}
	}
}

func pageOf(t *testing.T, run *recording.Run) string {
	t.Helper()
	page, err := Page(run)
	if err != nil {
		t.Fatal(err)
	}
	return string(page)
}

func TestMessagesBeginNoLaterThanTheyArrive(t *testing.T) {
	m := pair(
		end(recording.Received, 1, 20, "a", 1, 0),
		end(recording.Sent, 0, 32, "b", 1, 0),
	)
	if len(m.messages) != 1 || m.messages[0].at != 20 || m.messages[0].until != 20 {
		t.Errorf("got %+v, want one message at 20", m.messages)
	}
}

func TestMessagesOfABroadcastMatchByTheirReceiver(t *testing.T) {
	run := timelinetest.Hundred()
	m := newModel(run)
	received := 0
	for _, e := range run.Entries {
		if e.Kind == recording.Received {
			received++
		}
	}
	if len(m.messages) != received {
		t.Errorf("got %d messages, want %d", len(m.messages), received)
	}
	for _, message := range m.messages {
		if message.lost() {
			t.Fatalf("lost: %+v", message)
		}
	}
}

func TestEndpointsThatFunctionsOpenedAreOfTheirDriversLifelines(t *testing.T) {
	of := func(endpoint string, e recording.Entry) recording.Entry {
		e.Endpoint = endpoint
		return e
	}
	m := pair(
		of("helper", end(recording.Sent, 0, 10, "b", 1, 0)),
		of("helper", end(recording.Sent, 0, 10, "other", 1, 0)),
		end(recording.Received, 1, 20, "helper", 1, 0),
		of("other", end(recording.Received, 1, 25, "helper", 1, 0)),
		end(recording.Sent, 1, 30, "helper", 2, 0),
		of("helper", end(recording.Received, 0, 35, "b", 2, 0)),
		end(recording.Sent, 0, 40, "b", 3, 0),
		end(recording.Received, 1, 45, "a", 3, 0),
		of("helper", recording.Entry{Driver: 0, At: 50, Kind: recording.Connected, Peer: "b"}),
	)
	var got []string
	for _, a := range m.messages {
		got = append(got, fmt.Sprintf("%s→%s at %d: %s", m.name(a.from), m.name(a.to), a.until, a.text()))
	}
	want := []string{"a→b at 20: x.Tick (helper)", "a→b at 25: x.Tick (helper, other)", "b→a at 35: x.Tick (helper)", "a→b at 45: x.Tick"}
	if !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
	text := m.text(Options{})
	for _, want := range []string{"x.Tick (helper)", "helper connected to b"} {
		if !strings.Contains(text, want) {
			t.Errorf("got\n%s\nwant %q in it", text, want)
		}
	}
	trace, err := ChromeTrace(m.Run)
	if err != nil || !strings.Contains(string(trace), `"endpoints":"helper → b"`) {
		t.Errorf("got %s, %v, want the endpoints", trace, err)
	}
}

func TestTheFailingStepIsTheInnermost(t *testing.T) {
	step := func(kind recording.Kind, at time.Duration, serial int, text, err string) recording.Entry {
		return recording.Entry{Kind: kind, Driver: 1, At: at, Step: 2, Serial: serial, Text: text, Error: err}
	}
	m := pair(
		step(recording.StepBegan, 1, 1, "Sequence", ""),
		step(recording.StepBegan, 2, 2, "Sync", ""),
		step(recording.StepEnded, 3, 2, "", ""),
		step(recording.StepBegan, 4, 3, "WaitFor", ""),
		step(recording.StepEnded, 5, 3, "", "no event"),
		step(recording.StepEnded, 6, 1, "", "no event"),
	)
	m.Outcome.Failures = []recording.Failure{{Driver: 1, Step: 2, At: 7}}
	f := m.findFailure()
	if f.span == none || m.spans[f.span].text != "WaitFor" || m.spans[f.span].depth != 1 {
		t.Errorf("got span %d of %+v, want WaitFor within Sequence", f.span, m.spans)
	}
}
