package runlog

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/lahja/go-lahja/tools/reports"
	"github.com/lahja/go-lahja/tools/runner"
)

var mine = Build{SHA256: "0123456789abcdef", Go: "go1.99", Revision: "r1"}

// begun returns the name and the text of a closed log with these runs of one row.
func begun(t *testing.T, all ...reports.Run) (name, text string) {
	t.Helper()
	name = filepath.Join(t.TempDir(), "runs.log")
	l, err := Open(name, mine, "--seed 1", false)
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range all {
		if err := l.Append(r); err != nil {
			t.Fatal(err)
		}
	}
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	return name, content(t, name)
}

func content(t *testing.T, name string) string {
	t.Helper()
	data, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

func of(verdict runner.Verdict) reports.Run {
	r := reports.Run{Scenario: "a/b", Engine: "e", Verdict: verdict, Seconds: 0.5}
	if verdict != runner.Passed {
		r.Reason, r.Missing = "why", []string{"verdict", "passed"} // These are no field.
	}
	return r
}

func TestRowsAreOfPassesInARow(t *testing.T) {
	pass, fail := of(runner.Passed), of(runner.Failed)
	for _, c := range []struct {
		all          []reports.Run
		passes, fail int
	}{
		{nil, 0, 0},
		{[]reports.Run{pass, pass}, 2, 0},
		{[]reports.Run{pass, fail}, 0, 1},
		{[]reports.Run{pass, pass, fail, pass}, 1, 1},
		{[]reports.Run{pass, of(runner.Known), pass}, 1, 0},
		{[]reports.Run{pass, of(Torn)}, 0, 1},
	} {
		name, _ := begun(t, c.all...)
		l, err := Open(name, mine, "--seed 1", false)
		if err != nil {
			t.Fatal(err)
		}
		row := l.Row("a/b", "e")
		if row.Passes != c.passes || row.Failed != c.fail || row.Runs != len(c.all) {
			t.Errorf("%v: got %+v", c.all, row)
		}
		if row.Runs > 0 && row.Mean().Seconds() != 0.5 {
			t.Errorf("got a mean of %v, want 0.5s", row.Mean())
		}
		if err := l.Close(); err != nil {
			t.Error(err)
		}
	}
}

// TestTornLines cuts the last line off at every byte.
func TestTornLines(t *testing.T) {
	for _, verdict := range []runner.Verdict{runner.Passed, runner.Failed} {
		name, text := begun(t, of(runner.Passed), of(verdict))
		start := strings.LastIndex(text[:len(text)-1], "\n") + 1
		for cut := start + 1; cut < len(text); cut++ {
			if err := os.WriteFile(name, []byte(text[:cut]), 0o600); err != nil {
				t.Fatal(err)
			}
			l, err := Open(name, mine, "--seed 1", false)
			if err != nil {
				t.Fatalf("%q: %v", text[start:cut], err)
			}
			row := l.Row("a/b", "e")
			known := strings.Contains(text[start:cut], `"engine":"e"`)
			seen := known && strings.Contains(text[start:cut], `"verdict":"passed"`)
			if want := !known || seen; (row.Passes > 0) != want || l.Mended == "" {
				t.Errorf("%q: got %+v, mended %q", text[start:cut], row, l.Mended)
			}
			if err := errors.Join(l.Append(of(runner.Passed)), l.Close()); err != nil {
				t.Error(err)
			}
			again, err := Open(name, mine, "--seed 1", false)
			if err != nil {
				t.Fatalf("%q: what was mended cannot be read: %v", text[start:cut], err)
			}
			if got := again.Row("a/b", "e"); got.Passes != row.Passes+1 || again.Mended != "" {
				t.Errorf("%q: got %+v after one more pass, mended %q", text[start:cut], got, again.Mended)
			}
			if err := again.Close(); err != nil {
				t.Error(err)
			}
		}
	}
}

func TestTornHeader(t *testing.T) {
	name, text := begun(t)
	if err := os.WriteFile(name, []byte(text[:len(text)-5]), 0o600); err != nil {
		t.Fatal(err)
	}
	l, err := Open(name, mine, "--seed 1", false)
	if err != nil {
		t.Fatal(err)
	}
	if err := l.Close(); err != nil || content(t, name) != text {
		t.Errorf("got %v and %q, want %q", err, content(t, name), text)
	}
}

func TestRefusedLogsAreLeftAsTheyAre(t *testing.T) {
	_, log := begun(t, of(runner.Passed))
	other := mine
	other.SHA256, other.Revision = "fedcba9876543210", ""
	for want, c := range map[string]struct {
		text     string
		build    Build
		settings string
		reset    bool
	}{
		"it is of another build 0123456789ab of go1.99 at r1, and this is build fedcba987654 of go1.99; ":    {log, other, "--seed 1", false},
		"it is of runs with --seed 1, and these would be with --seed 2; ":                                    {log, mine, "--seed 2", false},
		"it is not a log of runs (its first line is not a header of " + Format + "), and was left unchanged": {"package main\n", mine, "--seed 1", true},
		"first line is not a header": {"package main", mine, "--seed 1", true},
		"its format is lahja-log/1, and this program writes " + Format + "; name another file, ": {strings.Replace(log, Format, "lahja-log/1", 1), mine, "--seed 1", false},
		`line 3 is not a run: the verdict "fine" is unknown; mend it, name another file,`:        {log + `{"scenario":"a/b","engine":"e","verdict":"fine"}` + "\n", mine, "--seed 1", false},
		"line 3 is not a run: it has no scenario, no engine":                                     {log + `{"verdict":"passed"}` + "\n", mine, "--seed 1", false},
		"line 3 is not a run: invalid character":                                                 {log + "passed\n", mine, "--seed 1", false},
	} {
		name := filepath.Join(t.TempDir(), "runs.log")
		if err := os.WriteFile(name, []byte(c.text), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := Open(name, c.build, c.settings, c.reset); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want %q", err, want)
		}
		if got := content(t, name); got != c.text {
			t.Errorf("%s: it is now %q", want, got)
		}
	}
}

func TestReset(t *testing.T) {
	name, text := begun(t, of(runner.Passed))
	other := mine
	other.SHA256 = "fedcba9876543210"
	if err := os.WriteFile(name, []byte(strings.Replace(text, Format, "lahja-log/1", 1)), 0o600); err != nil {
		t.Fatal(err)
	}
	l, err := Open(name, other, "--seed 2", true)
	if err != nil {
		t.Fatal(err)
	}
	if got := l.Row("a/b", "e"); got.Runs != 0 {
		t.Errorf("got %+v", got)
	}
	want := strings.NewReplacer(mine.SHA256, other.SHA256, "--seed 1", "--seed 2").Replace(text[:strings.Index(text, "\n")+1])
	if err := l.Close(); err != nil || content(t, name) != want {
		t.Errorf("got %v and %q, want %q", err, content(t, name), want)
	}
}

func TestOneCommandAtATime(t *testing.T) {
	name, _ := begun(t)
	l, err := Open(name, mine, "--seed 1", false)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := Open(name, mine, "--seed 1", true); err == nil || !strings.Contains(err.Error(), "another command writes to it") {
		t.Errorf("got %v", err)
	}
	if err := l.Close(); err != nil {
		t.Error(err)
	}
	l, err = Open(name, mine, "--seed 1", false)
	if err != nil {
		t.Fatal(err)
	}
	if err := l.Close(); err != nil {
		t.Error(err)
	}
}

var errFull = errors.New("no space left on device")

// filling is a file on a disk that has room for some bytes yet.
type filling struct {
	*os.File
	room int
}

func (f *filling) Write(p []byte) (int, error) {
	if len(p) <= f.room {
		f.room -= len(p)
		return f.File.Write(p)
	}
	n, err := f.File.Write(p[:f.room])
	f.room = 0
	return n, errors.Join(err, errFull)
}

func TestDiskThatFills(t *testing.T) {
	name, _ := begun(t)
	l, err := Open(name, mine, "--seed 1", false)
	if err != nil {
		t.Fatal(err)
	}
	l.file = &filling{l.file.(*os.File), 150}
	if err := l.Append(of(runner.Passed)); err != nil {
		t.Fatal(err)
	}
	before := content(t, name)
	err = l.Append(of(runner.Failed))
	if want := fmt.Sprintf("log %s: write a line: no space left on device", name); err == nil || err.Error() != want {
		t.Errorf("got %v, want %s", err, want)
	}
	if got := content(t, name); got != before {
		t.Errorf("what could not be written whole is there: %q", got)
	}
	if row := l.Row("a/b", "e"); row.Runs != 1 {
		t.Errorf("what could not be written counts: %+v", row)
	}
	if err := l.Close(); err != nil {
		t.Error(err)
	}
}

func TestReplacedProgramIsNoticed(t *testing.T) {
	for what, replace := range map[string]func(name string) error{
		"written to": func(name string) error { return os.WriteFile(name, []byte("another program"), 0o600) },
		"replaced": func(name string) error {
			return errors.Join(os.WriteFile(name+".new", []byte("a program"), 0o600), os.Rename(name+".new", name))
		},
		"removed": os.Remove,
	} {
		name := filepath.Join(t.TempDir(), "program")
		if err := os.WriteFile(name, []byte("a program"), 0o600); err != nil {
			t.Fatal(err)
		}
		build, err := buildOf(name)
		if err != nil {
			t.Fatal(err)
		}
		if err := build.Check(); err != nil {
			t.Errorf("got %v before it was %s", err, what)
		}
		if err := replace(name); err != nil {
			t.Fatal(err)
		}
		err = build.Check()
		if err == nil || !strings.Contains(err.Error(), name+" was replaced while it ran") {
			t.Errorf("%s: got %v", what, err)
		}
		if gone := errors.Is(err, fs.ErrNotExist); gone != (what == "removed") {
			t.Errorf("%s: got %v", what, err)
		}
	}
}
