package natsbus

import (
	"errors"
	"math"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/lahja/go-lahja/internal/option"
	"github.com/lahja/go-lahja/lahja"
)

// TestEveryOptionIsChecked pins that there is a rule for each field, and that numbers
// outside their ranges are refused.
func TestEveryOptionIsChecked(t *testing.T) {
	for _, wrong := range option.Uncovered(Options{}, optionRules) {
		t.Error(wrong)
	}
	for _, r := range optionRules {
		if r.Any != "" || r.Problem != nil {
			continue
		}
		try := func(value int64, ok bool) {
			var o Options
			reflect.ValueOf(&o).Elem().FieldByName(r.Field).SetInt(value)
			_, err := New("a", &o)
			if ok != (err == nil) || !ok && (!errors.Is(err, lahja.ErrInvalid) || !strings.Contains(err.Error(), "natsbus.Options."+r.Field+" is ")) {
				t.Errorf("%s of %d: got %v, want it accepted: %t", r.Field, value, err, ok)
			}
		}
		try(0, true)
		try(-1, r.Negative != "")
		if r.Most != 0 {
			try(r.Most+1, false)
		}
	}
}

func TestOptionsThatCannotBe(t *testing.T) {
	for want, o := range map[string]Options{
		"Options.Bus is \"a..b\"; want tokens":                                {Bus: "a..b"},
		"Options.Bus is \".a\"; want tokens":                                  {Bus: ".a"},
		"Options.Bus is \"a.\"; want tokens":                                  {Bus: "a."},
		"Options.Bus is \"a b\"; want printable":                              {Bus: "a b"},
		"Options.Bus is \"a.*\"; want printable":                              {Bus: "a.*"},
		"Options.Bus is \">\"; want printable":                                {Bus: ">"},
		"Options.Bus is \"\u00e4\"; want printable":                           {Bus: "\u00e4"},
		"Options.Bus is \"$SYS\"; want another":                               {Bus: "$SYS"},
		"Options.Bus has 256 bytes; want 255 or less":                         {Bus: strings.Repeat("b", 256)},
		"Options.Pending is -1; want 1 to":                                    {Pending: -1},
		"Options.Heartbeat is 1ns; want 1ms or more":                          {Heartbeat: 1},
		"Options.Liveness is 10s and Heartbeat 4s; want Liveness to be 3":     {Heartbeat: 4 * time.Second},
		"Options.Liveness is 2s and Heartbeat 1s; want Liveness to be 3":      {Liveness: 2 * time.Second},
		"Options.Liveness is 2562047h47m16.854775807s and Heartbeat 2562047h": {Liveness: math.MaxInt64, Heartbeat: math.MaxInt64},
		"Options.Reconnect.Jitter is NaN; want":                               {Reconnect: &lahja.Backoff{Jitter: math.NaN()}},
	} {
		_, err := New("a", &o)
		if !errors.Is(err, lahja.ErrInvalid) || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want %q in it", err, want)
		}
	}
	for _, bus := range []string{"a", "a.b-c_d", strings.Repeat("b", 255)} {
		if _, err := New("a", &Options{Bus: bus}); err != nil {
			t.Error(err)
		}
	}
}
