package orphans

import (
	"bufio"
	"os/exec"
	"testing"
)

func TestOnlyAdoptedProcessesAreOrphans(t *testing.T) {
	release := Adopt()
	defer release()
	before := Adopted()
	own := exec.Command("sleep", "94.001")
	if err := own.Start(); err != nil {
		t.Fatal(err)
	}
	defer own.Wait()
	defer own.Process.Kill()
	out, err := exec.Command("setsid", "-f", "sh", "-c", "exec sleep 94.002 >/dev/null 2>&1").Output()
	if err != nil {
		t.Fatalf("%v, output %q", err, out)
	}
	found := Without(Adopted(), before)
	if len(found) != 1 || found[0].PID == own.Process.Pid {
		t.Fatalf("got %v, want the detached process alone", found)
	}
	if ended := End(found); len(ended) != 1 {
		t.Errorf("%v were ended, want %v", ended, found)
	}
	if left := Without(Adopted(), before); len(left) > 0 {
		t.Errorf("still there: %v", left)
	}
	if p, ok := describe(own.Process.Pid); !ok || p.Dead {
		t.Error("a process that this one started, and that was not to be ended, has ended")
	}
}

func TestBelowFindsDetachedProcesses(t *testing.T) {
	// This shell is no subreaper, so that only what is attached is below it.
	shell := exec.Command("sh", "-c", "sleep 94.003 & (setsid sleep 94.004 & echo ready; wait) & wait")
	out, err := shell.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := shell.Start(); err != nil {
		t.Fatal(err)
	}
	defer shell.Wait()
	defer shell.Process.Kill()
	if _, err := bufio.NewReader(out).ReadString('\n'); err != nil {
		t.Fatal(err)
	}
	below := Below(shell.Process.Pid)
	if len(below) != 3 {
		t.Errorf("got %v, want both sleeps and the shell between", below)
	}
	End(below)
	if left := Below(shell.Process.Pid); len(left) > 0 {
		t.Errorf("still there: %v", left)
	}
}

func TestProcessIsNotMistakenForALaterOneOfItsNumber(t *testing.T) {
	own := exec.Command("sleep", "94.005")
	if err := own.Start(); err != nil {
		t.Fatal(err)
	}
	defer own.Wait()
	defer own.Process.Kill()
	p, ok := describe(own.Process.Pid)
	if !ok {
		t.Fatal("a process that runs is not known")
	}
	p.started = "1"
	if ended := End([]Process{p}); len(ended) > 0 {
		t.Errorf("%v were ended, which are others", ended)
	}
}
