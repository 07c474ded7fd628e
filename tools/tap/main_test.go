package tap

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/alecthomas/kong"

	"github.com/lahja/go-lahja/internal/testkit"
	"github.com/lahja/go-lahja/lahja"
	"github.com/lahja/go-lahja/lahja/p2p"
	"github.com/lahja/go-lahja/tools/internal/exitcode"
)

// Line is what the child says, Question what it answers, by Answer.
type (
	Line     struct{ Text string }
	Question struct {
		lahja.Expects[Answer]
		N int
	}
	Answer struct{ N int }
)

func (Line) EventName() string     { return "tap/line" }
func (Question) EventName() string { return "tap/question" }
func (Answer) EventName() string   { return "tap/answer" }

// childVariable holds the socket's path where this binary is the child.
const childVariable = "LAHJA_TAP_CHILD"

func TestMain(m *testing.M) {
	path := os.Getenv(childVariable)
	if path == "" {
		os.Exit(m.Run())
	}
	if err := child(path); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// child serves an endpoint that says to all what it reads, until there is no more.
func child(path string) error {
	ctx := context.Background()
	ep, err := p2p.ServeEndpoint(ctx, lahja.ConnectionConfig{Name: "child", Address: path}, nil)
	if err != nil {
		return err
	}
	_, err = lahja.Subscribe(ep, func(ctx context.Context, e lahja.Event[Question]) error {
		return e.Respond(ctx, Answer{N: e.Data.N + 1})
	})
	if err != nil {
		return err
	}
	if _, err := lahja.NewStream[Line](ep); err != nil {
		return err
	}
	fmt.Println("ready")
	for in := bufio.NewScanner(os.Stdin); in.Scan(); {
		if err := lahja.Broadcast(ctx, ep, Line{Text: in.Text()}); err != nil {
			return err
		}
	}
	return ep.Shutdown(ctx)
}

// process is a running child.
type process struct {
	path  string
	stdin io.WriteCloser
	cmd   *exec.Cmd
}

// start starts a child, which ends with its standard input.
func start(t *testing.T) *process {
	t.Helper()
	p := &process{path: socket(t), cmd: exec.Command(os.Args[0])}
	p.cmd.Env = append(os.Environ(), childVariable+"="+p.path)
	p.cmd.Stderr = os.Stderr
	var err error
	p.stdin, err = p.cmd.StdinPipe()
	check(t, err)
	out, err := p.cmd.StdoutPipe()
	check(t, err)
	check(t, p.cmd.Start())
	t.Cleanup(func() {
		p.stdin.Close()
		if p.cmd.ProcessState == nil {
			check(t, p.cmd.Wait())
		}
	})
	if said, err := bufio.NewReader(out).ReadString('\n'); said != "ready\n" {
		t.Fatalf("the child said %q, %v; want ready", said, err)
	}
	return p
}

func (p *process) say(t *testing.T, text string) {
	t.Helper()
	_, err := fmt.Fprintln(p.stdin, text)
	check(t, err)
}

// socket is a path that is short enough.
func socket(t *testing.T) string {
	t.Helper()
	return filepath.Join(testkit.ShortDir(t), "s.ipc")
}

// serve serves an endpoint in this process.
func serve(t *testing.T, address string, o p2p.Options) *p2p.Endpoint {
	t.Helper()
	o.Logger = slog.New(slog.DiscardHandler)
	ep, err := p2p.ServeEndpoint(limited(t), lahja.ConnectionConfig{Name: "server", Address: address}, &o)
	check(t, err)
	t.Cleanup(func() { ep.Close() })
	return ep
}

var (
	check   = testkit.Check
	limited = testkit.Context
)

// output is what a command printed so far.
type output struct {
	mu   sync.Mutex
	text strings.Builder
	more chan struct{} // holds a token after every write
}

func newOutput() *output { return &output{more: make(chan struct{}, 1)} }

func (o *output) Write(p []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.text.Write(p)
	select {
	case o.more <- struct{}{}:
	default:
	}
	return len(p), nil
}

func (o *output) String() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.text.String()
}

// await waits until what was printed contains the text.
func (o *output) await(t *testing.T, text string) {
	t.Helper()
	o.awaitThat(t, text, func(printed string) bool { return strings.Contains(printed, text) })
}

func (o *output) awaitThat(t *testing.T, what string, holds func(printed string) bool) {
	t.Helper()
	ctx := limited(t)
	for !holds(o.String()) {
		select {
		case <-o.more:
		case <-ctx.Done():
			t.Fatalf("got\n%s\nwant %s in it", o, what)
		}
	}
}

// running is a command that runs.
type running struct {
	stdout, stderr *output
	interrupt      func()
	code           chan int
}

// run starts the command line.
func run(t *testing.T, args ...string) *running {
	t.Helper()
	c := NewCommand()
	parser, err := kong.New(c, kong.Exit(func(int) {}))
	check(t, err)
	r := &running{stdout: newOutput(), stderr: newOutput(), code: make(chan int, 1)}
	ctx, cancel := context.WithCancel(limited(t))
	r.interrupt = cancel
	if _, err := parser.Parse(args); err != nil {
		fmt.Fprint(r.stderr, err)
		r.code <- exitcode.Usage
		return r
	}
	go func() { r.code <- c.Run(ctx, r.stdout, r.stderr) }()
	return r
}

// ends waits for the exit code, and wants the text in what is said of errors.
func (r *running) ends(t *testing.T, code int, text string) {
	t.Helper()
	if got := <-r.code; got != code || !strings.Contains(r.stderr.String(), text) {
		t.Errorf("got exit code %d and %q, want %d and %q", got, r.stderr, code, text)
	}
}
