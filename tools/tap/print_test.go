package tap

import (
	"encoding/json"
	"fmt"
	"math"
	"math/big"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/fxamacker/cbor/v2"

	"github.com/lahja/go-lahja/internal/wire"
	"github.com/lahja/go-lahja/lahja/inspect"
)

func TestPayloadsArePrintable(t *testing.T) {
	when := time.Date(2026, 1, 2, 3, 4, 5, 6, time.UTC)
	mode, err := cbor.EncOptions{Time: cbor.TimeRFC3339Nano, TimeTag: cbor.EncTagRequired}.EncMode()
	check(t, err)
	for want, v := range map[string]any{
		`{"A":1,"B":"text","C":[true,null]}`: struct {
			A int
			B string
			C []any
		}{1, "text", []any{true, nil}},
		`"AQI="`:                           []byte{1, 2},
		`"2026-01-02T03:04:05.000000006Z"`: when,
		`"NaN"`:                            math.NaN(),
		`"-Inf"`:                           math.Inf(-1),
		`1.5`:                              1.5,
		`18446744073709551615`:             uint64(math.MaxUint64),
		`-18446744073709551617`:            new(big.Int).Sub(big.NewInt(-1), new(big.Int).Lsh(big.NewInt(1), 64)),
		`{"1":"a","true":"c"}`:             map[any]any{1: "a", true: "c"},
		`{"tag":1000,"value":"AA=="}`:      cbor.Tag{Number: 1000, Content: []byte{0}},
		`"simple(99)"`:                     cbor.SimpleValue(99),
		`{}`:                               struct{}{},
	} {
		data, err := mode.Marshal(v)
		check(t, err)
		decoded, err := decode(data)
		check(t, err)
		got, err := json.Marshal(decoded)
		check(t, err)
		if string(got) != want {
			t.Errorf("%v: got %s, want %s", v, got, want)
		}
	}
}

// tapped is the body of the frame of an event.
func tapped(m wire.TappedMsg, payload string) []byte {
	m.Event = wire.EventBody(wire.AppendEvent(nil, wire.EventMsg{Type: "t", Sequence: 3, Headers: map[string]string{"k": "v"}, Payload: []byte(payload)}, -1))
	return m.Append(nil)[5:]
}

func TestEventsThatCannotBeShown(t *testing.T) {
	e, err := parseEvent(tapped(wire.TappedMsg{Passage: wire.Sent, Peers: []string{"a", "b"}, Instance: 1}, "\xff"))
	if err != nil || e.Raw != "/w==" || !strings.Contains(e.Trouble, "no CBOR") || e.Headers["k"] != "v" || e.ID != "0000000000000001-3" || len(e.To) != 2 {
		t.Errorf("got %+v, %v; want its bytes and why", e, err)
	}
	e, err = parseEvent(tapped(wire.TappedMsg{Passage: wire.Local, Trouble: "not today"}, ""))
	if err != nil || e.Raw != "" || e.Trouble != "not today" || e.Payload != nil {
		t.Errorf("got %+v, %v; want why there is no payload", e, err)
	}
	for _, body := range [][]byte{{9}, tapped(wire.TappedMsg{Passage: wire.Local}, "")[:20]} {
		if e, err := parseEvent(body); err == nil {
			t.Errorf("got %+v, want an error", e)
		}
	}
}

func TestLossesAreLines(t *testing.T) {
	out := newOutput()
	l := &lines{w: out}
	check(t, l.lost(3))
	check(t, l.lost(10))
	if got := out.String(); got != "{\"lost\":3}\n{\"lost\":7}\n" {
		t.Errorf("got %q, want what was lost each time", got)
	}
}

