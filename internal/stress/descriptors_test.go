//go:build unix

package stress_test

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/lahja/go-lahja/internal/testkit"
	"github.com/lahja/go-lahja/lahja"
	"github.com/lahja/go-lahja/lahja/p2p"
)

// exhaustEnv marks the process that may have few descriptors.
const exhaustEnv = "LAHJA_STRESS_EXHAUST"

// fewDescriptors are enough for a test binary and two endpoints.
const fewDescriptors = 64

func TestDescriptorsRunOutAndComeBack(t *testing.T) {
	if os.Getenv(exhaustEnv) != "" {
		exhaust(t)
		return
	}
	child := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^"+t.Name()+"$", "-test.v")
	child.Env = append(os.Environ(), exhaustEnv+"=1")
	out, err := child.CombinedOutput()
	if err != nil || !strings.Contains(string(out), "--- PASS: "+t.Name()) {
		t.Errorf("the process with few descriptors: %v\n%s", err, out)
	}
}

// exhaust takes all descriptors of this process, looks at what fails and how, and gives
// them back.
func exhaust(t *testing.T) {
	limit := syscall.Rlimit{Cur: fewDescriptors, Max: fewDescriptors}
	if err := syscall.Setrlimit(syscall.RLIMIT_NOFILE, &limit); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	pauses := make(chan time.Duration, 100)
	dir := testkit.ShortDir(t)
	options := &p2p.Options{Logger: slog.New(acceptPauses(pauses)), ListenWait: 200 * time.Millisecond}
	config := lahja.ConnectionConfig{Name: "server", Address: filepath.Join(dir, "server.ipc")}
	server := opened(t)(p2p.ServeEndpoint(ctx, config, options))
	client := opened(t)(p2p.RunEndpoint(ctx, "client", options))

	files := takeAll(t)
	saysSo(t, "connect", client.ConnectToEndpoints(ctx, config))
	other := lahja.ConnectionConfig{Name: "other", Address: filepath.Join(dir, "other.ipc")}
	_, err := p2p.ServeEndpoint(ctx, other, options)
	saysSo(t, "serve", err)
	if _, err := os.Lstat(other.Address); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("the endpoint that could not listen left a socket: %v", err)
	}

	files[0].Close() // For whom dials, and not for who accepts.
	waiting, err := net.Dial("unix", config.Address)
	if err != nil {
		t.Fatal(err)
	}
	defer waiting.Close()
	growing(t, pauses)

	for _, f := range files[1:] {
		f.Close()
	}
	if err := client.ConnectToEndpoints(ctx, config); err != nil {
		t.Errorf("with descriptors again: %v", err)
	}
	if err := lahja.WaitUntilConnectedTo(ctx, server, "client"); err != nil {
		t.Error(err)
	}
}

// takeAll opens files until there are no descriptors any more.
func takeAll(t *testing.T) []*os.File {
	var files []*os.File
	for {
		f, err := os.Open(os.DevNull)
		if errors.Is(err, syscall.EMFILE) {
			return files
		}
		if err != nil {
			t.Fatal(err)
		}
		files = append(files, f)
		t.Cleanup(func() { f.Close() })
	}
}

// saysSo demands an error that says what is wrong and what mends it.
func saysSo(t *testing.T, what string, err error) {
	t.Helper()
	if !errors.Is(err, syscall.EMFILE) || !strings.Contains(err.Error(), "too many open files") || !strings.Contains(err.Error(), "ulimit -n") {
		t.Errorf("%s without descriptors: got %v; want EMFILE and how to have more", what, err)
	}
}

// growing demands that who accepts pauses for longer each time: it does not spin.
func growing(t *testing.T, pauses <-chan time.Duration) {
	t.Helper()
	var last time.Duration
	for range 5 {
		pause := <-pauses
		if pause < 2*last || pause <= 0 {
			t.Errorf("accepting failed again, and pauses for %v after %v; want twice that", pause, last)
		}
		last = pause
	}
}

// acceptPauses hands on for how long who accepts pauses.
type acceptPauses chan<- time.Duration

func (acceptPauses) Enabled(context.Context, slog.Level) bool { return true }
func (h acceptPauses) WithAttrs([]slog.Attr) slog.Handler     { return h }
func (h acceptPauses) WithGroup(string) slog.Handler          { return h }
func (h acceptPauses) Handle(_ context.Context, r slog.Record) error {
	r.Attrs(func(a slog.Attr) bool {
		if a.Key == "pause" {
			select {
			case h <- a.Value.Duration():
			default: // Enough have been seen.
			}
		}
		return true
	})
	return nil
}
