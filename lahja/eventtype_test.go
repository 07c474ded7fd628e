package lahja

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"strings"
	"sync"
	"testing"
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
	type ring *ring
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
		{ring(nil), []string{"declare one around"}},
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
