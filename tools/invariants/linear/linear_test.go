package linear_test

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/lahja/go-lahja/tools/invariants"
	"github.com/lahja/go-lahja/tools/invariants/linear"
	"github.com/lahja/go-lahja/tools/recording"
)

// history makes the recording of operations on "x" by hand. Entries are a millisecond apart.
type history struct {
	t      *testing.T
	run    recording.Run
	serial [4]int
}

func newHistory(t *testing.T) *history {
	return &history{t: t, run: recording.Run{Header: recording.Header{Drivers: []recording.Driver{{Name: "a"}, {Name: "b"}, {Name: "c"}, {Name: "d"}}}}}
}

func (h *history) add(driver int, kind recording.Kind, value any) *history {
	h.t.Helper()
	data, err := json.Marshal(value)
	if err != nil {
		h.t.Fatal(err)
	}
	if kind == recording.Called {
		h.serial[driver]++
	}
	h.run.Entries = append(h.run.Entries, recording.Entry{At: time.Duration(len(h.run.Entries)) * time.Millisecond, Driver: driver, Kind: kind,
		Text: "x", Serial: h.serial[driver], Value: string(data)})
	return h
}

func (h *history) calls(driver int, in linear.Input) *history {
	return h.add(driver, recording.Called, in)
}
func (h *history) returns(driver int, out any) *history {
	return h.add(driver, recording.Returned, out)
}
func (h *history) does(driver int, in linear.Input, out any) *history {
	return h.calls(driver, in).returns(driver, out)
}

// atOnce has all entries happen at one moment, in processes.
func (h *history) atOnce() *history {
	for i := range h.run.Entries {
		h.run.Entries[i].At = 0
	}
	h.run.Drivers[0].Process = true
	return h
}

type told struct {
	history *history
	verdict invariants.Verdict
	reason  string
	shown   int
}

func check(t *testing.T, v invariants.Invariant, cases map[string]told) {
	t.Helper()
	for name, c := range cases {
		r := v.Check(&c.history.run)
		if r.Verdict != c.verdict || !strings.Contains(r.Reason, c.reason) || (r.Reason == "") != (c.reason == "") || len(r.Entries) != c.shown {
			t.Errorf("%s: got %s: %s\n%s\nwant %s with %q and %d entries", name, r.Verdict, r.Reason, r.Text(&c.history.run), c.verdict, c.reason, c.shown)
		}
	}
}

func TestRegister(t *testing.T) {
	read, write := linear.Read(), linear.Write
	check(t, linear.Register("x", 0), map[string]told{
		"one after the other": {newHistory(t).does(0, read, 0).does(0, write(5), nil).does(1, read, 5), invariants.Held, "", 0},
		"a stale read": {newHistory(t).does(0, write(5), nil).does(1, write(6), nil).does(2, read, 5),
			invariants.Broken, "no order of the operations on x explains that c got 5", 6},
		"a value from nowhere":   {newHistory(t).does(0, read, 7), invariants.Broken, "a got 7", 2},
		"a read that goes back":  {newHistory(t).calls(0, write(5)).does(1, read, 5).does(2, read, 0).returns(0, nil), invariants.Broken, "c got 0", 5},
		"overlapping":            {newHistory(t).calls(0, write(5)).does(1, read, 0).does(2, read, 5).returns(0, nil), invariants.Held, "", 0},
		"the first that is bad":  {newHistory(t).does(0, write(1), nil).does(1, read, 0).does(0, write(2), nil).does(0, write(3), nil).does(0, read, 3), invariants.Broken, "b got 0", 4},
		"a write that may have":  {newHistory(t).calls(0, write(5)).does(1, read, 0).does(1, read, 5), invariants.Held, "", 0},
		"a write that has not":   {newHistory(t).calls(0, write(5)).does(1, read, 0), invariants.Held, "", 0},
		"a lost write goes back": {newHistory(t).calls(0, write(5)).does(1, read, 5).does(1, read, 0), invariants.Broken, "b got 0", 5},
		"a read without result":  {newHistory(t).calls(0, read).does(1, write(5), nil), invariants.Held, "", 0},
		"nil is a value":         {newHistory(t).does(0, write(nil), nil).does(1, read, nil), invariants.Held, "", 0},
		"texts":                  {newHistory(t).does(0, write("é <b>"), nil).does(1, read, "é <b>"), invariants.Held, "", 0},
		"at one moment":          {newHistory(t).does(0, write(5), nil).does(1, read, 0).atOnce(), invariants.Held, "", 0},
		"no operations":          {newHistory(t), invariants.Undecided, `no operation on "x" was recorded`, 0},
		"entries were lost":      {lossy(newHistory(t).does(0, read, 7)), invariants.Undecided, "9 entries of a were not kept", 0},
	})
}

