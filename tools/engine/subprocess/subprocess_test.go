package subprocess

import (
	"errors"
	"io"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/lahja/go-lahja/tools/engine"
	"github.com/lahja/go-lahja/tools/engine/transports"
	"github.com/lahja/go-lahja/tools/internal/childmark"
	"github.com/lahja/go-lahja/tools/internal/childproc"
)

// controlled returns the parent's link and the child's end as a plain file.
func controlled(t *testing.T) (*link, *os.File) {
	t.Helper()
	parent, child, err := childproc.Pair()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		parent.Close()
		child.Close()
	})
	return newLink(parent), child
}

func TestLinkTakesOnlyWholeRecords(t *testing.T) {
	for written, want := range map[string]error{
		"{\"kind\":\"hello\"}\n": nil,
		"GET / HTTP/1.1\n":       errGarbage,
		"{\"kind\":\"step\"}\n":  errGarbage,
		"{\"kind\":\"other\"}\n": errGarbage,
		"{}\n":                   errGarbage,
		"{\"kind\":\"hello\"}":   io.EOF,
		"":                       io.EOF,
	} {
		l, child := controlled(t)
		if _, err := child.WriteString(written); err != nil {
			t.Fatal(err)
		}
		child.Close()
		if _, err := l.receive(); !errors.Is(err, want) {
			t.Errorf("%q: got %v, want %v", written, err, want)
		}
	}
}

func TestLinkRefusesToSendWhatTheOtherSideWouldNotTake(t *testing.T) {
	l, _ := controlled(t)
	err := l.send(message{Record: engine.Record{Kind: engine.RecordLog, Name: strings.Repeat("x", maxRecord)}})
	if err == nil || !strings.Contains(err.Error(), "report less") {
		t.Errorf("got %v", err)
	}
}

func TestLinkBoundsTheFirstRecord(t *testing.T) {
	l, _ := controlled(t)
	if _, err := l.receiveWithin(time.Millisecond); !errors.Is(err, os.ErrDeadlineExceeded) {
		t.Errorf("got %v, want a deadline", err)
	}
}

func TestChildEnvironKeepsWhatIsThere(t *testing.T) {
	t.Setenv("GORACE", "halt_on_error=1")
	env := childEnviron("paid")
	for _, want := range []string{"GORACE=halt_on_error=1 atexit_sleep_ms=0", childmark.Env + "=paid"} {
		if !slices.Contains(env, want) {
			t.Errorf("the environment lacks %q", want)
		}
	}
}

func TestEnginesOfSeveralBackendsHaveWhatAllOfThemHave(t *testing.T) {
	both := On(transports.Unix(), transports.TCP())
	if c := both.Capabilities(); c.Has(engine.SocketFiles) || !c.Has(engine.RawConnections) || !c.Has(engine.ProcessIsolation) {
		t.Errorf("got %v", c)
	}
}

func TestOptionsSayWhereTheHostsAre(t *testing.T) {
	e := On(transports.TCP())
	if got := engine.OptionsOf(e); got != "" {
		t.Errorf("got %q without hosts, want nothing", got)
	}
	e.Launcher = Hosts{{Name: "east", Address: "10.0.0.1"}, {Name: "west"}}
	if got, want := engine.OptionsOf(e), "east at 10.0.0.1, west at loopback"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestEnginesAreTheSameIfTheirBackendsAre(t *testing.T) {
	copied := *transports.Unix()
	hosted := On(transports.Unix())
	hosted.Launcher = Hosts{{Name: "east"}}
	for name, c := range map[string]struct {
		other any
		want  bool
	}{
		"made twice":       {On(transports.Unix()), true},
		"a pointer":        {&Engine{Backends: []engine.Backend{transports.Unix()}}, true},
		"on hosts":         {hosted, true},
		"with arguments":   {On(transports.Unix()).WithArgs("-v"), true},
		"another backend":  {On(&copied), false},
		"one more backend": {On(transports.Unix(), transports.Unix()), false},
		"another kind":     {engine.OnGoroutines(transports.Unix()), false},
	} {
		if got := engine.Same(On(transports.Unix()), c.other); got != c.want {
			t.Errorf("%s: got %v, want %v", name, got, c.want)
		}
	}
}
