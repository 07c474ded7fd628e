package lahja

import (
	"errors"
	"reflect"

	"github.com/lahja/go-lahja/lahja/internal/eventtype"
)

// EventType names a type of event on the wire. TypeOf returns one. TypeNamed makes one for
// a type that this program does not have.
type EventType struct {
	// Name is the wire name.
	Name string
	// Shape is a hash of field names and kinds. Equal versions of a type have the same
	// Shape. Zero means unknown and fits every version.
	Shape uint64
	// Go is the Go type, nil if it is not known.
	Go reflect.Type
}

func (t EventType) String() string { return t.Name }

// Named is implemented by event types that choose their own wire name. Types of package
// main and generic types must, because their Go name changes from binary to binary. A type
// declared in a function cannot have methods, so it gives its name in the tag of a blank
// field:
//
//	_ struct{} `event:"clock/tick"`
//
// The bus calls EventName on the zero value.
type Named interface{ EventName() string }

// Expects names the type of a request's response. Embed it in the request:
//
//	type Ping struct {
//		lahja.Expects[Pong]
//		N int
//	}
type Expects[Res any] struct{}

func (Expects[Res]) mustEmbedExpects() (zero Res) { return zero }

// Requester is implemented by every struct that embeds Expects[Res].
type Requester[Res any] interface{ mustEmbedExpects() Res }

// TypeNamed returns the event type with that wire name, in an unknown version.
func TypeNamed(name string) EventType { return EventType{Name: name} }

// TypeOf returns the event type of T, a struct or a pointer to one. It checks T once. It returns
// ErrInvalid if T needs a wire name of its own and has none (see Named), or if a field at any
// depth cannot be sent or would be lost: channels and functions, unexported fields, and fields that
// another field of the same name hides. The error names the field and says how to fix it. The tag
// `cbor:"-"` leaves a field out. A type with a marshaller of its own (MarshalCBOR, MarshalBinary
// or MarshalText) may have any fields. Two Go types with one wire name are ErrTypeMismatch.
func TypeOf[T any]() (EventType, error) { return found(eventtype.Of(reflect.TypeFor[T]())) }

// TypeOfValue is like TypeOf, for the type of v.
func TypeOfValue(v any) (EventType, error) { return found(eventtype.OfValue(v)) }

func found(t *eventtype.Type, err error) (EventType, error) {
	if why, ok := errors.AsType[*eventtype.Error](err); ok {
		return EventType{}, &Error{Op: "type of", Event: why.Name, Kind: why.Kind, Detail: why.Detail}
	}
	return EventType{Name: t.Name, Shape: t.Shape, Go: t.Go}, nil
}
