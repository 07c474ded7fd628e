package runner_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/lahja/go-lahja/lahja"
	"github.com/lahja/go-lahja/tools/drivers"
	"github.com/lahja/go-lahja/tools/engine"
	"github.com/lahja/go-lahja/tools/engine/subprocess"
	"github.com/lahja/go-lahja/tools/engine/transports"
	"github.com/lahja/go-lahja/tools/runner"
)

// crowd is many drivers that meet, one of which fails instead once all others wait.
var crowd = drivers.Scenario{
	Name: "cause/crowd", Rule: "one cause is stated once",
	Drivers: func(*drivers.Env) []*drivers.Driver {
		all := []*drivers.Driver{drivers.New(drivers.NoEndpoint("guilty"), drivers.Checkpoint("begin"),
			drivers.Do("fail", func(context.Context, *drivers.Scope) error { return errors.New("the one and only cause") }),
			drivers.Checkpoint("meet"))}
		for i := range 7 {
			all = append(all, drivers.New(drivers.NoEndpoint(fmt.Sprintf("waits%d", i)), drivers.Checkpoint("begin"), drivers.Checkpoint("meet")))
		}
		return all
	},
}

func TestOneCauseIsStatedOnce(t *testing.T) {
	for _, e := range []engine.Engine{engine.OnGoroutines(transports.Memory()), subprocess.On(transports.Unix())} {
		report := (&runner.Runner{Engine: e}).Run(t.Context(), crowd)
		text := report.String()
		if n := strings.Count(text, "the one and only cause"); n != 1 {
			t.Errorf("%s: the cause is stated %d times, want once:\n%s", e.Name(), n, text)
		}
		if n := strings.Count(text, "stopped because of the first failure"); n > 2 {
			t.Errorf("%s: the consequence is stated %d times:\n%s", e.Name(), n, text)
		}
	}
}

// Where an endpoint is misspelt, nothing else is to blame.
func TestOneHintIsGiven(t *testing.T) {
	server := lahja.ConnectionConfig{Name: "sevrer", Address: "nowhere"}
	all := []*drivers.Driver{
		drivers.New(drivers.ServeEndpoint(lahja.ConnectionConfig{Name: "server"}), drivers.WaitUntilConnectedTo("clinet")),
		drivers.New(drivers.RunEndpoint("client"), drivers.ConnectToEndpoints(server), drivers.WaitUntilConnectedTo("sevrer")),
	}
	failed := &engine.Failure{Driver: "client", Action: 1, Message: lahja.ErrNoListener.Error()}
	hints := drivers.Hints(all, failed, func(string) bool { return true })
	if len(hints) != 1 || !strings.Contains(hints[0], `names endpoint "sevrer", which no driver opens (did you mean "server"?)`) {
		t.Errorf("got %q, want one, of what failed", hints)
	}
}
