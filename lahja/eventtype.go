package lahja

import "reflect"

// EventType names a type of event on the wire. Get one from TypeOf; TypeNamed
// makes one for a type that this program does not have.
type EventType struct {
	// Name is the wire name.
	Name string
	// Shape is a hash over field names and kinds: equal versions of a type have the same. Zero
	// means unknown and fits every version.
	Shape uint64
	// Go is the Go type, nil where it is not known.
	Go reflect.Type
}

func (t EventType) String() string { return t.Name }

// Named is implemented by event types that choose their wire name themselves.
// Types of package main and generic types must, because their Go name
// changes from binary to binary. A type declared in a function, which cannot
// have methods, says its name in the tag of a blank field:
//
//	_ struct{} `event:"clock/tick"`
//
// The method is called on the zero value.
type Named interface{ EventName() string }

// Expects is embedded by a request and names the type of its response:
//
//	type Ping struct {
//		lahja.Expects[Pong]
//		N int
//	}
type Expects[Res any] struct{}

func (Expects[Res]) expects() (zero Res) { return zero }

// Requester is satisfied by every struct that embeds Expects[Res].
type Requester[Res any] interface{ expects() Res }

// TypeNamed is the event type of that wire name, in an unknown version.
func TypeNamed(name string) EventType { return EventType{Name: name} }
