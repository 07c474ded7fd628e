package bench

import (
	"strings"
	"testing"

	"github.com/lahja/go-lahja/tools/internal/exitcode"
)

// TestLeftOut pins that the command names a carrier that is missing, if it would have measured it.
func TestLeftOut(t *testing.T) {
	want := "lahja: nowhere is left out: there is no such system\n"
	if _, stderr, code := invoke(t.Context(), t, "roundtrip", "--events=10", "--rounds=1"); code != exitcode.Passed || stderr != want {
		t.Errorf("got exit code %d and %q, want %d and %q", code, stderr, exitcode.Passed, want)
	}
	for _, o := range []Options{{Measures: []string{Local, Scale}}, {Systems: []string{Lahja}}} {
		if lines := o.leftOut(); len(lines) > 0 {
			t.Errorf("%+v: got %q, want nothing", o, lines)
		}
	}
}

func TestRefusesCarriers(t *testing.T) {
	for _, c := range []struct {
		carrier Carrier
		want    string
	}{
		{Carrier{Name: "half", Serve: serveNATS}, "the carrier \"half\" needs Publish"},
		{natsCarrier, "there already is a system named \"nats\""},
		{Carrier{Name: nowhere}, "there already is a system named \"nowhere\""},
		{Carrier{}, "a carrier needs a name"},
	} {
		func() {
			defer func() {
				if said, _ := recover().(string); !strings.Contains(said, c.want) {
					t.Errorf("got %q, want a panic with %q", said, c.want)
				}
			}()
			Register(c.carrier)
		}()
	}
}

func TestRegister(t *testing.T) {
	before := measures
	measures = append([]measure(nil), before...)
	defer func() { measures = before }()
	added := natsCarrier
	added.Name = "added"
	Register(added)
	for _, c := range must(Plan(Options{Systems: []string{"added"}})) {
		if c.Measure != Fanout && c.Measure != RoundTrip {
			t.Errorf("got %s, want only %s and %s", c, Fanout, RoundTrip)
		}
	}
	if _, err := Plan(Options{Measures: []string{RoundTrip}, Systems: []string{"added"}}); err != nil {
		t.Error(err)
	}
}
