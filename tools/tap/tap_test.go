package tap

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/lahja/go-lahja/internal/wire"
	"github.com/lahja/go-lahja/lahja"
	"github.com/lahja/go-lahja/lahja/inspect"
	"github.com/lahja/go-lahja/lahja/p2p"
	"github.com/lahja/go-lahja/lahja/transport/tcp"
	"github.com/lahja/go-lahja/lahja/transport/tcp/tcptest"
	"github.com/lahja/go-lahja/tools/internal/exitcode"
)

// events reads what was printed: an object a line.
func events(t *testing.T, printed string) []event {
	t.Helper()
	var all []event
	for line := range strings.Lines(printed) {
		var e event
		check(t, json.Unmarshal([]byte(line), &e))
		all = append(all, e)
	}
	return all
}

// lookOn waits until so many want the events at an address.
func lookOn(t *testing.T, address string, want int) {
	t.Helper()
	r := run(t, address, "--inspect", "--json", "--interval=100ms")
	r.stdout.awaitThat(t, "taps that want events", func(printed string) bool {
		var i inspect.Inspection
		lines := strings.Split(strings.TrimSpace(printed), "\n")
		if json.Unmarshal([]byte(lines[len(lines)-1]), &i) != nil {
			return false
		}
		n := 0
		for _, tap := range i.Taps {
			if tap.Events {
				n++
			}
		}
		return n == want
	})
	r.interrupt()
	r.ends(t, exitcode.Passed, "")
}

func TestEventsOfAProcessAreLines(t *testing.T) {
	p := start(t)
	asker, err := p2p.RunEndpoint(limited(t), "asker", nil)
	check(t, err)
	t.Cleanup(func() { asker.Close() })
	check(t, asker.ConnectToEndpoints(limited(t), lahja.ConnectionConfig{Name: "child", Address: p.path}))
	all, some := run(t, p.path), run(t, p.path, "--type=*/line")
	lookOn(t, p.path, 2)
	p.say(t, "hello <there>")
	all.stdout.await(t, "hello")
	_, err = lahja.Request(limited(t), asker, Question{N: 1})
	check(t, err)
	p.stdin.Close()
	all.ends(t, exitcode.Failed, "child went away: it said goodbye")
	some.ends(t, exitcode.Failed, "child went away: it said goodbye")

	got := events(t, all.stdout.String())
	if len(got) != 3 {
		t.Fatalf("got\n%s\nwant three events", all.stdout)
	}
	line, question, answer := got[0], got[1], got[2]
	said, _ := line.Payload.(map[string]any)
	if line.Direction != "local" || line.Endpoint != "child" || line.Type != "tap/line" || said["Text"] != "hello <there>" || time.Since(line.Time) > time.Minute {
		t.Errorf("got %+v, want what the child said", line)
	}
	if question.Direction != "received" || question.From != "asker" || question.Answers != "" || question.Size == 0 {
		t.Errorf("got %+v, want the question", question)
	}
	if answer.Direction != "sent" || strings.Join(answer.To, " ") != "asker" || answer.Answers != question.ID {
		t.Errorf("got %+v, want the answer to %s", answer, question.ID)
	}
	if got := events(t, some.stdout.String()); len(got) != 1 || got[0].ID != line.ID {
		t.Errorf("with --type: got\n%s\nwant the line alone", some.stdout)
	}
	if printed := all.stdout.String(); !strings.Contains(printed, `"Text":"hello <there>"`) {
		t.Errorf("got\n%s\nwant text as it is", printed)
	}
}

// once is what --once prints.
func once(t *testing.T, address string) (i inspect.Inspection) {
	t.Helper()
	r := run(t, address, "--once")
	r.ends(t, exitcode.Passed, "")
	check(t, json.Unmarshal([]byte(r.stdout.String()), &i))
	return i
}

func TestOncePrintsWhatGoesOn(t *testing.T) {
	p := start(t)
	got := once(t, p.path)
	if got.Name != "child" || got.Address != p.path || len(got.Subscriptions) != 2 || len(got.Peers) != 0 {
		t.Errorf("got %+v, want the child's", got)
	}
}

func TestEndpointThatIsKilledAndComesBack(t *testing.T) {
	p := start(t)
	r := run(t, p.path, "--inspect", "--interval=100ms")
	r.stdout.await(t, "tap/line")
	r.stdout.await(t, "\n\nchild ") // a second time
	check(t, p.cmd.Process.Kill())
	r.ends(t, exitcode.Failed, "child went away: it closed the connection without a goodbye")
	if err := p.cmd.Wait(); err == nil {
		t.Error("the child ended well, want it killed")
	}
	run(t, p.path, "--once").ends(t, exitcode.Failed, "nobody listens at "+p.path)
	serve(t, p.path, p2p.Options{})
	if got := once(t, p.path); got.Name != "server" {
		t.Errorf("got %+v, want the one that came after", got)
	}
}

func TestInterrupted(t *testing.T) {
	path := socket(t)
	ep := serve(t, path, p2p.Options{})
	r := run(t, path, "--no-events", "--json")
	r.stdout.await(t, `"name":"server"`)
	r.interrupt()
	r.ends(t, exitcode.Passed, "")
	check(t, ep.Close())

	mute, err := net.Listen("unix", path)
	check(t, err)
	defer mute.Close()
	r = run(t, path)
	conn, err := mute.Accept()
	check(t, err)
	defer conn.Close()
	r.interrupt()
	r.ends(t, exitcode.Interrupted, "interrupted before the endpoint answered")
}

