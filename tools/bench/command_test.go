package bench

import (
	"context"
	"encoding/xml"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/alecthomas/kong"

	"github.com/lahja/go-lahja/tools/internal/exitcode"
)

// invoke runs the command line and returns what it printed and its exit code.
func invoke(ctx context.Context, t *testing.T, args ...string) (stdout, stderr string, code int) {
	t.Helper()
	c := NewCommand()
	parser, err := kong.New(c, kong.Exit(func(int) {}))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := parser.Parse(args); err != nil {
		return "", err.Error(), exitcode.Usage
	}
	var out, errs strings.Builder
	code = c.Run(ctx, &out, &errs)
	return out.String(), errs.String(), code
}

func TestBadFlags(t *testing.T) {
	// The context has ended, so nothing is measured even if a flag is wrongly accepted.
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	for args, want := range map[string]string{
		"--payload=-1":                "a payload of -1 bytes: want 0 to 16776192",
		"--payload=16777216":          "a payload of 16777216 bytes: want 0 to 16776192",
		"--payload=x":                 "--payload",
		"--consumers=0":               "--consumers 0: want at least 1",
		"--consumers=1001":            "1001 consumers: want 1 to 1000",
		"--events=0":                  "send at least 1",
		"--events=-5":                 "send at least 1",
		"--rounds=0":                  "measure at least once",
		"--throttle=0":                "more than 0 events a second",
		"--throttle=NaN":              "more than 0 events a second",
		"--system=natz":               `no system is named "natz"; there are lahja, limit, writeperframe, nats, channels, natsbus`,
		"--system=nowhere":            "nowhere cannot be measured here: there is no such system",
		"--measure=fanuot":            `no measure is named "fanuot"; there are fanout, roundtrip, local, scenario, idle, bridge, scale`,
		"fanuot":                      `no measure is named "fanuot"`,
		"roundtrip idle --throttle=5": "throttle: only fanout, local, bridge take it, and you chose none of them (roundtrip, idle): choose one",
		"scenario scale --throttle=5": "throttle: only fanout, local, bridge take it, and you chose none of them (scenario, scale): choose one",
		"roundtrip --consumers=2":     "consumers: only fanout, local, bridge take it, and you chose none of them (roundtrip): choose one",
		"idle --payload=0":            "payload: only fanout, roundtrip, local, bridge take it, and you chose none of them (idle): choose one",
		"--measure=scale --events=7":  "events: only fanout, roundtrip, local, scenario, bridge take it, and you chose none of them (scale): choose one",
		"local --borrow":              "borrow: only fanout, roundtrip, bridge take it, and you chose none of them (local): choose one",
		"idle --system=nats":          "nothing to measure: no measure chosen (idle) has a system chosen (nats)",
		"--plot=figures.png":          "a name that ends in .svg",
		"--cpuprofile=/dev/null":      "--cpuprofile",
		"--cpuprofile=/dev/null/":     "--cpuprofile",
	} {
		if _, stderr, code := invoke(ctx, t, strings.Fields(args)...); code != exitcode.Usage || !strings.Contains(stderr, want) {
			t.Errorf("%s: got exit code %d and %q, want %q", args, code, stderr, want)
		}
	}
}

// TestFlagsOfSomeMeasures pins that a flag is accepted if one of the named measures takes it, or
// if none is named, and that its help names the measures.
func TestFlagsOfSomeMeasures(t *testing.T) {
	parser, err := kong.New(NewCommand())
	if err != nil {
		t.Fatal(err)
	}
	help := map[string]string{}
	for _, flag := range parser.Model.Flags {
		help[flag.Name] = flag.Help
	}
	all := Options{Payload: pointer(1), Consumers: 2, Events: 3, Throttle: 4, Borrow: true}
	for _, s := range settings {
		if want := "(" + strings.Join(taking(s.free), ", "); !s.given(all) || s.given(Options{}) || !strings.Contains(help[s.name], want) {
			t.Errorf("--%s: want it to be told whether it is given, and %q in its help, %q", s.name, want, help[s.name])
		}
	}
	for _, measures := range [][]string{nil, {Idle, Fanout}, {Scale, RoundTrip, Local}} {
		all.Measures = measures
		if _, err := Plan(all); err != nil {
			t.Errorf("%v: got %v, want no error", measures, err)
		}
	}
}

func TestCommand(t *testing.T) {
	plot := filepath.Join(t.TempDir(), "figures.svg")
	args := []string{"local", "--events=100", "--consumers=2", "--rounds=1", "--plot=" + plot}
	stdout, stderr, code := invoke(t.Context(), t, args...)
	if code != exitcode.Passed || stderr != "" || !strings.Contains(stdout, "local x2 100 B  channels") {
		t.Errorf("got exit code %d, %q and\n%s", code, stderr, stdout)
	}
	drawn, err := os.ReadFile(plot)
	if err != nil || xml.Unmarshal(drawn, new(struct{})) != nil {
		t.Errorf("got %v and\n%s", err, drawn)
	}
	stdout, stderr, code = invoke(t.Context(), t, append(args, "--json", "--plot="+filepath.Join(t.TempDir(), "gone", "figures.svg"))...)
	if lines := strings.Count(stdout, "\n"); code != exitcode.Failed || lines != 2 || !strings.Contains(stderr, "no such file") {
		t.Errorf("got exit code %d, %q and\n%s", code, stderr, stdout)
	}
}

// full is a writer whose disk is full.
type full struct{}

func (full) Write([]byte) (int, error) { return 0, errors.New("no space left on device") }

func TestFullDisk(t *testing.T) {
	for _, c := range []Command{{JSON: true}, {}} {
		events := 10
		c.Named, c.System, c.Events, c.Rounds = []string{Local}, []string{Channels}, &events, 1
		var stderr strings.Builder
		if code := c.Run(t.Context(), full{}, &stderr); code != exitcode.Failed || !strings.Contains(stderr.String(), "no space left") {
			t.Errorf("got exit code %d and %q", code, &stderr)
		}
	}
}

func TestInterrupted(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, stderr, code := invoke(ctx, t, "local"); code != exitcode.Interrupted || !strings.Contains(stderr, "interrupted") {
		t.Errorf("got exit code %d and %q", code, stderr)
	}
}
