package agents_test

import (
	"errors"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/nats-io/nats.go"
)

// quiet keeps the client from printing what the server refuses.
var quiet = nats.ErrorHandler(func(*nats.Conn, *nats.Subscription, error) {})

// refused reports whether the server has refused what do does with a subject.
func refused(conn *nats.Conn, subject string, do func() error) bool {
	if err := errors.Join(do(), conn.Flush()); err != nil && !errors.Is(err, nats.ErrPermissionViolation) {
		return false
	}
	err := conn.LastError() // The server says it before it answers the flush.
	return errors.Is(err, nats.ErrPermissionViolation) && strings.Contains(strings.ToLower(err.Error()), fmt.Sprintf("%q", strings.ToLower(subject)))
}

// TestUsersDoOnlyWhatIsTheirs attacks a server with the settings of docs/agents.md. That they permit
// enough is shown by the scenarios that run on it.
func TestUsersDoOnlyWhatIsTheirs(t *testing.T) {
	t.Parallel()
	f := startFleet(t, setup{closed: true})
	agent, err := f.connect(agentFile)
	if err != nil {
		t.Fatal(err)
	}
	bus, err := nats.Connect(busURL, nats.SetCustomDialer(f.lab.Hub()), quiet)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(bus.Close)
	const programs = "OBJ_lahja-programs"
	for _, c := range []struct {
		who                string
		conn               *nats.Conn
		publish, subscribe []string
	}{
		{"the agent on east", agent, []string{"lahja-agents.west.do", "lahja-agents.east.do", "lahja-agents.west.in.1", "lahja-agents.west.inbox.1",
			"$O.lahja-programs.C.1", "$O.lahja-programs.M.1", "$JS.API.STREAM.CREATE." + programs, "$JS.API.STREAM.UPDATE." + programs,
			"$JS.API.STREAM.PURGE." + programs, "$JS.API.STREAM.DELETE." + programs, "$JS.API.STREAM.MSG.DELETE." + programs,
			"$JS.API.STREAM.CREATE.other", "$SRV.INFO.lahja-agent", "lahja.run", "_INBOX.1"},
			[]string{"lahja-agents.west.>", "lahja-agents.*.do", "lahja-runs.>", "lahja.>", "_INBOX.>", ">"}},
		{"an endpoint on the bus", bus, []string{"lahja-agents.east.do", "lahja-agents.east.in.1", "lahja-runs.1", "$O.lahja-programs.C.1",
			"$JS.API.STREAM.INFO." + programs, "$JS.API.STREAM.CREATE.other", "$SRV.INFO.lahja-agent", "_INBOX.1"},
			[]string{"lahja-agents.>", "lahja-runs.>", "$SRV.>", "_INBOX.>", ">"}},
		{"a person", f.conn, []string{"$JS.API.STREAM.CREATE.other", "$JS.API.STREAM.DELETE.other", "lahja.run", "_INBOX.1"},
			[]string{"lahja-agents.>", "$SRV.>", "lahja.>", "_INBOX.>", ">"}},
	} {
		for _, subject := range c.publish {
			if !refused(c.conn, subject, func() error { return c.conn.PublishRequest(subject, "lahja-runs.1", []byte(`{"op":"ping"}`)) }) {
				t.Errorf("%s may publish to %s", c.who, subject)
			}
		}
		for _, subject := range c.subscribe {
			if !refused(c.conn, subject, func() error { _, err := c.conn.SubscribeSync(subject); return err }) {
				t.Errorf("%s may subscribe to %s", c.who, subject)
			}
		}
	}
	if left := f.left(); len(left) > 0 {
		t.Errorf("left are\n%s", strings.Join(left, "\n"))
	}
}

// TestARunWithoutTheRightKeysFails expects texts that say what is missing, and soon.
func TestARunWithoutTheRightKeysFails(t *testing.T) {
	t.Parallel()
	f := startFleet(t, setup{closed: true})
	seed, err := os.ReadFile(f.lab.Machine("east").Path(agentFile))
	if err != nil {
		t.Fatal(err)
	}
	f.write(f.lab.Machine("laptop"), "/tmp/agent.nk", string(seed))
	f.makeKey("/tmp/other.key", "laptop")
	const anybody = "LAHJA_NATS=" + outsideURL
	for name, c := range map[string]struct {
		env  []string
		want string
	}{
		"no user":        {[]string{anybody}, "nats: Authorization Violation"},
		"an agent's":     {[]string{anybody, "LAHJA_NATS_CREDS=/tmp/agent.nk", "LAHJA_AGENT_KEY=" + keyFile}, `Permissions Violation for Subscription to "lahja-runs.`},
		"unsigned":       {[]string{anybody, "LAHJA_NATS_CREDS=" + peopleFile}, "the order is not signed"},
		"wrongly signed": {[]string{anybody, "LAHJA_NATS_CREDS=" + peopleFile, "LAHJA_AGENT_KEY=/tmp/other.key"}, "the agent does not trust key"},
	} {
		began := time.Now()
		out := &output{changed: make(chan struct{}, 1)}
		lahja := f.start(f.lab.Machine("laptop"), out, c.env, "run", "--engine", "agents+tcp", brief.Name)
		if err := lahja.Wait(); err == nil || !strings.Contains(unwrapped(out.String()), c.want) {
			t.Errorf("%s, after %v: %v, and there is no %q in\n%s", name, time.Since(began), err, c.want, out)
		}
	}
}

func TestAnAgentThatMayNotListenEnds(t *testing.T) {
	t.Parallel()
	f := startFleet(t, setup{closed: true})
	out := &output{changed: make(chan struct{}, 1)}
	agent := f.start(f.lab.Machine("east"), out, nil, "agent", "--nats", insideURL, "--creds", agentFile, "--id", "west", "--trust-anybody")
	want := `Permissions Violation for Subscription to "lahja-agents.west.`
	if err := agent.Wait(); err == nil || !strings.Contains(out.String(), want) {
		t.Errorf("%v, and there is no %q in\n%s", err, want, out)
	}
}

// unwrapped is text without what lahja has broken into lines.
func unwrapped(text string) string { return strings.Join(strings.Fields(text), " ") }
