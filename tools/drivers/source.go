package drivers

import (
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"runtime"
	"strings"
)

// source is where a scenario declares something. It is found at once and
// resolved to a file and line only when asked for, since most never are.
type source struct {
	pcs [8]uintptr
	n   int
}

// packagePath is the import path of this package, followed by a dot in the name
// of each of its functions.
var packagePath = reflect.TypeFor[source]().PkgPath()

// callerSource is the place from which this package was called.
func callerSource() source {
	var s source
	s.n = runtime.Callers(3, s.pcs[:])
	return s
}

// Location returns the file and the line, "" and 0 where unknown.
func (s source) Location() (file string, line int) {
	if s.n == 0 {
		return "", 0
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
	if s.n == 0 {
		return other
	}
	return s
}

// ShortPath is a file as reports show it: relative to the working directory where it
// is below that, or beside it by at most two folders.
func ShortPath(file string) string {
	wd, err := os.Getwd()
	if err != nil {
		return file
	}
	rel, err := filepath.Rel(wd, file)
	if err != nil || strings.HasPrefix(rel, "../../../") {
		return file
	}
	return rel
}
