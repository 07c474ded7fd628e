package payload

import (
	"reflect"

	"github.com/lahja/go-lahja/internal/wire"
	"github.com/lahja/go-lahja/lahja/internal/payload/layout"
)

// CodecName is what endpoints name in their hello. It is the only codec: an endpoint refuses a
// peer that names another one.
const CodecName = "cbor"

// Type encodes and decodes the values of one Go type. It never changes.
type Type struct {
	Go reflect.Type
	// Shape is a hash of the type's layout: versions with equal layouts have the same. It is
	// never 0.
	Shape uint64
	// Layout is the encoded layout, which peers compare with theirs. It is nil if it has more
	// than wire.MaxLayout bytes.
	Layout []byte

	layout    layout.Layout
	traits    traits
	fast      fastCodec // nil if only the general codec can encode the type
	cost      *cost
	ownMemory bool // each value is decoded to memory of its own (isolated)
	err       error
}

var types memo[*Type]

// Of returns what is known of t. It fails, and names the field, if a value of t could not be sent
// or would not arrive as it was.
func Of(t reflect.Type) (*Type, error) {
	found := types.get(t, newType)
	if found.err != nil {
		return nil, found.err
	}
	return found, nil
}

func newType(t reflect.Type) *Type {
	nodes, err := layoutOf(t, t.Name())
	if err != nil {
		return &Type{err: err}
	}
	l := nodes.Minimal()
	encoded := l.Encode()
	found := &Type{Go: t, Shape: layout.Hash(encoded), layout: l, traits: traitsOf(t), fast: newFastCodec(t), cost: newCost(t)}
	if len(encoded) <= wire.MaxLayout {
		found.Layout = encoded
	}
	_, plain := found.fast.(*plainCodec)
	found.ownMemory = !plain && !isolated(t)
	return found
}

// SameShape reports whether two shapes may be of one version. Zero is unknown.
func SameShape(a, b uint64) bool { return a == 0 || b == 0 || a == b }
