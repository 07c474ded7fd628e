package drivers_test

import (
	"strings"
	"testing"

	"github.com/lahja/go-lahja/lahja"
	d "github.com/lahja/go-lahja/tools/drivers"
	"github.com/lahja/go-lahja/tools/engine"
)

func TestHints(t *testing.T) {
	server := lahja.ConnectionConfig{Name: "server"}
	for name, c := range map[string]struct {
		action d.Action
		want   string
	}{
		"misspelt":        {d.WaitUntilConnectedTo("clinet"), `names endpoint "clinet", which no driver opens (did you mean "client"?)`},
		"does not listen": {d.ConnectToEndpoints(lahja.ConnectionConfig{Name: "client"}), `connects to "client", which does not listen`},
		"is there":        {d.ConnectToEndpoints(server), ""},
		"a stranger":      {d.WaitUntilConnectedTo("stranger"), ""},
		"beneath throws":  {d.Throws(d.WaitUntilConnectedTo("clinet"), lahja.ErrLifecycle), ""},
	} {
		t.Run(name, func(t *testing.T) {
			hints := d.Hints([]*d.Driver{d.New(d.ServeEndpoint(server)), d.New(d.RunEndpoint("client")),
				d.New(d.NoEndpoint("stranger")), d.New(d.NoEndpoint("asks"), c.action)}, &engine.Failure{}, nil)
			if got := strings.Join(hints, "\n"); c.want == "" && got != "" || !strings.Contains(got, c.want) {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
}
