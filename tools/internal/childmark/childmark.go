// Package childmark knows a process that a subprocess engine started to run one driver. It
// depends on little, so that it is initialised before the packages that ask it.
package childmark

import (
	"os"
	"strings"

	"github.com/lahja/go-lahja/tools/internal/childproc"
)

const (
	// Env marks a child in its environment; the value is the name of its scenario.
	Env = "LAHJA_CHILD"
	// Arg begins the last argument of a child, which names its driver for ps and
	// debuggers.
	Arg = "lahja-driver="
	// QuietRace has a child that checks for races not wait for a second at its end.
	QuietRace = "atexit_sleep_ms=0"
)

// Scenario is the scenario of a child, "" in any other process.
var Scenario = take()

// IsChild reports whether this process was started to run one driver.
func IsChild() bool { return Scenario != "" }

// take removes all that makes this process a child from what programs inherit that
// its driver starts: they are ordinary ones. It does so before any other code of the
// program runs.
func take() string {
	scenario := os.Getenv(Env)
	if scenario == "" {
		return ""
	}
	_ = os.Unsetenv(Env) // It fails only for invalid names.
	if race := strings.TrimSpace(strings.TrimSuffix(os.Getenv("GORACE"), QuietRace)); race != "" {
		_ = os.Setenv("GORACE", race)
	} else {
		_ = os.Unsetenv("GORACE")
	}
	childproc.Shield()
	childproc.ShieldRing()
	if last := len(os.Args) - 1; last > 0 && strings.HasPrefix(os.Args[last], Arg) {
		os.Args = os.Args[:last]
	}
	return scenario
}
