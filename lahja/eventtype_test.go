package lahja

import (
	"errors"
	"math/big"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"strings"
	"sync"
	"testing"
	"time"
)

type typeTick struct{ N int }

type typeNamed struct{ N int }

func (typeNamed) EventName() string { return "clock/named" }

type typePointerNamed struct{ N int }

func (*typePointerNamed) EventName() string { return "clock/pointer-named" }

type typePanics struct{ Name *string }

func (p typePanics) EventName() string { return *p.Name }

type typeGeneric[T any] struct{ V T }

type typeNamedGeneric[T any] struct {
	_ struct{} `event:"clock/generic"`
	V T
}

type typeRequest struct {
	Expects[typeTick]
	N int
}

type typeÜmlaut struct{ N int }

func TestWireNames(t *testing.T) {
	const here = "github.com/lahja/go-lahja/lahja."
	type tagged struct {
		_ struct{} `event:"clock/tagged"`
		N int
	}
	cases := []struct {
		value any
		want  string
	}{
		{typeTick{}, here + "typeTick"},
		{&typeTick{}, here + "typeTick"},
		{(*typeTick)(nil), here + "typeTick"},
		{new(new(typeTick)), here + "typeTick"},
		{typeNamed{}, "clock/named"},
		{typePointerNamed{}, "clock/pointer-named"},
		{&typePointerNamed{}, "clock/pointer-named"},
		{tagged{}, "clock/tagged"},
		{typeNamedGeneric[int]{}, "clock/generic"},
		{typeRequest{}, here + "typeRequest"},
	}
	for _, c := range cases {
		got, err := TypeOfValue(c.value)
		if err != nil {
			t.Errorf("%T: %v", c.value, err)
			continue
		}
		if got.Name != c.want || got.Shape == 0 || got.Go.Kind() != reflect.Struct {
			t.Errorf("%T: got %q, shape %x of %v; want %q, a shape, a struct", c.value, got.Name, got.Shape, got.Go, c.want)
		}
	}
	a, _ := TypeOf[typeTick]()
	b, err := TypeOf[*typeTick]()
	if a != b || err != nil {
		t.Errorf("a pointer's type is %+v, %v; want %+v", b, err, a)
	}
}

