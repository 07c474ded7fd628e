package runner_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/lahja/go-lahja/tools/drivers"
	"github.com/lahja/go-lahja/tools/engine"
	"github.com/lahja/go-lahja/tools/engine/subprocess"
	"github.com/lahja/go-lahja/tools/engine/transports"
	"github.com/lahja/go-lahja/tools/runner"
)

// endings are the ways in which a driver may end after it has detached a process.
var endings = []struct {
	name string
	// isolated says that it would end the test's own process too.
	isolated bool
	then     []drivers.Action
	// other is what the other driver does meanwhile.
	other []drivers.Action
}{
	{name: "passes"},
	{name: "fails", then: ending(func(context.Context) error { return errors.New("a failure") })},
	{name: "panics", then: ending(func(context.Context) error { panic("a panic") })},
	{name: "times-out", then: []drivers.Action{drivers.Within(100*time.Millisecond, drivers.WaitFor[Tick]())}},
	{name: "exits", isolated: true, then: ending(func(context.Context) error { os.Exit(3); return nil })},
	{name: "dies-of-a-panic", isolated: true, then: ending(func(context.Context) error {
		go panic("on a goroutine")
		select {}
	})},
	{name: "crashes", isolated: true, then: []drivers.Action{drivers.Crash()}},
	{name: "is-killed", isolated: true, then: ending(func(context.Context) error {
		killed := exec.Command("kill", "-KILL", fmt.Sprint(os.Getpid()))
		_ = killed.Run()
		select {}
	})},
	{name: "is-stopped", then: []drivers.Action{drivers.Checkpoint("detached"), drivers.Checkpoint("never")},
		other: append([]drivers.Action{drivers.Checkpoint("detached")}, append(ending(func(context.Context) error { return errors.New("a failure") }), drivers.Checkpoint("never"))...)},
	{name: "hangs-when-stopped", isolated: true, then: []drivers.Action{drivers.Within(100*time.Millisecond, drivers.Do("hang", func(context.Context, *drivers.Scope) error {
		select {}
	}))}},
}

func ending(fn func(context.Context) error) []drivers.Action {
	return []drivers.Action{drivers.Do("end", func(ctx context.Context, _ *drivers.Scope) error { return fn(ctx) })}
}

// marker is an argument of the processes that the driver detaches that ends so.
func marker(ending int) string { return fmt.Sprintf("93.00%d", ending) }

// detached is a scenario for each ending. Its driver detaches a process that only SIGKILL
// ends, with one below it.
func detached() []drivers.Scenario {
	var all []drivers.Scenario
	for i, e := range endings {
		detach := drivers.Do("detach", func(context.Context, *drivers.Scope) error {
			script := "trap '' TERM HUP INT; sleep " + marker(i) + " >/dev/null 2>&1 & exec >/dev/null 2>&1; wait"
			_, err := exec.Command("setsid", "-f", "sh", "-c", script).Output() // Until it writes no more.
			return err
		})
		s := drivers.Scenario{
			Name: "detached/" + e.name, Rule: "a process that a driver leaves behind is found however the driver ends",
			Needs: []engine.Need{engine.FindsDetached},
			Drivers: func(*drivers.Env) []*drivers.Driver {
				return []*drivers.Driver{
					drivers.New(drivers.RunEndpoint("untidy"), append([]drivers.Action{detach}, e.then...)...),
					drivers.New(drivers.NoEndpoint("tidy"), e.other...),
				}
			},
		}
		if e.isolated {
			s.Needs = append(s.Needs, engine.ProcessIsolation)
		}
		all = append(all, s)
	}
	return all
}

func TestDetachedProcessesAreFoundHoweverTheirDriverEnds(t *testing.T) {
	runners := []*runner.Runner{
		{Engine: engine.OnGoroutines(transports.Memory()), Exclusive: true},
		{Engine: subprocess.On(transports.Unix())},
		{Engine: subprocess.On(transports.Unix()), Exclusive: true},
		{Engine: subprocess.Mixed(transports.TCP(), transports.TCPUncompressed()), Exclusive: true},
	}
	for _, r := range runners {
		for i, s := range detached() {
			if missing := r.Engine.Capabilities().Missing(s.Needs); len(missing) > 0 {
				continue
			}
			t.Run(fmt.Sprintf("%s/exclusive=%t/%s", r.Engine.Name(), r.Exclusive, endings[i].name), func(t *testing.T) {
				report := r.Run(t.Context(), s)
				named := regexp.MustCompile(`process: \d+ [^\n]*?sleep ` + marker(i) + `[^\n]*? was left running( by driver untidy)?, and has been ended`)
				if found := named.FindAllString(report.String(), -1); len(found) != 2 {
					t.Errorf("the report names %q, want both processes that were left", found)
				}
				if report.Verdict != runner.Failed {
					t.Errorf("got verdict %s, want failed", report.Verdict)
				}
				if left := running(t, marker(i)); len(left) > 0 {
					t.Errorf("still running: %q", left)
				}
				if t.Failed() {
					t.Log(report)
				}
			})
		}
	}
}

// running is the command lines of processes that contain text.
func running(t *testing.T, text string) []string {
	t.Helper()
	files, err := filepath.Glob("/proc/[0-9]*/cmdline")
	if err != nil {
		t.Fatal(err)
	}
	var all []string
	for _, file := range files {
		line, _ := os.ReadFile(file) // It may have ended.
		if line = bytes.ReplaceAll(line, []byte{0}, []byte{' '}); strings.Contains(string(line), text) {
			all = append(all, string(line))
		}
	}
	return all
}

func TestEnginesOnHostsDoNotClaimToFindDetachedProcesses(t *testing.T) {
	e := subprocess.Engine{Backends: []engine.Backend{transports.TCP()}, Launcher: subprocess.Hosts{{Name: "elsewhere", Command: []string{"env"}}}}
	if e.Capabilities().Has(engine.FindsDetached) {
		t.Error("an engine with hosts claims to find detached processes")
	}
}
