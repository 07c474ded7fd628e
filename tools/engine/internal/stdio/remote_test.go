package stdio

import (
	"errors"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/lahja/go-lahja/tools/engine/internal/relay"
	"github.com/lahja/go-lahja/tools/engine/subprocess"
)

// says is the session of a relay that says this, and ends.
func says(text string) Session {
	_, in := io.Pipe()
	return Session{Machine: "east", In: discards{in}, Out: strings.NewReader(text), Wait: func() error { return errors.New("exit status 2: no such flag") },
		Abort: func() {}}
}

type discards struct{ io.Closer }

func (discards) Write(p []byte) (int, error) { return len(p), nil }

func TestARelayThatIsNoneIsNamed(t *testing.T) {
	for text, want := range map[string]string{
		"":                               "machine east: the program there did not dispatch (give runner.Dispatch this engine, first thing in main or TestMain): exit status 2: no such flag",
		"Welcome to the machine\nPASS\n": "did not dispatch",
		"Welcome\n" + hello:              "machine east: the connection, or the relay there, has ended: exit status 2: no such flag",
		hello + "Welcome\n":              "machine east: its relay cannot be understood",
	} {
		if _, err := Begin(t.Context(), says(text)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("after %q: got %v, want %q", text, err, want)
		}
	}
}

// FuzzRemote reads whatever a relay may say. The control connection of its process then ends.
func FuzzRemote(f *testing.F) {
	f.Add(`{"process":1,"data":"Y3t9"}` + "\n" + `{"call":7}` + `{"process":1,"data":"ZQ=="}`)
	f.Add(`{"process":1,"data":"cg=="}` + `{"process":2,"call":-1,"answer":{"exit":{"code":1}}}`)
	f.Add("{")
	f.Fuzz(func(t *testing.T, said string) {
		r := newRemote(says(hello + said))
		p := relay.NewProcess(&carrier{remote: r, process: 1}, subprocess.Spec{Output: func(string) {}}, 0, 0)
		r.processes[1] = p
		r.follow()
		if _, err := io.Copy(io.Discard, p.Control()); err != nil && r.ctx.Err() == nil {
			t.Errorf("the control connection ended with %v, and the relay has not", err)
		}
		if err := r.to.send(frame{Time: time.Now()}); err != nil {
			t.Error(err)
		}
	})
}
