// Package eventtype keeps the event types of the process: what each is called on the wire, and
// what encodes its values. A type is described once, at its first use. All functions are safe
// for concurrent use.
package eventtype

import (
	"errors"
	"fmt"
	"maps"
	"reflect"
	"sync"
	"sync/atomic"

	"github.com/lahja/go-lahja/lahja/internal/ordered"
	"github.com/lahja/go-lahja/lahja/internal/payload"
)

// Type is an event type.
type Type struct {
	Name    string // on the wire
	Shape   uint64 // a hash of its fields
	Go      reflect.Type
	Payload *payload.Type
	Size    atomic.Int64 // of the last encoded event: a guess at the size of the next one

	err error // why values of the type cannot be events
}

// The kinds of an Error. Package lahja gives them to users under the same names.
var (
	ErrBind         = errors.New("event is already bound")
	ErrInvalid      = errors.New("invalid argument")
	ErrTypeMismatch = errors.New("event types differ under one name")
)

// Error says why values of a Go type cannot be events.
type Error struct {
	Name   string // on the wire, as far as it has one
	Kind   error
	Detail string
}

func (e *Error) Error() string { return e.Kind.Error() + ": " + e.Detail }

// Bound is an event that was received. Broadcasting it again is a mistake: its Data is the
// event.
type Bound interface {
	// BoundAs returns the wire name of the event's type.
	BoundAs() string
}

// Named chooses its wire name.
type Named interface{ EventName() string }

var types sync.Map // *Type by reflect.Type

// OfValue returns the type of an event, or of what it points to. If it fails, the error is
// an *Error.
func OfValue(event any) (*Type, error) {
	if event == nil {
		return nil, &Error{Kind: ErrInvalid, Detail: "the event is nil; pass a struct or a pointer to one"}
	}
	return Of(reflect.TypeOf(event))
}

// Of is like OfValue, for a Go type.
func Of(t reflect.Type) (*Type, error) {
	d, ok := types.Load(t)
	if !ok {
		d, _ = types.LoadOrStore(t, describe(t))
	}
	found := d.(*Type)
	return found, found.err
}

// NameOf returns the wire name of an event's type, also of a received event's, or "" if it
// has none.
func NameOf(event any) string {
	if data, ok := Dereference(event); ok {
		if bound, ok := data.(Bound); ok {
			return bound.BoundAs()
		}
	}
	t, err := OfValue(event)
	if err != nil {
		return ""
	}
	return t.Name
}

// Dereference follows pointers and returns a copy of what they point at. It reports false
// for a nil pointer.
func Dereference(event any) (any, bool) {
	v := reflect.ValueOf(event)
	if v.Kind() != reflect.Pointer {
		return event, true
	}
	for v.Kind() == reflect.Pointer {
		if v.IsNil() {
			return nil, false
		}
		v = v.Elem()
	}
	return v.Interface(), true
}

func describe(t reflect.Type) *Type {
	t, _ = payload.Pointee(t)
	fail := func(name string, kind error, detail string) *Type {
		return &Type{err: &Error{Name: name, Kind: kind, Detail: detail}}
	}
	if t.Kind() != reflect.Struct {
		return fail("", ErrInvalid, fmt.Sprintf("%s is a %s; events are structs: declare one around it", t, t.Kind()))
	}
	if t.Implements(reflect.TypeFor[Bound]()) {
		return fail("", ErrBind, fmt.Sprintf("%s is a received event; use its Data", t))
	}
	name, err := wireName(t)
	if err != nil {
		return fail("", ErrInvalid, err.Error())
	}
	found, err := payload.Of(t)
	if err != nil {
		return fail(name, ErrInvalid, err.Error())
	}
	if other := names.claim(name, found); other != found {
		return fail(name, ErrTypeMismatch, fmt.Sprintf("%s and %s both have this wire name; "+
			"give one of them another with a method EventName, or a field  _ struct{} `event:\"...\"`  "+
			"(types declared in functions share the name of others of their package, "+
			"and a struct that embeds an event inherits its EventName)", payload.GoName(other.Go), payload.GoName(t)))
	}
	return &Type{Name: name, Shape: found.Shape, Go: t, Payload: found}
}

// registry remembers which type has each wire name.
type registry struct {
	mu    ordered.Mutex[ordered.Leaf]
	types map[string]*payload.Type
}

var names = registry{types: map[string]*payload.Type{}}

// ByName returns the type of that wire name, nil if the process has used none.
func ByName(name string) *payload.Type {
	names.mu.Lock()
	defer names.mu.Unlock()
	return names.types[name]
}

// All returns the types by wire name.
func All() map[string]*payload.Type {
	names.mu.Lock()
	defer names.mu.Unlock()
	return maps.Clone(names.types)
}

// claim gives t the name, unless another type has it. It returns the type that has it.
func (r *registry) claim(name string, t *payload.Type) *payload.Type {
	r.mu.Lock()
	defer r.mu.Unlock()
	if other := r.types[name]; other != nil {
		return other
	}
	r.types[name] = t
	return t
}
