package runner_test

import (
	"fmt"
	"regexp"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/lahja/go-lahja/tools/drivers"
	"github.com/lahja/go-lahja/tools/engine"
	"github.com/lahja/go-lahja/tools/engine/subprocess"
	"github.com/lahja/go-lahja/tools/engine/transports"
	"github.com/lahja/go-lahja/tools/runner"
)

func init() { ofChildren = append(ofChildren, debugged) }

// debugged is a scenario whose second driver is debugged; the first one waits for it
// for longer than its time.
var debugged = drivers.Scenario{
	Name: "children/debugged", Rule: "a driver waits for its debugger", Timeout: 200 * time.Millisecond,
	Drivers: func(*drivers.Env) []*drivers.Driver {
		return []*drivers.Driver{
			drivers.New(drivers.NoEndpoint("other"), drivers.Checkpoint("begun")),
			drivers.New(drivers.NoEndpoint("debugged"), drivers.Checkpoint("begun")),
		}
	},
}

// attacher is a Runner.Output that attaches to the process it reads of, as a debugger
// does.
type attacher struct {
	t        *testing.T
	seen     strings.Builder
	attached sync.WaitGroup
}

var waits = regexp.MustCompile(`^debugged \| process (\d+) waits for a debugger: dlv attach (\d+)\n$`)

func (a *attacher) Write(p []byte) (int, error) {
	a.seen.Write(p)
	if found := waits.FindSubmatch(p); found != nil {
		pid, err := strconv.Atoi(string(found[1]))
		if err != nil {
			a.t.Error(err)
		}
		a.attached.Go(func() { a.attach(pid) })
	}
	return len(p), nil
}

// attach traces the process until it has been reaped. A signal stops what is traced, the
// scheduler's own signals too, and it goes on when its tracer says so.
func (a *attacher) attach(pid int) {
	time.Sleep(500 * time.Millisecond) // Longer than the scenario may take.
	runtime.LockOSThread()             // A process is traced by a thread.
	if err := unix.PtraceSeize(pid); err != nil {
		a.t.Errorf("attach to %d: %v", pid, err)
		return
	}
	for ; ; time.Sleep(time.Millisecond) {
		var event unix.Siginfo
		err := unix.Waitid(unix.P_PID, pid, &event, unix.WSTOPPED|unix.WNOHANG|unix.WNOWAIT|unix.WALL, nil)
		switch {
		case err == unix.ECHILD:
			return
		case err != nil:
			a.t.Errorf("wait for a stop of %d: %v", pid, err)
			return
		case event.Signo != 0:
			a.resume(pid)
		}
	}
}

// resume has a stopped process go on with the signal that stopped it.
func (a *attacher) resume(pid int) {
	var status unix.WaitStatus
	if _, err := unix.Wait4(pid, &status, unix.WNOHANG|unix.WALL, nil); err != nil || !status.Stopped() {
		return // It was killed meanwhile.
	}
	if err := unix.PtraceCont(pid, int(status.StopSignal())); err != nil && err != unix.ESRCH {
		a.t.Errorf("resume %d after %v: %v", pid, status.StopSignal(), err)
	}
}

func TestDriverWaitsForItsDebugger(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("a process finds out only on Linux")
	}
	out := &attacher{t: t}
	r := runner.Runner{Engine: subprocess.On(transports.Unix()), WaitForDebugger: "debugged", Output: out, ActionTimeout: time.Millisecond}
	report := r.Run(t.Context(), debugged)
	out.attached.Wait()
	if report.Verdict != runner.Passed || report.Elapsed < 500*time.Millisecond {
		t.Errorf("got %s\nwant it to pass once a debugger had attached; output %q", report, &out.seen)
	}
}

func TestDebuggerIsWaitedForByAProcessOfTheScenario(t *testing.T) {
	for driver, c := range map[string]struct {
		engine engine.Engine
		want   string
	}{
		"debugged": {engine.OnGoroutines(transports.Memory()), "driver debugged does not run in its own process on goroutine+memory"},
		"debuged":  {subprocess.On(transports.Unix()), `no driver of scenario children/debugged is named "debuged"; its drivers are other, debugged`},
		"other":    {subprocess.Mixed(transports.TCP(), transports.TCPUncompressed()), "driver other does not run in its own process on mixed+tcp"},
	} {
		r := runner.Runner{Engine: c.engine, WaitForDebugger: driver}
		if report := r.Run(t.Context(), debugged); report.Verdict != runner.Failed || !strings.Contains(fmt.Sprint(report), c.want) {
			t.Errorf("got %s\nwant it to contain %q", report, c.want)
		}
	}
}
