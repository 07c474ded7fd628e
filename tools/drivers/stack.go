package drivers

import (
	"fmt"
	"path"
	"strconv"
	"strings"
)

// maxCallers is how many callers of a panic are shown: more are a recursion.
const maxCallers = 8

// PanicPlace says where in the user's code a panic began, and who called that: the
// frames of a stack (debug.Stack) that are neither the framework's nor Go's. Where there
// are none it is the first frames that are not Go's.
func PanicPlace(stack []byte) string {
	frames := parseStack(string(stack))
	shown := keep(frames, func(f stackFrame) bool { return !isGo(f.function) && !isFramework(f.function) })
	if len(shown) == 0 {
		shown = keep(frames, func(f stackFrame) bool { return !isGo(f.function) })
	}
	var lines []string
	for i, f := range shown {
		switch {
		case i == 0:
			lines = append(lines, "panic at "+f.place)
		case i > maxCallers:
			return strings.Join(append(lines, fmt.Sprintf("and %d more callers", len(shown)-i)), "\n")
		default:
			lines = append(lines, fmt.Sprintf("called from %s (%s)", f.place, path.Base(f.function)))
		}
	}
	return strings.Join(lines, "\n")
}

// stackFrame is one function of a stack, with the file and line where it was.
type stackFrame struct{ function, place string }

// parseStack reads the frames beneath the panic, the innermost first. Where none is
// under way it is all of them.
func parseStack(stack string) []stackFrame {
	var frames []stackFrame
	lines := strings.Split(stack, "\n")
	for i := 1; i+1 < len(lines); i++ {
		place, ok := strings.CutPrefix(lines[i+1], "\t")
		if !ok {
			continue
		}
		function := lines[i]
		i++
		if strings.HasPrefix(function, "created by ") {
			break
		}
		if at := strings.LastIndexByte(function, '('); at > 0 {
			function = function[:at]
		}
		if function == "panic" {
			frames = nil // The frames above recover.
			continue
		}
		place, _, _ = strings.Cut(place, " +0x")
		if at := strings.LastIndexByte(place, ':'); at > 0 {
			if line, err := strconv.Atoi(place[at+1:]); err == nil {
				place = fmt.Sprintf("%s:%d", ShortPath(place[:at]), line)
			}
		}
		frames = append(frames, stackFrame{function, place})
	}
	return frames
}

// keep is the frames for which is holds.
func keep(frames []stackFrame, is func(stackFrame) bool) []stackFrame {
	var kept []stackFrame
	for _, f := range frames {
		if is(f) {
			kept = append(kept, f)
		}
	}
	return kept
}

// isGo reports whether a function is one of Go itself, or of the libraries that assert.
func isGo(function string) bool {
	for _, prefix := range []string{"runtime.", "runtime/", "reflect.", "testing.", "internal/", "github.com/onsi/gomega"} {
		if strings.HasPrefix(function, prefix) {
			return true
		}
	}
	return false
}

// modulePath is the path of this module.
var modulePath = strings.TrimSuffix(packagePath, "/tools/drivers")

// isFramework reports whether a function is of a package that stands between drivers
// and their functions.
func isFramework(function string) bool {
	own, ok := strings.CutPrefix(function, modulePath+"/")
	if !ok {
		return false
	}
	for _, prefix := range []string{"lahja.", "lahja/", "internal/", "tools/drivers.", "tools/engine.", "tools/runner.", "tools/conform.", "tools/ginkgorunner."} {
		if strings.HasPrefix(own, prefix) {
			return true
		}
	}
	return false
}
