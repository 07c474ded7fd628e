//go:build unix

package sshengine_test

import (
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/lahja/go-lahja/tools/engine/sshengine"
	"github.com/lahja/go-lahja/tools/internal/orphans"
	"github.com/lahja/go-lahja/tools/runner"
)

// noted are the processes of drivers on a machine, and of their relays, when there are that many
// drivers.
func (s *server) noted(t *testing.T, drivers int) (processes, relays []int) {
	t.Helper()
	var found []string
	for end := time.Now().Add(time.Minute); len(found) < drivers; time.Sleep(time.Millisecond) {
		var err error
		if found, err = filepath.Glob(filepath.Join(s.home, "process-*")); err != nil || time.Now().After(end) {
			t.Fatalf("%d of %d drivers have begun: %v", len(found), drivers, err)
		}
	}
	for _, file := range found {
		var process, relay int
		if _, err := fmt.Sscanf(filepath.Base(file), "process-%d-%d", &process, &relay); err != nil {
			t.Fatal(err)
		}
		processes, relays = append(processes, process), append(relays, relay)
	}
	return processes, relays
}

// awaitEnd returns when the processes have ended.
func awaitEnd(t *testing.T, began time.Time, pids ...int) {
	t.Helper()
	for _, pid := range pids {
		for runs(pid) {
			if time.Since(began) > 20*time.Second {
				t.Fatalf("process %d runs on", pid)
			}
			time.Sleep(time.Millisecond)
		}
	}
	t.Logf("%d processes had ended after %v", len(pids), time.Since(began))
}

// runs reports whether a process exists and has not ended.
func runs(pid int) bool {
	orphans.Adopted() // It waits for the dead.
	if syscall.Kill(pid, 0) != nil {
		return false
	}
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid)) // Where there is none, the system waits for the dead.
	return err != nil || !strings.Contains(string(stat), ") Z ")
}

// disturb runs the endless scenario on two machines, and does something to the second one. It
// returns the report, and how long it took from then on.
func disturb(t *testing.T, do func(west *server, relay int)) (report string, took time.Duration) {
	t.Helper()
	east, west := startServer(t, "east"), startServer(t, "west")
	reports := make(chan *runner.Report)
	go func() {
		r := runner.Runner{Engine: on(east.Machine, west.Machine), Timeout: time.Minute}
		reports <- r.Run(t.Context(), endless.WithTimeout(time.Minute))
	}()
	processes, relays := west.noted(t, 1)
	others, otherRelays := east.noted(t, 1)
	began := time.Now()
	do(west, relays[0])
	r := <-reports
	took = time.Since(began)
	if r.Verdict != runner.Failed {
		t.Errorf("got %s", r)
	}
	awaitEnd(t, began, append(append(processes, relays...), append(others, otherRelays...)...)...)
	return r.String(), took
}

func TestAMachineThatEndsIsNamed(t *testing.T) {
	report, took := disturb(t, func(west *server, _ int) { _ = west.process.Kill() })
	if !strings.Contains(report, "machine west: the connection, or the relay there, has ended") || took > 4*time.Second {
		t.Errorf("after %v: %s", took, report)
	}
	t.Logf("named after %v", took)
}

func TestAMachineThatFallsSilentIsNamed(t *testing.T) {
	report, took := disturb(t, func(west *server, _ int) { _ = west.process.Signal(syscall.SIGSTOP) })
	if !strings.Contains(report, "nothing was heard of machine west for 3s") {
		t.Errorf("after %v: %s", took, report)
	}
	t.Logf("named after %v", took)
}

func TestARelayThatDiesIsNamed(t *testing.T) {
	report, took := disturb(t, func(_ *server, relay int) { _ = syscall.Kill(relay, syscall.SIGKILL) })
	if !strings.Contains(report, "machine west: the connection, or the relay there, has ended: Process exited with status 128 from signal") {
		t.Errorf("after %v: %s", took, report)
	}
	t.Logf("named after %v", took)
}

func TestABrokenConnectionIsMadeAnew(t *testing.T) {
	east := startServer(t, "east").Machine
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	accepted, server := make(chan net.Conn, 2), east.SSH
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return // The test is over.
			}
			accepted <- conn
			go pass(conn, server)
		}
	}()
	east.SSH = l.Addr().String()
	e := on(east)
	for range 2 {
		if report := (&runner.Runner{Engine: e}).Run(t.Context(), brief); report.Verdict != runner.Passed {
			t.Fatal(report)
		}
		if err := (<-accepted).Close(); err != nil {
			t.Error(err)
		}
	}
}

// pass hands on what is sent either way, until the connection ends.
func pass(conn net.Conn, address string) {
	to, err := net.Dial("tcp", address)
	if err != nil {
		_ = conn.Close() // The client is told so.
		return
	}
	defer to.Close()
	go func() { _, _ = io.Copy(conn, to) }() // Either may end.
	_, _ = io.Copy(to, conn)
}

func TestARunLeavesNoProcess(t *testing.T) {
	east := startServer(t, "east")
	if report := (&runner.Runner{Engine: on(east.Machine), Exclusive: true}).Run(t.Context(), brief); report.Verdict != runner.Passed {
		t.Fatal(report)
	}
	processes, relays := east.noted(t, 2)
	for _, pid := range append(processes, relays...) {
		if runs(pid) {
			t.Errorf("process %d runs on", pid)
		}
	}
}

// parentEnv makes this program the parent that TestNothingOutlivesItsParent kills: what its
// machines said of themselves, one a line.
const parentEnv = "SSHENGINE_TEST_PARENT"

// TestParent is a parent that is killed.
func TestParent(t *testing.T) {
	if os.Getenv(parentEnv) == "" {
		t.Skip("TestNothingOutlivesItsParent runs it")
	}
	var machines []sshengine.Machine
	for line := range strings.SplitSeq(os.Getenv(parentEnv), "\n") {
		machines = append(machines, machineOf("", line))
	}
	r := runner.Runner{Engine: on(machines...), Timeout: time.Minute}
	t.Error(r.Run(t.Context(), endless.WithTimeout(time.Minute)))
}

func TestNothingOutlivesItsParent(t *testing.T) {
	program, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	east, west := startServer(t, "east"), startServer(t, "west")
	parent := exec.Command(program, "-test.run=^TestParent$")
	parent.Env = append(os.Environ(), parentEnv+"="+east.line+"\n"+west.line)
	if err := parent.Start(); err != nil {
		t.Fatal(err)
	}
	onEast, eastRelay := east.noted(t, 1)
	onWest, westRelay := west.noted(t, 1)
	killed := time.Now()
	if err := parent.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = parent.Wait() // It was killed.
	awaitEnd(t, killed, append(append(onEast, eastRelay...), append(onWest, westRelay...)...)...)
}