// These must be refused: each names the part at fault, and says what to do.
func TestWhatCannotBeAnEvent(t *testing.T) {
	type withChan struct{ Inner struct{ Done chan int } }
	type withFunc struct{ Do map[string][]func() }
	type withComplex struct{ C complex128 }
	type withUintptr struct{ P uintptr }
	type withError struct{ Err error }
	type withPointerKeys struct{ M map[*int]int }
	type keyWithPointerInside struct {
		M map[[2]struct{ P *int }]int
	}
	type withBigFloat struct{ F []*big.Float }
	type ring *ring
	type there **there
	type withRing struct{ Deep []struct{ P ring } }
	type withThere struct{ P map[string]there }
	type withMutex struct {
		N  int
		Mu sync.Mutex
	}
	type onlyHidden struct {
		n int //lint:ignore U1000 the type is refused for it
	}
	type partlyHidden struct {
		N    int
		Deep map[string][]struct{ inner *int }
	}
	type hiddenNumber int //lint:ignore U1000 as onlyHidden
	type embedsHidden struct {
		N            int
		hiddenNumber //lint:ignore U1000 as onlyHidden
	}
	type sameName struct {
		A int `cbor:"x"`
		B int `json:"x"`
	}
	type badKey struct {
		A int `cbor:"a,keyasint"`
	}
	type Inner struct{ N int }
	type hidden struct{ N int }
	type left struct{ Inner }
	type right struct{ Inner }
	type diamond struct {
		left
		right
	}
	type pointsToHidden struct{ *hidden }
	type outer struct {
		Inner
		N string
	}
	type tagWins struct {
		A int `cbor:"B"`
		B int
	}
	type twiceEmbedded struct {
		Inner
		left
	}
	type Itself struct {
		N int
		*Itself
	}
	type Empty struct{}
	type pointsToEmpty struct{ *Empty }
	type indefinite struct {
		_ struct{} `cbor:",toindefarray"`
		N int
	}
	type emptyTag struct {
		_ struct{} `event:""`
		N int
	}
	type longTag struct {
		_ struct{} `event:"0123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890123456789012345"`
		N int
	}
	cases := []struct {
		value any
		says  []string
	}{
		{nil, []string{"nil"}},
		{5, []string{"int", "declare one around"}},
		{[]typeTick{}, []string{"slice"}},
		{struct{ N int }{}, []string{"no name", "EventName"}},
		{typeGeneric[int]{}, []string{"generic", "EventName"}},
		{typePanics{}, []string{"panicked", "zero value"}},
		{typeÜmlaut{}, []string{"printable ASCII", "EventName"}},
		{emptyTag{}, []string{"0 bytes"}},
		{longTag{}, []string{"1 to 255"}},
		{withChan{}, []string{"withChan.Inner.Done", "chan int", `cbor:"-"`}},
		{withFunc{}, []string{"withFunc.Do[][]", "func()"}},
		{withComplex{}, []string{"withComplex.C"}},
		{withUintptr{}, []string{"withUintptr.P"}},
		{withError{}, []string{"withError.Err", "interface error"}},
		{withPointerKeys{}, []string{"withPointerKeys.M", "keys"}},
		{keyWithPointerInside{}, []string{"keyWithPointerInside.M", "keys"}},
		{withBigFloat{}, []string{"withBigFloat.F[]", "64 bits", "big.Rat"}},
		{withRing{}, []string{"withRing.Deep[].P", "nothing but pointers"}},
		{withThere{}, []string{"withThere.P[]", "nothing but pointers"}},
		{ring(nil), []string{"declare one around"}},
		{withMutex{}, []string{"withMutex.Mu", "unexported"}},
		{onlyHidden{}, []string{"onlyHidden.n", "export"}},
		{partlyHidden{}, []string{"partlyHidden.Deep[][].inner", "export", `cbor:"-"`}},
		{embedsHidden{}, []string{"embedsHidden.hiddenNumber", "export"}},
		{outer{}, []string{"outer.N", "outer.Inner.N", "rename"}},
		{tagWins{}, []string{"tagWins.A", "tagWins.B", "rename"}},
		{twiceEmbedded{}, []string{"twiceEmbedded.left.Inner", "twiceEmbedded.Inner hides", "give the field a name"}},
		{Itself{}, []string{"Itself.Itself", "give the field a name"}},
		{pointsToEmpty{}, []string{"pointsToEmpty.Empty", "embed the struct itself"}},
		{sameName{}, []string{"sameName.A", "sameName.B", `"x"`}},
		{badKey{}, []string{"badKey.A", "integer"}},
		{diamond{}, []string{"diamond.left.Inner", "diamond.right.Inner"}},
		{pointsToHidden{}, []string{"pointsToHidden.hidden", "pointer"}},
		{indefinite{}, []string{"toarray"}},
	}
	for _, c := range cases {
		_, err := TypeOfValue(c.value)
		var e *Error
		if !errors.Is(err, ErrInvalid) || !errors.As(err, &e) {
			t.Errorf("%T: got %v; want ErrInvalid", c.value, err)
			continue
		}
		for _, want := range c.says {
			if !strings.Contains(err.Error(), want) {
				t.Errorf("%T: got %q; want it to say %q", c.value, err, want)
			}
		}
	}
	if _, err := TypeOf[error](); !errors.Is(err, ErrInvalid) {
		t.Errorf("error: got %v; want ErrInvalid", err)
	}
	if _, err := TypeOf[Event[typeTick]](); !errors.Is(err, ErrBind) {
		t.Errorf("a received event: got %v; want ErrBind", err)
	}
}

// tiny has marshallers that the compiler inlines into those promoted from it.
type tiny struct{ N int }

func (t tiny) MarshalText() ([]byte, error)  { return nil, nil }
func (t *tiny) UnmarshalText(b []byte) error { return nil }

type cborOnly struct{ N int }

func (*cborOnly) UnmarshalCBOR([]byte) error { return nil }

type embedsTime struct {
	time.Time
	N int
}
type embedsTimeLater struct {
	N int
	time.Time
}
type embedsTimePointer struct {
	N int
	*time.Time
}
type embedsTagged struct {
	N         int
	time.Time `cbor:"t"`
}
type embedsTiny struct {
	tiny
	M int
}
type embedsDeep struct {
	embedsTiny
	L int
}
type embedsUnmarshaller struct {
	cborOnly
	M int
}
type embedsTwo struct {
	time.Time
	netip.Addr
}
type containsEmbedder struct{ Inner []embedsTime }
type marshalsOnly struct{ At halfText }

type halfText struct{ N int }

func (halfText) MarshalText() ([]byte, error) { return nil, nil }

func TestPromotedMarshallersAreRefused(t *testing.T) {
	for _, c := range []struct {
		value any
		says  []string
	}{
		{embedsTime{}, []string{"time.Time", "MarshalBinary", "TimeValue"}},
		{embedsTimeLater{}, []string{"time.Time", "MarshalBinary"}},
		{embedsTimePointer{}, []string{"time.Time", "MarshalBinary"}},
		{embedsTagged{}, []string{"time.Time", "MarshalBinary"}},
		{embedsTiny{}, []string{"tiny", "MarshalText"}},
		{embedsDeep{}, []string{"embedsTiny", "MarshalText"}},
		{embedsUnmarshaller{}, []string{"cborOnly", "UnmarshalCBOR"}},
		{embedsTwo{}, []string{"embedsTwo.Time", "give the field a name"}},
		{containsEmbedder{}, []string{"containsEmbedder.Inner[]", "time.Time"}},
		{marshalsOnly{}, []string{"marshalsOnly.At", "no UnmarshalText"}},
	} {
		_, err := TypeOfValue(c.value)
		if !errors.Is(err, ErrInvalid) {
			t.Errorf("%T: got %v; want ErrInvalid", c.value, err)
			continue
		}
		for _, want := range c.says {
			if !strings.Contains(err.Error(), want) {
				t.Errorf("%T: got %q; want it to say %q", c.value, err, want)
			}
		}
	}
}

