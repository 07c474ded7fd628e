package bench

import (
	"os/exec"
	"strconv"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

func TestProgramEnds(t *testing.T) {
	_, err := Options{}.once(t.Context(), Case{Measure: Fanout, System: ending, Codec: DefaultCodec, Consumers: 1, Events: 1}, 1)
	if want := "the server of ending: sh ended too early (exit status 3); its last output:\na last word"; err == nil || !strings.Contains(err.Error(), want) {
		t.Errorf("got %v, want %q", err, want)
	}
}

// TestProgramCounts waits until a program has used some time that this process has not.
func TestProgramCounts(t *testing.T) {
	cmd := exec.Command("sh", "-c", "while :; do :; done")
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	defer cmd.Wait() // The error says that it was killed.
	defer cmd.Process.Kill()
	c := new(child)
	c.program.Store(cmd.Process)
	for late := time.After(DefaultStall); ; {
		both, err := c.used()
		own := used()
		if err != nil {
			t.Fatal(err)
		}
		if both.CPU-own.CPU > 20*time.Millisecond {
			return
		}
		select {
		case <-late:
			t.Fatalf("got %+v with the program, and %+v without", both, own)
		default:
		}
	}
}

func TestOrphansProgram(t *testing.T) {
	var program int
	orphan(t, idling, func(address string) {
		pid, err := strconv.Atoi(address)
		if err != nil {
			t.Fatal(err)
		}
		if program, err = unix.PidfdOpen(pid, 0); err != nil {
			t.Fatal(err)
		}
	})
	defer unix.Close(program)
	ended := []unix.PollFd{{Fd: int32(program), Events: unix.POLLIN}}
	if n, err := unix.Poll(ended, int(DefaultStall.Milliseconds())); n != 1 {
		// Nothing else would end it.
		t.Errorf("got %d, %v, want that the program ends; killed: %v", n, err, unix.PidfdSendSignal(program, unix.SIGKILL, nil, 0))
	}
}