func TestRefusals(t *testing.T) {
	path := socket(t)
	serve(t, path, p2p.Options{NoTap: true})
	run(t, path).ends(t, exitcode.Failed, "refused (tap): server allows no taps (Options.NoTap)")
	stranger, err := net.Listen("tcp", "127.0.0.1:0")
	check(t, err)
	defer stranger.Close()
	go func() {
		if conn, err := stranger.Accept(); err == nil {
			conn.Close()
		}
	}()
	run(t, "tcp://"+stranger.Addr().String()).ends(t, exitcode.Failed, "instead of answering; is it an endpoint of the same version")
}

func TestBadUse(t *testing.T) {
	for args, want := range map[string]string{
		"nats://127.0.0.1:4222":          "endpoints on NATS cannot be tapped",
		"http://127.0.0.1:80":            `unknown kind of address "http"`,
		"x --interval=1ms":               "--interval 1ms: at least 100ms",
		"x --type=":                      `--type ""`,
		"x --tls-ca=y":                   "need an address that begins with tls://",
		"tls://x:1 --tls-ca=/dev/null":   "the file has no certificate in PEM",
		"tls://x:1 --tls-cert=/dev/null": "belong together",
		"":                               "expected \"<address>\"",
	} {
		run(t, strings.Fields(args)...).ends(t, exitcode.Usage, want)
	}
	run(t, append([]string{"x"}, strings.Fields(strings.Repeat("--type=x ", 101))...)...).ends(t, exitcode.Usage, "--type is set 101 times")
	long := "--type=" + strings.Repeat("x", 200) + " "
	run(t, append([]string{"x"}, strings.Fields(strings.Repeat(long, 30))...)...).ends(t, exitcode.Usage, "use fewer or shorter ones")
	run(t, "127.0.0.1:1").ends(t, exitcode.Failed, "write tcp://127.0.0.1:1")
}

func TestOverTCPAndTLS(t *testing.T) {
	ep := serve(t, "127.0.0.1:0", p2p.Options{Transport: tcp.Transport{}})
	if got := once(t, "tcp://"+ep.Addr().String()); got.Name != "server" {
		t.Errorf("got %+v", got)
	}
	identity, err := tcptest.NewIdentity()
	check(t, err)
	config, err := identity.Config()
	check(t, err)
	secure := serve(t, "127.0.0.1:0", p2p.Options{Transport: tcp.Transport{TLS: config}})
	dir := t.TempDir()
	file := func(name string, data []byte) string {
		path := filepath.Join(dir, name)
		check(t, os.WriteFile(path, data, 0o600))
		return path
	}
	args := []string{"tls://" + secure.Addr().String(), "--tls-ca=" + file("ca", identity.Authority)}
	r := run(t, append(args, "--once")...)
	if code := <-r.code; code != exitcode.Failed {
		t.Errorf("without a certificate: got exit code %d and %s, want a failure", code, r.stderr)
	}
	r = run(t, append(args, "--tls-cert="+file("cert", identity.Certificate), "--tls-key="+file("key", identity.Key), "--once")...)
	r.ends(t, exitcode.Passed, "")
	if !strings.Contains(r.stdout.String(), `"name": "server"`) {
		t.Errorf("got %s", r.stdout)
	}
}

// stopped is a transport whose other side takes what is written and says nothing.
type stopped struct{ p2p.Transport }

func (stopped) Dial(context.Context, string) (net.Conn, error) {
	here, there := net.Pipe()
	go io.Copy(io.Discard, there)
	return here, nil
}

func TestEndpointThatIsStopped(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, err := dial(t.Context(), target{transport: stopped{}, address: "here"}, wire.TapMsg{})
		check(t, err)
		defer s.close()
		started := time.Now()
		err = s.watch(t.Context(), &lines{w: io.Discard})
		if err == nil || !strings.Contains(err.Error(), "here did not answer within 5s") || time.Since(started) != answerWait {
			t.Errorf("got %v after %v, want that it did not answer", err, time.Since(started))
		}
	})
}

// full is a writer whose disk is full.
type full struct{}

func (full) Write([]byte) (int, error) { return 0, errors.New("no space left on device") }

func TestFullDisk(t *testing.T) {
	path := socket(t)
	ep := serve(t, path, p2p.Options{})
	_, err := lahja.NewStream[Line](ep)
	check(t, err)
	for _, c := range []Command{{Once: true}, {Inspect: true}, {Inspect: true, JSON: true}, {Events: true}} {
		c.Address, c.Interval = path, time.Second
		stderr := newOutput()
		code := make(chan int, 1)
		go func() { code <- c.Run(limited(t), full{}, stderr) }()
		if c.Events {
			lookOn(t, path, 1)
			check(t, lahja.Broadcast(limited(t), ep, Line{Text: "x"}))
		}
		if got := <-code; got != exitcode.Failed || !strings.Contains(stderr.String(), "write: no space left") {
			t.Errorf("%+v: got exit code %d and %q", c, got, stderr)
		}
	}
}
