package payload

import (
	"math/big"
	"net/netip"
	"reflect"
	"strings"
	"sync"
	"testing"
	"time"
)

// Each refusal names the field at fault, and says what to do.
func TestWhatCannotBeSent(t *testing.T) {
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
	for _, c := range []struct {
		value any
		says  []string
	}{
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
	} {
		refuses(t, c.value, c.says)
	}
}

// refuses checks that Of refuses the type of value, and what the error says.
func refuses(t *testing.T, value any, says []string) {
	t.Helper()
	_, err := Of(reflect.TypeOf(value))
	if err == nil {
		t.Errorf("%T: it is accepted; want an error that says %q", value, says)
		return
	}
	for _, want := range says {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("%T: got %q; want it to say %q", value, err, want)
		}
	}
}

func TestWhatCanBeSent(t *testing.T) {
	type plain struct{ X int }
	type everything struct {
		Expects[codecPoint]
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
	for _, v := range []any{everything{}, declaresItsOwn{}, declaresOnPointer{}, struct{}{}} {
		if _, err := Of(reflect.TypeOf(v)); err != nil {
			t.Errorf("%T: %v", v, err)
		}
	}
}
