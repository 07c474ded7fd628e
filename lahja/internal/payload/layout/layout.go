// Package layout describes how the values of a type are laid out on the wire, so that two programs
// can compare their versions of an event type. It knows nothing of Go types, connections or
// endpoints.
//
// A Layout is a graph: a node for each distinct type, and edges to the parts of the type. A graph
// takes space linear in the types, while a list of all paths can take exponential space. It
// describes recursive types as they are.
package layout

import (
	"fmt"
	"hash/fnv"
)

// Kind is the kind of type that a node stands for.
type Kind byte

// The kinds. Zero is none. The numbers are part of the encoding.
const (
	Bool Kind = iota + 1
	Int
	Int8
	Int16
	Int32
	Int64
	Uint
	Uint8
	Uint16
	Uint32
	Uint64
	Float32
	Float64
	String
	// Any holds a value of any type.
	Any
	// Own is a type that encodes itself; only its Name is known.
	Own
	// Pointer, Slice and Array hold Elem; an Array has Len of them.
	Pointer
	Slice
	Array
	// Map holds Elem by Key.
	Map
	// Struct is fields by name.
	Struct
	// Tuple is fields by position.
	Tuple
)

var kindNames = [...]string{Bool: "bool", Int: "int", Int8: "int8", Int16: "int16", Int32: "int32", Int64: "int64",
	Uint: "uint", Uint8: "uint8", Uint16: "uint16", Uint32: "uint32", Uint64: "uint64",
	Float32: "float32", Float64: "float64", String: "string", Any: "any", Own: "own", Pointer: "pointer",
	Slice: "slice", Array: "array", Map: "map", Struct: "struct", Tuple: "tuple"}

func (k Kind) valid() bool { return k >= Bool && k <= Tuple }

func (k Kind) String() string {
	if k.valid() {
		return kindNames[k]
	}
	return fmt.Sprintf("kind %d", byte(k))
}

// Basic returns the kind that has the name of a Go kind: "int", "string".
func Basic(name string) (Kind, bool) {
	for k := Bool; k <= String; k++ {
		if kindNames[k] == name {
			return k, true
		}
	}
	return 0, false
}

// Layout is the nodes of a type. The first one is the type itself. Nodes refer to others by index.
type Layout []Node

// Node is one type.
type Node struct {
	Kind Kind
	// Name is the name of an Own type.
	Name string
	// Len is the length of an Array.
	Len int
	// Key and Elem are the parts of a Map. Elem is the part of a Pointer, a Slice or an Array.
	Key, Elem int
	// Fields are those of a Struct, sorted by name, or of a Tuple, in their order.
	Fields []Field
}

// Field is a field of a Struct or a Tuple.
type Field struct {
	// Name is the name on the wire.
	Name string
	Node int
}

// children returns the nodes to which n refers, in order.
func (n *Node) children() []int {
	switch n.Kind {
	case Pointer, Slice, Array:
		return []int{n.Elem}
	case Map:
		return []int{n.Key, n.Elem}
	case Struct, Tuple:
		all := make([]int, len(n.Fields))
		for i, f := range n.Fields {
			all[i] = f.Node
		}
		return all
	}
	return nil
}

// withChildren returns n with references to other nodes.
func (n Node) withChildren(children []int) Node {
	switch n.Kind {
	case Pointer, Slice, Array:
		n.Elem = children[0]
	case Map:
		n.Key, n.Elem = children[0], children[1]
	case Struct, Tuple:
		if len(n.Fields) == 0 {
			break
		}
		fields := make([]Field, len(n.Fields))
		for i, f := range n.Fields {
			fields[i] = Field{f.Name, children[i]}
		}
		n.Fields = fields
	}
	return n
}

// Hash returns a hash of an encoded layout. It is never 0.
func Hash(encoded []byte) uint64 {
	h := fnv.New64a()
	_, _ = h.Write(encoded) // never fails
	return max(h.Sum64(), 1)
}
