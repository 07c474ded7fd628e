package payload

import (
	"math/big"
	"reflect"
	"testing"
	"time"
)

func TestShapes(t *testing.T) {
	type point struct{ X, Y int }
	type same struct{ X, Y int }
	type list struct {
		V    int
		Next *list
	}
	type list2 struct {
		V    int
		Next *list2
	}
	type embeds struct{ point }
	shape := func(v any) uint64 {
		found, err := Of(reflect.TypeOf(v))
		if err != nil {
			t.Fatalf("%T: %v", v, err)
		}
		if found.Shape == 0 {
			t.Errorf("%T has shape 0", v)
		}
		return found.Shape
	}
	equal := [][2]any{
		{point{}, same{}},
		{point{}, struct{ Y, X int }{}},
		{point{}, struct {
			X, Y int
			z    int `cbor:"-"`
			W    int `json:"-"`
		}{}},
		{point{}, struct {
			A int `cbor:"X"`
			B int `json:"Y,omitempty"`
		}{}},
		{point{}, embeds{}},
		{point{}, struct {
			_    struct{} `cbor:"toarray"` // a name, and no option
			X, Y int
		}{}},
		{list{}, list2{}},
		{struct{ A, B point }{}, struct {
			A point
			B same
		}{}},
		{struct{ A, B list }{}, struct {
			A list
			B list2
		}{}},
	}
	for _, c := range equal {
		if shape(c[0]) != shape(c[1]) {
			t.Errorf("%T and %T have different shapes", c[0], c[1])
		}
	}
	different := []any{
		struct{}{}, point{}, list{}, struct{ X int }{}, struct{ X, Z int }{}, struct{ X, Y int8 }{}, struct{ X, Y string }{},
		struct{ X, Y *int }{}, struct{ X, Y []int }{}, struct{ X, Y [1]int }{}, struct{ X, Y [2]int }{}, struct{ X, Y any }{},
		struct{ X, Y map[string]int }{}, struct{ X, Y map[int]string }{}, struct{ X, Y time.Time }{}, struct{ X, Y big.Int }{},
		struct{ X, Y point }{}, struct{ X, Y list }{}, struct{ XY int }{},
		struct {
			_    struct{} `cbor:",toarray"`
			X, Y int
		}{},
		struct {
			_ struct{} `cbor:",toarray"`
			Y int
			X int
		}{},
		struct {
			X int `cbor:"1,keyasint"`
		}{},
		struct {
			X int `cbor:"1"`
		}{},
		struct {
			X int `cbor:"-,"`
		}{},
	}
	seen := map[uint64]any{}
	for _, v := range different {
		s := shape(v)
		if other, ok := seen[s]; ok {
			t.Errorf("%T and %T have one shape", other, v)
		}
		seen[s] = v
	}
}

type typePair[T any] struct{ A, B []T }

type typePair4[T any] struct {
	typePair[typePair[typePair[typePair[T]]]]
}

func TestTheShapeOfWideTypesIsQuick(t *testing.T) {
	type wide = typePair4[typePair4[typePair4[typePair4[typePair4[typePair4[typePair4[typePair4[int]]]]]]]]
	typ := reflect.TypeFor[wide]() // 2^32 paths
	if _, err := layoutOf(typ, ""); err != nil {
		t.Error(err)
	}
}
