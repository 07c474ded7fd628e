package agents_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/alecthomas/kong"

	"github.com/lahja/go-lahja/tools/engine/agents"
)

// TestExamplesStartAnAgentThatTrustsSomebody reads the command lines of examples/agent.
func TestExamplesStartAnAgentThatTrustsSomebody(t *testing.T) {
	for name, start := range map[string]string{"lahja-agent.service": "ExecStart=/usr/local/bin/lahja agent ", "Containerfile": " lahja-agent --id "} {
		text, err := os.ReadFile(filepath.Join("..", "..", "..", "examples", "agent", name))
		if err != nil {
			t.Fatal(err)
		}
		_, line, ok := strings.Cut(string(text), start)
		if !ok {
			t.Fatalf("%s does not start an agent", name)
		}
		line, _, _ = strings.Cut(line, "\n")
		if name == "Containerfile" {
			line = "--id " + line
		}
		c := agents.NewAgentCommand()
		parser, err := kong.New(c)
		if err == nil {
			_, err = parser.Parse(strings.Fields(line))
		}
		if err != nil || len(c.Trust) != 1 || c.ID == "" || c.Creds == "" || c.AllowRoot {
			t.Errorf("%s starts %+v: %v", name, c, err)
		}
	}
}
