package payload

import (
	"fmt"
	"reflect"
	"testing"
)

// tick, and what it is in other versions of the program.
type (
	versionTick    struct{ N int }
	versionAdded   struct{ N, Extra int }
	versionChanged struct{ N string }
)

func mustOf[T any](t testing.TB) *Type {
	t.Helper()
	known, err := Of(reflect.TypeFor[T]())
	if err != nil {
		t.Fatal(err)
	}
	return known
}

func TestVersionsOfAPeerAreCompared(t *testing.T) {
	own, added, changed := mustOf[versionTick](t), mustOf[versionAdded](t), mustOf[versionChanged](t)
	var v Versions
	for name, theirs := range map[string]*Type{"added": added, "changed": changed, "unknown": changed} {
		if err := v.Keep(name, theirs.Layout); err != nil {
			t.Fatal(err)
		}
	}
	const differs = "field N is int here and string there"
	for _, c := range []struct {
		name   string
		theirs uint64
		want   string
	}{
		{"equal", own.Shape, ""}, {"equal", 0, ""}, {"added", added.Shape, ""}, {"changed", changed.Shape, differs},
		{"changed", added.Shape, undescribed}, {"not described", changed.Shape, undescribed},
	} {
		if got := v.Conflict(c.name, own, c.theirs); got != c.want {
			t.Errorf("%s, shape %x: got %q; want %q", c.name, c.theirs, got, c.want)
		}
	}
	if got := (*Versions)(nil).Conflict("changed", own, changed.Shape); got != undescribed {
		t.Errorf("a peer without descriptions: got %q; want %q", got, undescribed)
	}
	if got := [2]uint64{v.Shape("added"), v.Shape("equal")}; got != [2]uint64{added.Shape, 0} {
		t.Errorf("got the shapes %x; want that of the version, and none", got)
	}
	for i, want := range []string{differs, ""} {
		if got := v.Warning("changed", own); got != want {
			t.Errorf("warning %d: got %q; want %q", i, got, want)
		}
	}
	all := v.Differences(map[string]*Type{"added": own, "changed": own, "equal": own})
	if got, want := fmt.Sprint(all), "[{added false [field Extra is only there]} {changed true ["+differs+"]}]"; got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}

func TestPeerHasOneVersionOfAType(t *testing.T) {
	var v Versions
	layouts := [][]byte{mustOf[versionAdded](t).Layout, mustOf[versionAdded](t).Layout, mustOf[versionChanged](t).Layout, {0xff}}
	for i, fails := range []bool{false, false, true, true} {
		if err := v.Keep("tick", layouts[i]); (err != nil) != fails {
			t.Errorf("description %d: got %v; want an error: %v", i, err, fails)
		}
	}
	if err := v.Keep("malformed", []byte{0xff}); err == nil {
		t.Error("a malformed layout is kept")
	}
}

func TestVersionsHaveABound(t *testing.T) {
	var v Versions
	added := mustOf[versionAdded](t)
	for i := range MaxVersions {
		if err := v.Keep(fmt.Sprint(i), added.Layout); err != nil {
			t.Fatal(err)
		}
		if v.Shape(fmt.Sprint(i)) == 0 {
			if v.bytes > MaxVersions || v.bytes < MaxVersions-1<<10 {
				t.Errorf("it keeps %d bytes; want about %d at most", v.bytes, MaxVersions)
			}
			return
		}
	}
	t.Error("it keeps everything")
}
