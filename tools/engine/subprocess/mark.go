package subprocess

import (
	"fmt"
	"os"
	"strings"

	"github.com/lahja/go-lahja/tools/engine"
	"github.com/lahja/go-lahja/tools/internal/childproc"
)

const (
	// childEnv marks a child in its environment; the value is childDepth.
	childEnv   = "LAHJA_CHILD"
	childDepth = "1"
	// childArg begins the last argument of a child, which names its driver for ps and
	// debuggers.
	childArg = "lahja-driver="
	// quietRace has a child that checks for races not wait for a second at its end.
	quietRace = "atexit_sleep_ms=0"
)

// mark is what childEnv held when this process began; empty in all but children.
var mark = takeMark()

// IsChild reports whether this process was started to run one driver.
func IsChild() bool { return mark != "" }

// takeMark removes all that makes this process a child from what programs inherit that
// its driver starts: they are ordinary ones. It does so before any other code of the
// program runs.
func takeMark() string {
	value := os.Getenv(childEnv)
	if value == "" {
		return ""
	}
	_ = os.Unsetenv(childEnv) // It fails only for invalid names.
	if race := strings.TrimSpace(strings.TrimSuffix(os.Getenv("GORACE"), quietRace)); race != "" {
		_ = os.Setenv("GORACE", race)
	} else {
		_ = os.Unsetenv("GORACE")
	}
	if value == childDepth {
		childproc.Shield()
	}
	if last := len(os.Args) - 1; last > 0 && strings.HasPrefix(os.Args[last], childArg) {
		os.Args = os.Args[:last]
	}
	return value
}

// markArg is the last argument of a child.
func markArg(driver, scenario string) string {
	return engine.Printable(fmt.Sprintf("%s%s,scenario=%s", childArg, driver, scenario))
}
