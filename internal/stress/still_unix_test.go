//go:build unix

package stress_test

import (
	"encoding/json"
	"fmt"
	"syscall"
	"testing"
	"time"

	"github.com/lahja/go-lahja/lahja"
	"github.com/lahja/go-lahja/lahja/p2p"
	"github.com/lahja/go-lahja/lahja/transport/tcp"
)

// stillCase is what is broadcast to a process that stands still.
type stillCase struct {
	name        string // of the transport
	size, count int
	pause       time.Duration
}

// TestStoppedProcessIsNotGivenUp stops processes (SIGSTOP) for twice the time within which
// a lost machine is noticed, and broadcasts to each meanwhile: far more than there is room
// for, or an event now and then. They get everything when they go on.
func TestStoppedProcessIsNotGivenUp(t *testing.T) {
	if testing.Short() {
		t.Skip("they stand still for 8 s")
	}
	var all []*standing
	for _, name := range []string{"tcp", "tls"} {
		for _, c := range []stillCase{
			{name, 100, 100_000, 0},
			{name, 64 << 10, 300, 0},
			{name, 1 << 20, 20, 0},
			{name, 10, 80, 100 * time.Millisecond}, // no window is ever full
		} {
			all = append(all, stop(t, c))
		}
	}
	// Nothing but time shows that they are not given up.
	time.Sleep(2 * tcp.Transport{}.Bound())
	for _, s := range all {
		t.Run(fmt.Sprintf("%s/%d-bytes", s.name, s.size), s.goesOn)
	}
}

// standing is a process that stands still.
type standing struct {
	stillCase
	server *p2p.Endpoint
	child  *process
	sent   chan error
}

// stop starts a process, stops it, and begins to broadcast.
func stop(t *testing.T, c stillCase) *standing {
	n := newNetwork(t, transports[c.name])
	n.opts.BlockWait, n.opts.CompressAbove = -1, -1
	s := &standing{stillCase: c, server: n.serve(), sent: make(chan error, 1)}
	var env []string
	if c.name == "tls" {
		text, err := json.Marshal(identity)
		must(t, err)
		env = append(env, identityEnv+"="+string(text))
	}
	s.child = start(t, n.config.Address, env...)
	must(t, lahja.WaitUntilEndpointSubscribedTo[Blob](limited(t), s.server, "child"))
	must(t, s.child.cmd.Process.Signal(syscall.SIGSTOP))
	began := time.Now()
	ctx := limited(t)
	go func() {
		for i := range c.count {
			if err := lahja.Broadcast(ctx, s.server, Blob{N: i, Data: make([]byte, c.size)}); err != nil {
				s.sent <- fmt.Errorf("blob %d, %v after it was stopped: %w", i, time.Since(began), err)
				return
			}
			time.Sleep(c.pause)
		}
		s.sent <- nil
	}()
	return s
}

// goesOn lets the process go on.
func (s *standing) goesOn(t *testing.T) {
	if !lahja.IsConnectedTo(s.server, "child") {
		t.Error("the process that stands still was given up")
	}
	must(t, s.child.cmd.Process.Signal(syscall.SIGCONT))
	must(t, <-s.sent)
	must(t, s.server.Sync(limited(t), "child"))
	if came, last := s.child.came(); came != s.count || last != s.count-1 {
		t.Errorf("%d blobs came, the last was %d; want %d, the last %d", came, last, s.count, s.count-1)
	}
}
