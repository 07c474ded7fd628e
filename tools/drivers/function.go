package drivers

import (
	"fmt"
	"path/filepath"
	"reflect"
	"runtime"
	"strings"
)

// function is one that an action is given.
type function struct {
	pc  uintptr
	use use
}

// use is what an action does with a function.
type use int

const (
	// called: the action calls it, and it may do anything.
	called use = iota
	// handles: bus handlers call it later.
	handles
	// computes: it has no means to do anything but return a value.
	computes
)

// calling notes a function that the action calls.
func (a *action) calling(fn any) *action { return a.given(fn, called) }

// given notes a function that the action is given.
func (a *action) given(fn any, use use) *action {
	if v := reflect.ValueOf(fn); !v.IsNil() {
		a.functions = append(a.functions, function{v.Pointer(), use})
	}
	return a
}

// String is the name and the line of the function, which are the same in every process.
func (f function) String() string {
	known := runtime.FuncForPC(f.pc)
	if known == nil {
		return "unknown function"
	}
	file, line := known.FileLine(known.Entry())
	return fmt.Sprintf("%s %s:%d", known.Name(), file, line)
}

// isOurs reports whether the function is one of this package's, such as a slot's Save, and
// so does nothing that the plan does not show. A closure is named after its caller where
// the function that makes it was inlined, but keeps its file.
func (f function) isOurs() bool {
	known := runtime.FuncForPC(f.pc)
	if known == nil {
		return false
	}
	file, _ := known.FileLine(known.Entry())
	return strings.HasPrefix(known.Name(), packagePath+".") ||
		filepath.Dir(file) == ownFolder && !strings.HasSuffix(file, "_test.go")
}

// ownFolder is the folder of this package's source.
var ownFolder = func() string {
	_, file, _, _ := runtime.Caller(0)
	return filepath.Dir(file)
}()
