package recording_test

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/lahja/go-lahja/tools/recording"
)

// aRun has an entry of every field.
func aRun(began time.Time) *recording.Run {
	return &recording.Run{
		Header: recording.Header{Schema: recording.Schema, Scenario: "shop/order <1>", Rule: "it arrives", Location: "shop.go:3", Engine: "goroutine+memory",
			Began: began.UTC(), Seed: 3, Params: map[string]string{"n": "1"}, Drivers: []recording.Driver{
				{Name: "orders", Endpoint: "orders", Process: true, Steps: []recording.Step{{Text: `ServeEndpoint("orders")`, Source: "shop.go:4"}}}}},
		Entries: []recording.Entry{
			{At: 1, Kind: recording.StepBegan, Step: 1, Serial: 2, Text: "WaitFor[T]()", Source: "shop.go:5"},
			{At: 2, Kind: recording.Sent, Peer: "p", Event: "T", ID: recording.ID{Instance: 1, Sequence: 2}, Answers: recording.ID{Instance: 3, Sequence: 4}, Count: 2, Size: 7},
			{At: 3, Kind: recording.Dropped, Outgoing: true, Took: 4, Error: "no room"},
			{At: 4, Kind: recording.Output, Text: "hello"},
			{At: 5, Kind: recording.Started, PID: 9},
			{At: 6, Driver: -1, Kind: recording.Failed},
		},
		Outcome: recording.Outcome{Verdict: "failed", Elapsed: 9, Explanation: "it waited", Report: "FAILED shop/order\n", Lost: []uint64{1},
			Failures: []recording.Failure{{Driver: 0, Step: 1, Kind: "timeout", Text: "not done", At: 5}}},
	}
}

func TestRunIsReadAsItWasWritten(t *testing.T) {
	want := aRun(time.Now())
	var lines bytes.Buffer
	if _, err := want.WriteTo(&lines); err != nil {
		t.Fatal(err)
	}
	text := lines.String()
	got, err := recording.Read(&lines)
	if err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("got %v,\n%+v, want\n%+v", err, got, want)
	}
	cut := text[:strings.LastIndex(text[:len(text)-1], "\n")+1]
	if got, err := recording.Read(strings.NewReader(cut)); err != io.ErrUnexpectedEOF || len(got.Entries) != len(want.Entries) {
		t.Errorf("without its outcome it has %d entries, %v", len(got.Entries), err)
	}
	other := strings.Replace(text, `{"schema":1,`, `{"schema":99,`, 1)
	if _, err := recording.Read(strings.NewReader(other)); err == nil || !strings.Contains(err.Error(), "schema 99") {
		t.Errorf("of another schema: %v", err)
	}
}

func TestStoreKeepsRuns(t *testing.T) {
	store := &recording.Store{Dir: filepath.Join(t.TempDir(), "runs")}
	if all, err := store.List(); err != nil || len(all) != 0 {
		t.Fatalf("a new one has %v, %v", all, err)
	}
	if _, err := store.Find("last"); err == nil || !strings.Contains(err.Error(), "no run is kept in") {
		t.Errorf("the last of none: %v", err)
	}
	began := time.Date(2026, 1, 2, 3, 4, 5, 6000, time.UTC)
	var paths []string
	for range 2 {
		path, err := store.Keep(aRun(began), map[string][]byte{"more.txt": []byte("more")})
		if err != nil {
			t.Fatal(err)
		}
		paths = append(paths, path)
	}
	if got := filepath.Base(paths[0]); got != "20260102T030405.000006-shop-order--1--on-goroutine+memory" || paths[1] != paths[0]+"-2" {
		t.Errorf("they are kept in %q", paths)
	}
	for file, want := range map[string]string{"report.txt": "FAILED shop/order\n", "output.txt": "orders | hello\n", "more.txt": "more"} {
		if got, err := os.ReadFile(filepath.Join(paths[0], file)); err != nil || string(got) != want {
			t.Errorf("%s is %q, %v; want %q", file, got, err, want)
		}
	}
	for _, which := range []string{"last", "shop/order", paths[1], filepath.Join(paths[1], "run.jsonl")} {
		if got, err := store.Find(which); err != nil || got != paths[1] {
			t.Errorf("%s is %q, %v; want %q", which, got, err, paths[1])
		}
	}
	if _, err := store.Find("nothing"); err == nil || !strings.Contains(err.Error(), "there are 2") {
		t.Errorf("got %v", err)
	}
	if got, err := recording.Load(paths[0]); err != nil || !reflect.DeepEqual(got, aRun(began)) {
		t.Errorf("loaded %+v, %v", got, err)
	}
}

func TestStoreRemovesTheOldestRuns(t *testing.T) {
	for name, store := range map[string]recording.Store{"runs": {Runs: 3, Bytes: -1}, "bytes": {Runs: -1, Bytes: 3 << 10}} {
		t.Run(name, func(t *testing.T) {
			store.Dir = t.TempDir()
			others := filepath.Join(store.Dir, "mine")
			if err := os.Mkdir(others, 0o755); err != nil {
				t.Fatal(err)
			}
			var paths []string
			for n := range 10 {
				path, err := store.Keep(aRun(time.Unix(int64(n), 0)), nil)
				if err != nil {
					t.Fatal(err)
				}
				paths = append(paths, path)
			}
			all, err := store.List()
			if err != nil || len(all) != 3 || all[0].Path != paths[9] || all[2].Path != paths[7] {
				t.Errorf("kept %+v, %v; want the last three", all, err)
			}
			if _, err := os.Stat(others); err != nil {
				t.Errorf("it touched what is not its own: %v", err)
			}
		})
	}
}

func TestStoreIsSafeForConcurrentUse(t *testing.T) {
	store := &recording.Store{Dir: t.TempDir(), Runs: 2}
	var all sync.WaitGroup
	for n := range 8 {
		all.Go(func() {
			for range 5 {
				if _, err := store.Keep(aRun(time.Unix(int64(n), 0)), nil); err != nil {
					t.Error(err)
				}
			}
		})
	}
	all.Wait()
	entries, err := os.ReadDir(store.Dir)
	if err != nil || len(entries) == 0 || len(entries) > 3 {
		t.Errorf("left %d directories, %v", len(entries), err)
	}
	for _, e := range entries {
		if _, err := recording.Load(filepath.Join(store.Dir, e.Name())); err != nil {
			t.Errorf("left half a run: %v", err)
		}
	}
}

func TestStoreThatCannotWriteSaysSo(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	store := &recording.Store{Dir: filepath.Join(file, "runs")}
	if path, err := store.Keep(aRun(time.Now()), nil); err == nil || path != "" || !strings.HasPrefix(err.Error(), "keep the run: ") {
		t.Errorf("got %q, %v", path, err)
	}
}

func TestLoadSaysWhichFileIsNoRun(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "run.jsonl"), []byte("hello\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := recording.Load(dir); err == nil || !strings.Contains(fmt.Sprint(err), "run.jsonl: line 1: it is not the header of a run") {
		t.Errorf("got %v", err)
	}
}
