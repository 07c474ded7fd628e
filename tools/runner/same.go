package runner

import (
	"fmt"
	"log/slog"
	"reflect"
	"runtime"
	"slices"

	"github.com/lahja/go-lahja/lahja"
	"github.com/lahja/go-lahja/tools/engine"
)

// SameEngine tells whether two engines of one name run drivers the same way, as far
// as one can see: by their types, their fields, and the lines on which their functions
// stand. Where drivers are processes, only their backends count.
func SameEngine(a, b engine.Engine) bool {
	x, isX := subprocess(a)
	y, isY := subprocess(b)
	if isX && isY {
		return same(x.Backends, y.Backends)
	}
	return same(a, b)
}

// sameForChildren is SameEngine but for what children are told.
func sameForChildren(a, b engine.Engine) bool {
	x, isX := subprocess(a)
	y, isY := subprocess(b)
	if isX && isY {
		return same(withoutParams(x.Backends), withoutParams(y.Backends))
	}
	g, isG := a.(engine.Goroutine)
	h, isH := b.(engine.Goroutine)
	if isG && isH {
		return same(withoutParams([]engine.Backend{g.Backend}), withoutParams([]engine.Backend{h.Backend}))
	}
	return same(a, b)
}

func withoutParams(all []engine.Backend) []engine.Backend {
	all = slices.Clone(all)
	for i, b := range all {
		if told, ok := b.(engine.WithParams); ok {
			all[i] = told.WithoutParams()
		}
	}
	return all
}

func same(a, b any) bool {
	return make(comparison).same(reflect.ValueOf(a), reflect.ValueOf(b))
}

// comparison holds the pairs of pointers that are compared already, as values may
// hold themselves.
type comparison map[[2]uintptr]bool

// watchers only look on: with another one an engine is the same.
var watchers = map[reflect.Type]bool{reflect.TypeFor[*slog.Logger](): true, reflect.TypeFor[lahja.Observer](): true}

func (c comparison) same(a, b reflect.Value) bool {
	if !a.IsValid() || !b.IsValid() {
		return a.IsValid() == b.IsValid()
	}
	if a.Type() != b.Type() {
		return false
	}
	if pkg := a.Type().PkgPath(); pkg == "sync" || pkg == "sync/atomic" || watchers[a.Type()] {
		return true // It is no setting.
	}
	switch a.Kind() {
	case reflect.Func:
		return declared(a) == declared(b)
	case reflect.Pointer:
		return c.samePointers(a, b)
	case reflect.Interface:
		return c.same(a.Elem(), b.Elem())
	case reflect.Struct:
		return each(a.NumField(), func(i int) bool { return c.same(a.Field(i), b.Field(i)) })
	case reflect.Slice, reflect.Array:
		return a.Len() == b.Len() && each(a.Len(), func(i int) bool { return c.same(a.Index(i), b.Index(i)) })
	case reflect.Map:
		keys := a.MapKeys()
		return a.Len() == b.Len() && each(len(keys), func(i int) bool { return c.same(a.MapIndex(keys[i]), b.MapIndex(keys[i])) })
	case reflect.Chan, reflect.UnsafePointer:
		return true // What is made anew each time says nothing.
	}
	return a.Equal(b)
}

func (c comparison) samePointers(a, b reflect.Value) bool {
	pair := [2]uintptr{a.Pointer(), b.Pointer()}
	if pair[0] == pair[1] || c[pair] {
		return true
	}
	c[pair] = true
	return c.same(a.Elem(), b.Elem())
}

func each(n int, holds func(i int) bool) bool {
	for i := range n {
		if !holds(i) {
			return false
		}
	}
	return true
}

// declared is the line on which a function stands. Its code would not do: the
// compiler may make a copy wherever the function that declares it is inlined.
func declared(function reflect.Value) string {
	if function.IsNil() {
		return ""
	}
	f := runtime.FuncForPC(function.Pointer())
	if f == nil {
		return ""
	}
	file, line := f.FileLine(f.Entry())
	return fmt.Sprintf("%s:%d", file, line)
}
