// Package optiontest tests rules of options.
package optiontest

import (
	"errors"
	"fmt"
	"math"
	"reflect"
	"strings"
	"testing"

	"github.com/lahja/go-lahja/internal/option"
)

// Bounded tries a rule with the values around its bounds. zero is the zero value of the
// options, make takes such a value, and refused is the kind of error that it returns for a
// value out of range.
func Bounded(t *testing.T, r option.Rule, zero any, make func(options any) error, refused error) {
	t.Helper()
	field, ok := reflect.TypeOf(zero).FieldByName(r.Field)
	if !ok || r.Any != "" || r.Problem != nil {
		return
	}
	with := func(value int64) error {
		v := reflect.New(reflect.TypeOf(zero)).Elem()
		v.FieldByName(r.Field).SetInt(value)
		return make(v.Interface())
	}
	good, bad := []int64{0, r.Least, max(r.Most, r.Least)}, []int64{}
	if r.Negative != "" {
		good = append(good, -1, math.MinInt64)
	} else {
		bad = append(bad, -1, math.MinInt64)
	}
	if r.Least > 1 {
		bad = append(bad, r.Least-1)
	}
	if r.Most == 0 {
		good = append(good, math.MaxInt64)
	} else {
		bad = append(bad, r.Most+1, math.MaxInt64)
	}
	for _, value := range good {
		if err := with(value); err != nil {
			t.Errorf("%s: %d is refused: %v", r.Field, value, err)
		}
	}
	for _, value := range bad {
		err := with(value)
		if !errors.Is(err, refused) {
			t.Errorf("%s: %d: got %v, want %v", r.Field, value, err, refused)
			continue
		}
		text := err.Error()
		printed := fmt.Sprint(reflect.ValueOf(value).Convert(field.Type).Interface())
		if want := fmt.Sprintf("%s.%s is %s; want ", reflect.TypeOf(zero).Name(), r.Field, printed); !strings.Contains(text, want) {
			t.Errorf("got %q, want %q in it", text, want)
		}
	}
}
