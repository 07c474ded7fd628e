package lahja

import "reflect"

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

func (Expects[Res]) expects() (zero Res) { return zero }

// Requester is implemented by every struct that embeds Expects[Res].
type Requester[Res any] interface{ expects() Res }

// TypeNamed returns the event type with that wire name, in an unknown version.
func TypeNamed(name string) EventType { return EventType{Name: name} }
