package agents_test

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// suite is the package that docs/distributed.md shows.
const suite = "internal/readme/stock"

// session matches a block of commands on a page, with its name.
var session = regexp.MustCompile("(?s)<!-- machines: (\\w+) -->\n```console\n(.*?)```\n")

// typed is a command of the page, and what it prints.
type typed struct{ host, command, prints string }

func sessions(t *testing.T) map[string][]typed {
	t.Helper()
	page, err := os.ReadFile(filepath.Join("..", "..", "..", "docs", "distributed.md"))
	if err != nil {
		t.Fatal(err)
	}
	all := map[string][]typed{}
	for _, m := range session.FindAllStringSubmatch(string(page), -1) {
		var lines []typed
		for line := range strings.Lines(m[2]) {
			if host, command, ok := strings.Cut(line, "$ "); ok && !strings.Contains(host, " ") {
				lines = append(lines, typed{host: host, command: strings.TrimSpace(command)})
			} else {
				lines[len(lines)-1].prints += line
			}
		}
		all[m[1]] = lines
	}
	return all
}

// varying is what differs from run to run.
var varying = regexp.MustCompile(`\d+(\.\d+)?(µs|ms|s)\b|±|\bU[A-Z2-7]{55}\b|\b(east|west)-\d+|host (east|west)|\b\d+( passed| +\.)|\S*stock_test.go`)

// compared is text without what varies, and without where lines are broken.
func compared(text string) string {
	return strings.Join(strings.Fields(varying.ReplaceAllString(text, "~")), " ")
}

// visitor does what the page says.
type visitor struct {
	*fleet
	env []string // what was exported on the laptop
	key string   // the public key, once it is made
}

// TestThePageLeadsToARedTest does on machines what docs/distributed.md shows.
func TestThePageLeadsToARedTest(t *testing.T) {
	if testing.Short() {
		t.Skip("it builds programs")
	}
	t.Parallel()
	all := sessions(t)
	if len(all["first"]) != 7 || len(all["green"]) != 1 || len(all["red"]) != 1 {
		t.Fatalf("the page has the sessions %v", all)
	}
	green, red := buildSuite(t, nil), buildSuite(t, strings.NewReplacer("d.Receives(Stock{Left: 3})", "d.Receives(Stock{Left: 4})"))
	v := &visitor{fleet: newFleet(t, setup{})}
	for _, line := range all["first"] {
		v.enter(t, line)
	}
	v.test(t, all["green"][0], green, true)
	v.test(t, all["red"][0], red, false)
}

// buildSuite builds the test of the page, after changes.
func buildSuite(t *testing.T, changes *strings.Replacer) (file string) {
	t.Helper()
	dir := t.TempDir()
	file = filepath.Join(dir, "suite.test")
	args := []string{"test", "-c", "-o", file}
	if changes != nil {
		source, err := filepath.Abs(filepath.Join("..", "..", "..", suite, "stock_test.go"))
		if err != nil {
			t.Fatal(err)
		}
		text, err := os.ReadFile(source)
		if err != nil {
			t.Fatal(err)
		}
		changed := filepath.Join(dir, "stock_test.go")
		overlay, err := json.Marshal(map[string]map[string]string{"Replace": {source: changed}})
		if err != nil {
			t.Fatal(err)
		}
		for name, text := range map[string][]byte{changed: []byte(changes.Replace(string(text))), filepath.Join(dir, "overlay.json"): overlay} {
			if err := os.WriteFile(name, text, 0o600); err != nil {
				t.Fatal(err)
			}
		}
		args = append(args, "-overlay", filepath.Join(dir, "overlay.json"))
	}
	cmd := exec.Command("go", append(args, "./"+suite)...)
	cmd.Dir = filepath.Join("..", "..", "..")
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	return file
}

// enter does what a line of the first session says.
func (v *visitor) enter(t *testing.T, line typed) {
	t.Helper()
	m, url := v.lab.Machine("laptop"), outsideURL
	if line.host == "east" || line.host == "west" {
		m, url = v.lab.Machine(line.host), insideURL
	}
	text := strings.ReplaceAll(line.command, "nats://hub:4222", url)
	words := strings.Fields(text)
	switch {
	case line.host == "hub":
		v.write(v.lab.Hub(), "/tmp/nats.conf", openServer)
		v.startServer()
		return
	case words[0] == "export":
		v.env = words[1:]
		return
	case words[0] != "lahja":
		t.Fatalf("the test does not know what %q is", line.command)
	}
	if v.key != "" {
		words = strings.Fields(regexp.MustCompile(`\bU[A-Z2-7]{55}\b`).ReplaceAllString(text, v.key))
	}
	if line.prints == "" { // It stays.
		v.agents[line.host] = v.start(m, t.Output(), nil, words[1:]...)
		v.awaitAgentOn(line.host)
		return
	}
	out := &output{changed: make(chan struct{}, 1)}
	if err := v.start(m, out, v.env, words[1:]...).Wait(); err != nil || compared(out.String()) != compared(line.prints) {
		t.Errorf("%s: %v, it prints\n%s\nthe page shows\n%s", line.command, err, out, line.prints)
	}
	if words[1] == "agent" {
		v.key = strings.TrimSpace(out.String())
	}
}

// awaitAgentOn returns when the agent of a machine answers.
func (v *visitor) awaitAgentOn(host string) {
	v.t.Helper()
	conn, err := v.connect("")
	if err != nil {
		v.t.Fatal(err)
	}
	for n := 1; ; n++ {
		for _, a := range awaitAgents(v.t, conn, 1) {
			if a.Host == host {
				return
			}
		}
	}
}

// test runs a test program as go test does.
func (v *visitor) test(t *testing.T, line typed, program string, passes bool) {
	t.Helper()
	m := v.lab.Machine("laptop")
	data, err := os.ReadFile(program)
	if err == nil {
		err = os.WriteFile(m.Path("/tmp/suite.test"), data, 0o755)
	}
	if err != nil {
		t.Fatal(err)
	}
	cmd := m.Command()
	cmd.Path, cmd.Args = "/tmp/suite.test", []string{"/tmp/suite.test"}
	cmd.Env = append(cmd.Env, v.env...)
	cmd.Env = append(cmd.Env, "LAHJA_NATS_BUS="+insideURL)
	out := &output{changed: make(chan struct{}, 1)}
	cmd.Stdout, cmd.Stderr = out, out
	r, err := m.Start(cmd)
	if err != nil {
		t.Fatal(err)
	}
	if err := r.Wait(); (err == nil) != passes {
		t.Errorf("%v, want that it passes: %v\n%s", err, passes, out)
	}
	shown := strings.Split(strings.TrimSuffix(strings.TrimSpace(line.prints), "…"), "…")
	for _, part := range shown {
		if !passes && !strings.Contains(compared(out.String()), compared(part)) {
			t.Errorf("it prints\n%s\nthe page shows\n%s", out, part)
		}
	}
}