// sample is an inspection with a line in every table.
func sample() *inspect.Inspection {
	since := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	return &inspect.Inspection{Name: "server", Instance: "fa3dc7e0b843df4b", Since: since, At: since.Add(90 * time.Second), Address: "/run/app/server.ipc",
		Pending: 1,
		Peers: []inspect.Peer{
			{Name: "archive", Since: since.Add(time.Second), Sent: inspect.Traffic{Events: 4811, Bytes: 1 << 20}, Received: inspect.Traffic{Events: 12, Bytes: 480},
				Queue:         inspect.Queue{Events: 1290, Bytes: 1<<22 - 100, Limit: 4 << 20, Waiting: 2},
				Subscriptions: []inspect.Interest{{Type: "app/frame"}},
				Windows:       []inspect.Window{{Type: "app/frame", UnderWay: 4 << 20, Window: 4 << 20, Waiting: 1}}},
			{Name: "console", Since: since.Add(80 * time.Second), Sent: inspect.Traffic{Events: 3, Bytes: 99}, Queue: inspect.Queue{Limit: 4 << 20},
				Subscriptions: []inspect.Interest{{Type: "app/alarm"}, {Type: "app/frame"}, {Type: "app/state"}, {Type: "app/trace"}},
				Windows:       []inspect.Window{{Type: "app/alarm"}},
				Differing: []inspect.Difference{
					{Type: "app/alarm", Mismatch: true, Fields: []string{"field Level is int here and string there", "field Zone is only here"}},
					{Type: "app/state", Fields: []string{"field Since is only there"}},
				}},
		},
		Subscriptions: []inspect.Subscription{
			{Type: "app/order", Handler: true, Group: "workers", WhenFull: "block", Queued: 3, QueuedBytes: 1200, Limit: 4 << 20, Taken: 9},
			{Type: "app/state", WhenFull: "drop oldest", Limit: 64 << 10, Queued: 2, QueuedBytes: 600, Taken: 100, Dropped: 17}},
		Taps: []inspect.Tap{{Events: true, Types: []string{"app/a*"}, Shown: 3, Queue: inspect.Queue{Limit: 4 << 20}}},
		Totals: inspect.Totals{Broadcast: 4830, Local: 19, Sent: inspect.Traffic{Events: 4814, Bytes: 1<<20 + 99}, Received: inspect.Traffic{Events: 12, Bytes: 480},
			Taken: 109, Dropped: 17}}
}

// TestTables holds the tables to those of the page.
func TestTables(t *testing.T) {
	page, err := os.ReadFile("../../docs/inspecting.md")
	check(t, err)
	_, want, found := strings.Cut(string(page), "<!-- tables: sample -->\n```text\n")
	want, _, closed := strings.Cut(want, "```\n")
	if got := tablesOf(sample()); got != want || !found || !closed {
		t.Errorf("got\n%s\ndocs/inspecting.md shows\n%s", got, want)
	}
}

func TestScreenShowsTablesAndTheLatestEvents(t *testing.T) {
	out := newOutput()
	s := newScreen(out, func() (int, int) { return 40, 12 }, true)
	check(t, s.inspection(nil, sample()))
	for n := range 20 {
		check(t, s.event(event{Direction: "received", From: "client", Type: "t\x1b", Payload: fmt.Sprint(n)}))
	}
	check(t, s.lost(4))
	check(t, s.finish())
	frames := strings.Split(out.String(), "\x1b[H")
	last := frames[len(frames)-1]
	if !strings.HasSuffix(last, "\x1b[J\r\n") {
		t.Errorf("got %q, want the rest cleared at the end", last)
	}
	rows := strings.Split(strings.TrimSuffix(last, "\x1b[J\r\n"), "\r\n")
	if len(rows) > 12 || !strings.HasPrefix(rows[0], "server fa") || !strings.HasPrefix(rows[len(rows)-1], "00:00:00.000 received from client t\uFFFD \"1") {
		t.Errorf("got %q, want the tables and then the latest events, in 12 rows", rows)
	}
	for _, row := range rows {
		text := strings.TrimSuffix(row, "\x1b[K")
		if len([]rune(text)) > 40 || strings.ContainsRune(text, '\x1b') {
			t.Errorf("got the row %q, want at most 40 characters, and nothing that moves the cursor", row)
		}
	}
	if !strings.Contains(last, "EVENTS (4 were lost") {
		t.Errorf("got %q, want it to tell of losses", last)
	}
}