func lossy(h *history) *history {
	h.run.Outcome.Lost = []uint64{9}
	return h
}

func TestQueue(t *testing.T) {
	put, take := linear.Put, linear.Take()
	check(t, linear.Queue("x"), map[string]told{
		"in order":              {newHistory(t).does(0, put(1), nil).does(0, put(2), nil).does(1, take, 1).does(2, take, 2).does(1, take, nil), invariants.Held, "", 0},
		"taken twice":           {newHistory(t).does(0, put(1), nil).does(1, take, 1).does(2, take, 1), invariants.Broken, "c got 1", 6},
		"out of order":          {newHistory(t).does(0, put(1), nil).does(0, put(2), nil).does(1, take, 2), invariants.Broken, "b got 2", 6},
		"lost":                  {newHistory(t).does(0, put(1), nil).does(1, take, nil), invariants.Broken, "b got null", 4},
		"puts overlapped":       {newHistory(t).calls(0, put(1)).does(1, put(2), nil).returns(0, nil).does(2, take, 2).does(2, take, 1), invariants.Held, "", 0},
		"a take without result": {newHistory(t).does(0, put(1), nil).does(0, put(2), nil).calls(1, take).does(2, take, 2), invariants.Held, "", 0},
		"a put that was lost":   {newHistory(t).calls(0, put(1)).does(1, take, nil).does(1, take, 1), invariants.Held, "", 0},
	})
}

func TestSearchEndsAtItsBound(t *testing.T) {
	h := newHistory(t)
	for n := range 14 { // All at once, and none explains the last read.
		h.run.Drivers = append(h.run.Drivers, recording.Driver{Name: "more"})
		h.run.Entries = append(h.run.Entries, recording.Entry{Driver: 4 + n, Kind: recording.Called, Text: "x", Serial: 1, Value: string(jsonOf(t, linear.Put(n)))})
	}
	h.does(0, linear.Take(), "nothing")
	began := time.Now()
	r := linear.Queue("x").Check(&h.run)
	if r.Verdict != invariants.Undecided || !strings.Contains(r.Reason, "reached its bound of") {
		t.Errorf("got %s: %s, want undecided", r.Verdict, r.Reason)
	}
	if took := time.Since(began); took > 30*time.Second {
		t.Errorf("it took %v", took)
	}
}

func jsonOf(t *testing.T, v any) []byte {
	t.Helper()
	data, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func TestOperationsOfAnotherObjectPanic(t *testing.T) {
	for name, v := range map[string]invariants.Invariant{"register": linear.Register("x", 0), "queue": linear.Queue("x")} {
		for _, in := range []linear.Input{{Op: "increment"}, {}} {
			func() {
				defer func() {
					if p := recover(); p == nil || !strings.Contains(p.(string), "is no operation of the "+name) {
						t.Errorf("%s, %v: got the panic %v", name, in, p)
					}
				}()
				v.Check(&newHistory(t).does(0, in, nil).run)
			}()
		}
	}
}

// TestLongHistory: many operations one after the other take no long search.
func TestLongHistory(t *testing.T) {
	h := newHistory(t)
	for n := range 2000 {
		h.does(n%4, linear.Write(n), nil).does((n+1)%4, linear.Read(), n)
	}
	if r := linear.Register("x", 0).Check(&h.run); r.Verdict != invariants.Held {
		t.Errorf("got %s: %s", r.Verdict, r.Reason)
	}
}
