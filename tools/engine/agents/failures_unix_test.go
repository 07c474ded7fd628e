//go:build unix

package agents_test

import (
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/nats-io/nats.go"

	"github.com/lahja/go-lahja/tools/engine/agents"
	"github.com/lahja/go-lahja/tools/runner"
)

// agentProcess is an agent in a process of its own.
func agentProcess(t *testing.T, url string) *exec.Cmd {
	t.Helper()
	program, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(program)
	cmd.Env = append(os.Environ(), agents.EnvAgent+"="+url, agents.EnvTrust+"=anybody", agents.EnvRoot+"=1", "XDG_CACHE_HOME="+t.TempDir())
	cmd.Stderr = t.Output()
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		// It may have been killed, or stand still.
		_ = cmd.Process.Signal(syscall.SIGCONT)
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
	})
	return cmd
}

// awaitRun returns when every agent runs a process.
func awaitRun(t *testing.T, conn *nats.Conn, n int) {
	t.Helper()
	for {
		running := 0
		for _, a := range awaitAgents(t, conn, n) {
			measured, err := agents.Measure(t.Context(), conn, a)
			if err != nil {
				t.Fatal(err)
			}
			if measured.Load > 0 {
				running++
			}
		}
		if running == n {
			return
		}
	}
}

// disturb runs the endless scenario on two agents, and does something to the second of them. It
// returns the report and how long it took from then on.
func disturb(t *testing.T, do func(agent *exec.Cmd)) (*runner.Report, time.Duration) {
	t.Helper()
	url := startServer(t).URL()
	agentProcess(t, url)
	second := agentProcess(t, url)
	conn := connect(t, url)
	awaitAgents(t, conn, 2)
	reports := make(chan *runner.Report)
	go func() {
		r := runner.Runner{Engine: onTCP(url, agents.Options{}), Timeout: time.Minute}
		reports <- r.Run(t.Context(), endless.WithTimeout(time.Minute))
	}()
	awaitRun(t, conn, 2)
	began := time.Now()
	do(second)
	report := <-reports
	return report, time.Since(began)
}

func TestAnAgentThatDiesIsNamed(t *testing.T) {
	report, took := disturb(t, func(agent *exec.Cmd) { _ = agent.Process.Kill() })
	if text := report.String(); report.Verdict != runner.Failed || !strings.Contains(text, "has ended") || !strings.Contains(text, "agent ") {
		t.Errorf("after %v: %s", took, text)
	}
	t.Logf("named after %v", took)
}

func TestAnAgentThatFallsSilentIsNamed(t *testing.T) {
	report, took := disturb(t, func(agent *exec.Cmd) { _ = agent.Process.Signal(syscall.SIGSTOP) })
	if text := report.String(); report.Verdict != runner.Failed || !strings.Contains(text, "nothing was heard of agent ") {
		t.Errorf("after %v: %s", took, text)
	}
	t.Logf("named after %v", took)
}

func TestARunOutlivesNATS(t *testing.T) {
	s := startServer(t)
	startAgents(t, s.URL(), 2, nil)
	conn := connect(t, s.URL())
	reports := make(chan *runner.Report)
	go func() {
		r := runner.Runner{Engine: onTCP(s.URL(), agents.Options{}), Timeout: time.Minute}
		reports <- r.Run(t.Context(), brief)
	}()
	awaitRun(t, conn, 2)
	s.Stop()
	if err := s.Restart(); err != nil {
		t.Fatal(err)
	}
	if report := <-reports; report.Verdict != runner.Passed {
		t.Error(report)
	}
}

// parentEnv makes TestMain's program the parent that TestNothingOutlivesItsParent kills.
const parentEnv = "AGENTS_TEST_PARENT"

// TestParent is a parent that is killed.
func TestParent(t *testing.T) {
	url := os.Getenv(parentEnv)
	if url == "" {
		t.Skip("TestNothingOutlivesItsParent runs it")
	}
	r := runner.Runner{Engine: onTCP(url, agents.Options{}), Timeout: time.Minute}
	t.Error(r.Run(t.Context(), endless.WithTimeout(time.Minute)))
}

func TestNothingOutlivesItsParent(t *testing.T) {
	url := startServer(t).URL()
	startAgents(t, url, 2, nil)
	conn := connect(t, url)
	program, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	parent := exec.Command(program, "-test.run=^TestParent$")
	parent.Env = append(os.Environ(), parentEnv+"="+url)
	if err := parent.Start(); err != nil {
		t.Fatal(err)
	}
	awaitRun(t, conn, 2)
	if err := parent.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = parent.Wait() // It was killed.
	killed := time.Now()
	for running := 1; running > 0; {
		running = 0
		for _, a := range awaitAgents(t, conn, 2) {
			measured, err := agents.Measure(t.Context(), conn, a)
			if err != nil {
				t.Fatal(err)
			}
			running += measured.Load
		}
	}
	t.Logf("ended after %v", time.Since(killed))
}

func TestAnAgentThatIsTooSmallSaysSo(t *testing.T) {
	url := startServer(t).URL()
	startAgents(t, url, 1, func(o *agents.AgentOptions) { o.Capacity = 1 })
	r := runner.Runner{Engine: onTCP(url, agents.Options{}), Timeout: time.Minute}
	if report := r.Run(t.Context(), brief); report.Verdict != runner.Failed || !strings.Contains(report.String(), "agent a0 is too small: its capacity is 1, and the run has 2 drivers there") {
		t.Error(report)
	}
}

func TestWithoutAgentsItSaysHowToStartOne(t *testing.T) {
	r := runner.Runner{Engine: onTCP(startServer(t).URL(), agents.Options{})}
	if report := r.Run(t.Context(), brief); report.Verdict != runner.Failed || !strings.Contains(report.String(), "lahja agent --nats URL") {
		t.Error(report)
	}
}
