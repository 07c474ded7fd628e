package drivers

import (
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/lahja/go-lahja/tools/internal/childmark"
)

// source is where a scenario declares something; unknown where it is nil. It is found at
// once and resolved to a file and line only when asked for, since most never are.
type source struct{ *callers }

// callers are the calls that led to something, or where that is known already the place.
type callers struct {
	pcs  [8]uintptr
	n    int
	file string
	line int
}

// packagePath is the import path of this package, followed by a dot in the name
// of each of its functions.
var packagePath = reflect.TypeFor[source]().PkgPath()

// placeless says that places are not looked up, which takes more time than all else of
// building a plan.
var placeless atomic.Bool

// In a process that a subprocess engine started, what is declared in package variables needs no
// place either: SetPlaces tells it.
func init() { placeless.Store(childmark.IsChild()) }

// WithoutPlaces calls build, and has nothing know its place that is made meanwhile in
// this process. It is for a child, which builds the drivers of all its siblings for the
// sake of its own; SetPlaces then tells that one where it stands.
func WithoutPlaces(build func()) {
	placeless.Store(true)
	defer placeless.Store(false)
	build()
}

// callerSource is the place from which this package was called.
func callerSource() source {
	if placeless.Load() {
		return source{}
	}
	var c callers
	c.n = runtime.Callers(3, c.pcs[:])
	return source{&c}
}

// Places returns where the driver and its actions are declared, as "file:line", in an
// order that is the same in every process that builds the driver.
func (d *Driver) Places() []string {
	var all []string
	for _, s := range d.sources() {
		file, line := s.Location()
		all = append(all, fmt.Sprintf("%s:%d", file, line))
	}
	return all
}

// SetPlaces takes what Places returned in another process.
func (d *Driver) SetPlaces(places []string) {
	for i, s := range d.sources() {
		if i >= len(places) {
			return
		}
		colon := strings.LastIndexByte(places[i], ':')
		if line, err := strconv.Atoi(places[i][colon+1:]); err == nil && colon > 0 {
			*s = source{&callers{file: places[i][:colon], line: line}}
		}
	}
}

// sources are those of the driver and of all its actions that have one.
func (d *Driver) sources() []*source {
	all := []*source{&d.source}
	walk(slices.Concat(d.actions, d.restart), func(a Action) {
		if own, ok := ownOf(a); ok {
			all = append(all, &own.source)
		}
	})
	return all
}

// Location returns the file and the line, "" and 0 where unknown.
func (s source) Location() (file string, line int) {
	if s.callers == nil {
		return "", 0
	}
	if s.n == 0 {
		return s.file, s.line
	}
	frames := runtime.CallersFrames(s.pcs[:s.n])
	for {
		frame, more := frames.Next()
		if !strings.HasPrefix(frame.Function, packagePath+".") {
			return frame.File, frame.Line
		}
		if !more {
			return "", 0
		}
	}
}

func (s source) String() string {
	file, line := s.Location()
	if file == "" {
		return ""
	}
	return fmt.Sprintf("%s:%d", ShortPath(file), line)
}

// or returns s where it is known, and other where it is not.
func (s source) or(other source) source {
	if s.callers == nil {
		return other
	}
	return s
}

// workingDir is where the program was when it first needed to know. Whoever reads a report is there.
var workingDir = sync.OnceValues(os.Getwd)

// ShortPath is a file as reports show it: relative to the working directory where it
// is below that, or beside it by at most two folders.
func ShortPath(file string) string {
	wd, err := workingDir()
	if err != nil {
		return file
	}
	rel, err := filepath.Rel(wd, file)
	if err != nil || strings.HasPrefix(rel, "../../../") {
		return file
	}
	return rel
}
