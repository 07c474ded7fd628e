//go:build unix

package sshengine_test

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"golang.org/x/crypto/ssh"

	"github.com/lahja/go-lahja/scenarios"
	d "github.com/lahja/go-lahja/tools/drivers"
	"github.com/lahja/go-lahja/tools/engine"
	"github.com/lahja/go-lahja/tools/engine/sshengine"
	"github.com/lahja/go-lahja/tools/internal/faultcases"
	"github.com/lahja/go-lahja/tools/internal/race"
	"github.com/lahja/go-lahja/tools/runner"
)

// chosen are some scenarios of each kind: those about processes, and the first two of each topic.
func chosen() []d.Scenario {
	topics := map[string]int{}
	return slices.DeleteFunc(scenarios.All(), func(s d.Scenario) bool {
		topic, _, _ := strings.Cut(s.Name, "/")
		topics[topic]++
		switch topic {
		case "crash":
			return false
		case "paused":
			return s.Name != "paused/delays-nobody-and-gets-everything"
		}
		return topics[topic] > 1
	})
}

func TestScenariosHoldOverSSH(t *testing.T) {
	if race.Factor > 1 {
		t.Skip("the race detector makes three machines on one so slow that they fall silent for longer than they may; " +
			"the tests of failures run with it")
	}
	e := on(startServer(t, "east").Machine, startServer(t, "west").Machine, startServer(t, "north").Machine)
	some := chosen()
	if testing.Short() {
		some = some[:10]
	}
	runner.Test(t, some, e)
	for _, c := range slices.Concat(faultcases.Crashes[:3], faultcases.Pauses[:2]) {
		report := (&runner.Runner{Engine: e, Exclusive: true}).Run(t.Context(), c.Scenario)
		if wrong := c.Judge(report.Verdict == runner.Passed, report.String()); wrong != "" {
			t.Error(wrong)
		}
	}
}

// failsSaying runs a scenario, which must fail with these texts.
func failsSaying(t *testing.T, e engine.Engine, s d.Scenario, texts ...string) {
	t.Helper()
	report := (&runner.Runner{Engine: e, Exclusive: true}).Run(t.Context(), s)
	for _, text := range texts {
		if report.Verdict != runner.Failed || !strings.Contains(report.String(), text) {
			t.Errorf("want a failure that says %q, got %s", text, report)
		}
	}
}

func TestAFailureNamesTheMachine(t *testing.T) {
	east, west := startServer(t, "east").Machine, startServer(t, "west").Machine
	for _, at := range []*sshengine.Machine{&east, &west} {
		at.Labels = []string{"zone=a"}
		failsSaying(t, on(east, west), exits, "the child ended with exit code 3", "the child ran on host "+at.Name)
		at.Labels = nil
	}
}

func TestALeftProcessIsNamedWithItsMachine(t *testing.T) {
	e := on(startServer(t, "east").Machine, startServer(t, "west").Machine)
	if missing := e.Capabilities().Missing(detaches.Needs); len(missing) > 0 {
		t.Skip("this system has not: ", missing)
	}
	failsSaying(t, e, detaches, "sleep 1234 was left running, and has been ended", "the child ran on host west")
}

func TestTheProgramIsSentOnce(t *testing.T) {
	east := startServer(t, "east", envGreeting+"=echo Welcome; ")
	for range 2 { // A second program would connect anew, too.
		e := on(east.Machine)
		for range 2 {
			if report := (&runner.Runner{Engine: e, Exclusive: true}).Run(t.Context(), brief); report.Verdict != runner.Passed {
				t.Fatal(report)
			}
		}
	}
	if sent := strings.Count(east.commands(t), "cat >"); sent != 1 {
		t.Errorf("the program was sent %d times:\n%s", sent, east.commands(t))
	}
	for _, private := range []string{".cache/lahja-programs", ".cache/lahja-programs/*"} {
		found, err := filepath.Glob(filepath.Join(east.home, private))
		if err != nil || len(found) != 1 {
			t.Fatalf("%s: got %q, %v, want one", private, found, err)
		}
		if info, err := os.Stat(found[0]); err != nil || info.Mode().Perm() != 0o700 {
			t.Errorf("%s: got mode %v, %v", private, info.Mode(), err)
		}
	}
	if left, err := filepath.Glob(filepath.Join(east.home, "lahja-run-*")); err != nil || len(left) > 0 {
		t.Errorf("left behind: %q, %v", left, err)
	}
}

func TestAMachineOfAnotherPlatformIsRefused(t *testing.T) {
	west := startServer(t, "west")
	script := "#!/bin/sh\necho Plan9 aarch64\n"
	if err := errors.Join(os.Mkdir(filepath.Join(west.home, "bin"), 0o700),
		os.WriteFile(filepath.Join(west.home, "bin", "uname"), []byte(script), 0o700)); err != nil {
		t.Fatal(err)
	}
	failsSaying(t, on(startServer(t, "east").Machine, west.Machine), brief, "machine west: it is plan9/arm64, and this program",
		"begin the run with one that is built for plan9/arm64")
	if strings.Contains(west.commands(t), "cat >") {
		t.Error("the program was sent")
	}
}

func TestAMachineMustBeKnown(t *testing.T) {
	east, west := startServer(t, "east"), startServer(t, "west")
	forged := machineOf("forged", east.line[:strings.IndexByte(east.line, ' ')]+west.line[strings.IndexByte(west.line, ' '):])
	failsSaying(t, on(forged), brief, "connect to machine forged at "+forged.SSH, "host key mismatch")
	unknown := east.Machine
	unknown.Login = func() (*ssh.ClientConfig, error) {
		config, err := east.Login()
		config.HostKeyCallback = nil
		return config, err
	}
	failsSaying(t, on(unknown), brief, "set HostKeyCallback")
	locked := east.Machine
	locked.Login = func() (*ssh.ClientConfig, error) { return nil, errors.New("the key is locked") }
	failsSaying(t, on(locked), brief, "the key is locked")
	failsSaying(t, on(), brief, "there is no machine to run on")
	failsSaying(t, on(sshengine.Machine{Name: "nobody", SSH: "127.0.0.1:1", Login: east.Login}), brief, "connect to machine nobody at 127.0.0.1:1")
}

func TestADirectoryForPrograms(t *testing.T) {
	east := startServer(t, "east")
	east.Dir = filepath.Join(east.home, "it's here")
	if report := (&runner.Runner{Engine: on(east.Machine)}).Run(t.Context(), brief); report.Verdict != runner.Passed {
		t.Fatal(report)
	}
	if found, err := filepath.Glob(filepath.Join(east.Dir, "lahja-programs", "*")); err != nil || len(found) != 1 {
		t.Errorf("got %q, %v, want one program", found, err)
	}
	if _, err := os.Stat(filepath.Join(east.home, ".cache")); !errors.Is(err, os.ErrNotExist) {
		t.Error(fmt.Errorf("the default directory: %w", err))
	}
}
