package stdio

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"sync"
	"syscall"
	"time"

	"github.com/lahja/go-lahja/tools/engine/internal/relay"
	"github.com/lahja/go-lahja/tools/engine/subprocess"
)

// endTime is how long a relay may take to end its processes. The last of them end by themselves
// when it exits.
const endTime = 2 * time.Second

// envRelay makes this program a relay.
const envRelay = "LAHJA_RELAY"

// Act does what an engine.Actor must whose processes a relay starts.
func Act() {
	if os.Getenv(envRelay) == "" {
		return
	}
	if err := errors.Join(os.Unsetenv(envRelay), serve()); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	os.Exit(0)
}

// serve is a relay, until its parent has gone. It then ends the processes that it has started, and
// fails if something is left behind.
func serve() error {
	signal.Notify(make(chan os.Signal, 1), syscall.SIGPIPE) // Else a write ends this process.
	dir, err := os.MkdirTemp("", "lahja-run-")
	if err != nil {
		return fmt.Errorf("a directory for the run: %w", err)
	}
	program, err := os.Executable()
	if err != nil {
		return err
	}
	placement, err := subprocess.Start(subprocess.Local{Program: program, Dir: dir, Env: append(os.Environ(), relay.EnvCounters(dir))})
	if err != nil {
		return errors.Join(err, os.RemoveAll(dir))
	}
	out := os.Stdout
	os.Stdout = os.Stderr // What others print is no frame.
	s := &server{placement: placement, dir: dir, to: wire{out: out}, processes: map[int]*served{}}
	if _, err = io.WriteString(out, hello); err == nil {
		err = s.follow(os.Stdin)
	}
	time.AfterFunc(endTime, func() { _ = os.RemoveAll(dir); os.Exit(1) })
	_ = out.Close() // Nobody is told any more, and a frame that is being sent may stay that.
	s.endAll()
	for _, left := range placement.Close() {
		err = errors.Join(err, errors.New(left))
	}
	return errors.Join(err, os.RemoveAll(dir))
}

// server is a relay.
type server struct {
	placement subprocess.Placement
	dir       string // the run's
	to        wire

	mu        sync.Mutex
	processes map[int]*served
}

// served is a process that the relay has started.
type served struct {
	*relay.Hosted
	in *relay.Pipe // what it is sent
}

// follow does what the parent wants, until it has gone.
func (s *server) follow(in io.Reader) error {
	over := make(chan error, 2)
	expires := time.AfterFunc(lease, func() { over <- fmt.Errorf("nothing was heard of the parent for %v", lease) })
	defer expires.Stop()
	go func() { over <- s.read(in, expires) }()
	return <-over
}

func (s *server) read(in io.Reader, expires *time.Timer) error {
	for from := json.NewDecoder(in); ; {
		var f frame
		switch err := from.Decode(&f); {
		case errors.Is(err, io.EOF):
			return nil
		case err != nil:
			return err
		}
		expires.Reset(lease)
		if err := s.take(f); err != nil {
			return err
		}
	}
}

func (s *server) take(f frame) error {
	s.mu.Lock()
	p := s.processes[f.Process]
	s.mu.Unlock()
	switch {
	case f.Call != 0:
		go s.answer(f, p)
	case p != nil && !p.in.Take(f.Data):
		return errors.New("a driver does not read its control connection")
	}
	return nil
}

func (s *server) answer(f frame, p *served) {
	a := frame{Call: f.Call, Time: time.Now()}
	var err error
	switch {
	case f.Order != nil:
		a.Answer, err = s.start(f.Process, *f.Order)
	case f.Request != nil && p == nil:
		err = fmt.Errorf("there is no process %d", f.Process)
	case f.Request != nil:
		a.Answer, err = p.Do(context.Background(), *f.Request)
	}
	if err != nil {
		a.Answer.Error = err.Error()
	}
	_ = s.to.send(a) // The parent has gone where it fails.
}

func (s *server) start(number int, o relay.Order) (relay.Answer, error) {
	say := func(data []byte) error { return s.to.send(frame{Process: number, Data: data}) }
	h, err := relay.Start(context.Background(), s.placement, s.dir, o, say)
	if err != nil {
		return relay.Answer{}, err
	}
	p := &served{h, relay.NewPipe()}
	go func() { _, _ = io.Copy(h, p.in) }() // If the process has gone, its end says so.
	s.mu.Lock()
	defer s.mu.Unlock()
	s.processes[number] = p
	return h.Started(), nil
}

// endAll ends the processes.
func (s *server) endAll() {
	s.mu.Lock()
	defer s.mu.Unlock()
	var ending sync.WaitGroup
	for _, p := range s.processes { // One that is being started ends by itself, as this process exits.
		ending.Go(p.End)
	}
	ending.Wait()
}