type declaresItsOwn struct {
	time.Time
	N int
}

func (d declaresItsOwn) MarshalText() ([]byte, error)   { return d.Time.MarshalText() }
func (d declaresItsOwn) MarshalBinary() ([]byte, error) { return d.Time.MarshalBinary() }
func (d *declaresItsOwn) UnmarshalBinary([]byte) error  { return nil }

type declaresOnPointer struct {
	*tiny
	N int
}

func (d *declaresOnPointer) MarshalText() ([]byte, error) { return nil, nil }
func (d *declaresOnPointer) UnmarshalText([]byte) error   { return nil }

func TestWhatMayBeAnEvent(t *testing.T) {
	type plain struct{ X int }
	type everything struct {
		Expects[typeTick]
		plain
		_       struct{}
		hidden  chan int `cbor:"-"` //lint:ignore U1000 what is left out is not encoded
		nothing struct{} //lint:ignore U1000 there is nothing to encode
		Skipped chan int `cbor:"-"`
		At      time.Time
		Big     *big.Int
		Addr    netip.Addr
		Any     any
		Bytes   []byte
		Grid    [3][2]float32
		By      map[string]*plain
		Empty   struct{}
	}
	for _, v := range []any{everything{}, declaresItsOwn{}, declaresOnPointer{}, typeRequest{}, struct {
		_ struct{} `event:"test/nothing"`
	}{}} {
		if _, err := TypeOfValue(v); err != nil {
			t.Errorf("%T: %v", v, err)
		}
	}
}

func TestTwoTypesOfOneNameAreRefused(t *testing.T) {
	first := func() any {
		type local struct{ A int }
		return local{}
	}()
	second := func() any {
		type local struct{ B string }
		return local{}
	}()
	if _, err := TypeOfValue(first); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		_, err := TypeOfValue(second)
		var e *Error
		if !errors.Is(err, ErrTypeMismatch) || !errors.As(err, &e) || !strings.Contains(e.Detail, "lahja.local") {
			t.Errorf("got %v; want ErrTypeMismatch that names the types", err)
		}
	}
	if _, err := TypeOfValue(first); err != nil {
		t.Errorf("the first of the name suffers: %v", err)
	}
	if _, err := TypeOf[typeNamedGeneric[string]](); err != nil {
		// Another test may have used it with int; one of both is refused.
		if !errors.Is(err, ErrTypeMismatch) {
			t.Error(err)
		}
	}
}

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
		found, err := shapeOf(reflect.TypeOf(v))
		if err != nil {
			t.Fatalf("%T: %v", v, err)
		}
		s := found.hash
		if s == 0 {
			t.Errorf("%T has shape 0", v)
		}
		return s
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
	if _, err := shapeOf(typ); err != nil {
		t.Error(err)
	}
}

func TestLookingATypeUpDoesNotAllocate(t *testing.T) {
	v := any(&typeTick{})
	if got := testing.AllocsPerRun(100, func() { TypeOfValue(v); TypeOf[typeTick]() }); got != 0 {
		t.Errorf("got %v allocations; want 0", got)
	}
}

func TestConcurrentFirstUse(t *testing.T) {
	type once struct{ N int }
	var all sync.WaitGroup
	for range 16 {
		all.Go(func() {
			if _, err := TypeOf[once](); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
}

// A type of package main must be refused in the command, in its test, and in its
// external test.
func TestTypesOfPackageMainAreRefused(t *testing.T) {
	if testing.Short() {
		t.Skip("it builds a command")
	}
	dir, err := os.MkdirTemp("testdata", "main")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	const program = `package main

import (
	"errors"
	"fmt"

	"github.com/lahja/go-lahja/lahja"
)

type Ping struct{ N int }

type Named struct {
	_ struct{} ` + "`event:\"test/named\"`" + `
	N int
}

func refused() error {
	if _, err := lahja.TypeOf[Ping](); !errors.Is(err, lahja.ErrInvalid) {
		return fmt.Errorf("Ping: got %v; want ErrInvalid", err)
	}
	_, err := lahja.TypeOf[Named]()
	return err
}

func main() {
	if err := refused(); err != nil {
		panic(err)
	}
}
`
	const test = `package main

import "testing"

func TestRefused(t *testing.T) {
	if err := refused(); err != nil {
		t.Fatal(err)
	}
}
`
	for name, text := range map[string]string{"main.go": program, "main_test.go": test} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for _, args := range [][]string{{"run", "./" + dir}, {"test", "./" + dir}} {
		if out, err := exec.Command("go", args...).CombinedOutput(); err != nil {
			t.Errorf("go %s: %v\n%s", args[0], err, out)
		}
	}
}
