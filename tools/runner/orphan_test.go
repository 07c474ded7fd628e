package runner_test

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/lahja/go-lahja/tools/drivers"
	"github.com/lahja/go-lahja/tools/engine"
	"github.com/lahja/go-lahja/tools/engine/subprocess"
	"github.com/lahja/go-lahja/tools/engine/transports"
	"github.com/lahja/go-lahja/tools/internal/childproc"
	"github.com/lahja/go-lahja/tools/internal/race"
	"github.com/lahja/go-lahja/tools/runner"
)

// parentEnv makes this test binary a parent that is to be killed.
const parentEnv = "LAHJA_TEST_PARENT"

// orphans is a scenario of four drivers that wait for ever, one of them without
// looking at its context, and one paused.
var orphans = drivers.Scenario{
	Name:    "verdict/orphans",
	Rule:    "children end within 2 s when their parent is killed",
	Timeout: time.Minute,
	Drivers: func(*drivers.Env) []*drivers.Driver {
		tell := drivers.Do("report", func(_ context.Context, s *drivers.Scope) error {
			s.Logf("%d", os.Getpid())
			return nil
		})
		report := func(name string, then drivers.Action) *drivers.Driver {
			return drivers.New(drivers.RunEndpoint(name), tell, drivers.Within(time.Minute, then))
		}
		return []*drivers.Driver{
			report("waits", drivers.Sequence(drivers.Checkpoint("begun"), drivers.WaitFor[Tick]())),
			drivers.New(drivers.RunEndpoint("pauses"), drivers.Checkpoint("begun"),
				drivers.Within(time.Minute, drivers.Paused("waits", tell, drivers.WaitFor[Tick]()))), // It tells once that one stands still.
			report("meets", drivers.Sequence(drivers.WaitFor[Tick](), drivers.Checkpoint("never"))),
			report("ignores", drivers.Sequence(drivers.Do("block", func(context.Context, *drivers.Scope) error {
				time.Sleep(time.Minute)
				return nil
			}), drivers.Checkpoint("never"))),
		}
	},
}

// beParent runs the scenario and prints the children's process ids.
func beParent() {
	r := runner.Runner{Engine: subprocess.On(transports.Unix()), Progress: func(_ string, record engine.Record) {
		if record.Kind == engine.RecordLog {
			fmt.Println(record.Name)
		}
	}}
	fmt.Println(r.Run(context.Background(), orphans))
}

func TestChildrenEndWhenTheirParentIsKilled(t *testing.T) {
	parent := exec.Command(os.Args[0])
	parent.Env = append(os.Environ(), parentEnv+"=1")
	out, err := parent.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := parent.Start(); err != nil {
		t.Fatal(err)
	}
	var children []int
	drivers := len(orphans.Drivers(nil))
	for lines := bufio.NewScanner(out); len(children) < drivers && lines.Scan(); {
		pid, err := strconv.Atoi(lines.Text())
		if strings.Contains(lines.Text(), "paused") {
			continue
		}
		if err != nil {
			t.Fatalf("the parent printed %q, want a process id", lines.Text())
		}
		children = append(children, pid)
	}
	if err := parent.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	killed := time.Now()
	// The parent was killed, which is all that Wait can report.
	_ = parent.Wait()
	if len(children) != drivers {
		t.Fatalf("got %d children, want one for each of %d drivers", len(children), drivers)
	}
	for _, pid := range children {
		for alive(pid) {
			if time.Since(killed) > race.Factor*2*time.Second {
				if left, err := os.FindProcess(pid); err == nil {
					_ = left.Kill() // It may end by itself.
				}
				t.Errorf("child %d still ran %v after its parent was killed", pid, race.Factor*2*time.Second)
				break
			}
			time.Sleep(5 * time.Millisecond) // Between looks; there is no event for another's child.
		}
	}
	t.Logf("all children had ended %v after the kill", time.Since(killed).Round(time.Millisecond))
}

// alive reports whether a process runs. One that has ended and was not waited for
// by its new parent does not.
func alive(pid int) bool {
	if !childproc.Exists(pid) {
		return false
	}
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return !os.IsNotExist(err) && childproc.Exists(pid)
	}
	_, after, _ := strings.Cut(string(stat), ") ")
	return !strings.HasPrefix(after, "Z")
}
