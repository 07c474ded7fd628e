package lahja

import (
	"fmt"
	"maps"
	"reflect"
	"sync"
	"sync/atomic"

	"github.com/lahja/go-lahja/lahja/internal/ordered"
	"github.com/lahja/go-lahja/lahja/internal/payload"
)

// TypeOf returns the event type of T, a struct or a pointer to one. It checks T once. It returns
// ErrInvalid if T needs a wire name of its own and has none (see Named), or if a field at any
// depth cannot be sent or would be lost: channels and functions, unexported fields, and fields that
// another field of the same name hides. The error names the field and says how to fix it. The tag
// `cbor:"-"` leaves a field out. A type with a marshaller of its own (MarshalCBOR, MarshalBinary
// or MarshalText) may have any fields. Two Go types with one wire name are ErrTypeMismatch.
func TypeOf[T any]() (EventType, error) {
	d, err := typeOf(reflect.TypeFor[T]())
	if err != nil {
		return EventType{}, err
	}
	return d.EventType, nil
}

// TypeOfValue is like TypeOf, for the type of v.
func TypeOfValue(v any) (EventType, error) {
	d, err := typeOfValue(v)
	if err != nil {
		return EventType{}, err
	}
	return d.EventType, nil
}

// description is what this process knows about an event type.
type description struct {
	EventType
	payload *payload.Type
	size    atomic.Int64 // of the last encoded event: a guess at the size of the next one
	err     error        // why values of the type cannot be events
}

// descriptions maps every Go type that was looked up to its *description.
var descriptions sync.Map

func typeOfValue(v any) (*description, error) {
	if v == nil {
		return nil, &Error{Op: "type of", Kind: ErrInvalid, Detail: "the event is nil; pass a struct or a pointer to one"}
	}
	return typeOf(reflect.TypeOf(v))
}

func typeOf(t reflect.Type) (*description, error) {
	d, ok := descriptions.Load(t)
	if !ok {
		// Two goroutines may both examine a type; the results are equal.
		d, _ = descriptions.LoadOrStore(t, newDescription(t))
	}
	found := d.(*description)
	return found, found.err
}

func newDescription(t reflect.Type) *description {
	t, _ = payload.Pointee(t)
	fail := func(name string, kind error, detail string) *description {
		return &description{err: &Error{Op: "type of", Event: name, Kind: kind, Detail: detail}}
	}
	if t.Kind() != reflect.Struct {
		return fail("", ErrInvalid, fmt.Sprintf("%s is a %s; events are structs: declare one around it", t, t.Kind()))
	}
	if bound := reflect.TypeFor[alreadyBound](); t.Implements(bound) {
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
	return &description{EventType: EventType{Name: name, Shape: found.Shape, Go: t}, payload: found}
}

// nameRegistry reserves each wire name for one Go type of this process.
type nameRegistry struct {
	mu    ordered.Mutex[ordered.Leaf]
	types map[string]*payload.Type
}

var names = nameRegistry{types: map[string]*payload.Type{}}

// get returns the type registered under name, or nil.
func (r *nameRegistry) get(name string) *payload.Type {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.types[name]
}

// all returns all types by name.
func (r *nameRegistry) all() map[string]*payload.Type {
	r.mu.Lock()
	defer r.mu.Unlock()
	return maps.Clone(r.types)
}

// claim registers t under name unless another type has it, and returns the type that has
// it.
func (r *nameRegistry) claim(name string, t *payload.Type) *payload.Type {
	r.mu.Lock()
	defer r.mu.Unlock()
	if other := r.types[name]; other != nil {
		return other
	}
	r.types[name] = t
	return t
}
