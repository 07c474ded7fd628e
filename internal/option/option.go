// Package option checks the fields of option structs before anything depends on them.
//
// The rules stand in a table, one for each field, so that a test can see that none is
// missing (Uncovered) and that each holds.
package option

import (
	"fmt"
	"math"
	"reflect"
	"slices"
	"sync"
	"time"
)

// Rule says what a field may be. Zero always will do: it is the field's default.
type Rule struct {
	// Field is the name of the field.
	Field string
	// Least and Most bound a number or a duration other than zero. No Most is no bound.
	Least, Most int64
	// Negative says what every negative value means, where that is allowed.
	Negative string
	// Problem says what is wrong with a field that is not a plain number, "" for nothing.
	Problem func(value any) string
	// Any says why the field is not checked.
	Any string
}

// Check returns what is wrong with the first field of options that breaks its rule, with
// the name of the option, its value and its range. It returns "" where nothing is.
func Check(name string, options any, rules []Rule) string {
	v := reflect.Indirect(reflect.ValueOf(options))
	for _, f := range fieldsOf(v.Type()) {
		field := v.FieldByIndex(f.Index)
		if field.IsZero() {
			continue
		}
		at := slices.IndexFunc(rules, func(r Rule) bool { return r.Field == f.Name })
		if at < 0 {
			continue
		}
		if problem := rules[at].check(field); problem != "" {
			return name + "." + f.Name + problem
		}
	}
	return ""
}

// fields are those of each type that was checked. Looking for them takes longer than checking them.
var fields sync.Map // of []reflect.StructField, by reflect.Type

func fieldsOf(t reflect.Type) []reflect.StructField {
	if known, ok := fields.Load(t); ok {
		return known.([]reflect.StructField)
	}
	all := reflect.VisibleFields(t)
	fields.Store(t, all)
	return all
}

func (r Rule) check(v reflect.Value) string {
	switch {
	case r.Any != "" || v.IsZero():
		return ""
	case r.Problem != nil:
		return r.Problem(v.Interface())
	case v.Int() < 0 && r.Negative != "", v.Int() >= r.Least && v.Int() <= r.most():
		return ""
	}
	return fmt.Sprintf(" is %v; want %s", v.Interface(), r.wanted(v.Type()))
}

func (r Rule) most() int64 {
	if r.Most == 0 {
		return math.MaxInt64
	}
	return r.Most
}

// wanted words the range: "1 to 10, or 0 for the default".
func (r Rule) wanted(t reflect.Type) string {
	words := fmt.Sprintf("%v or more", inUnit(r.Least, t))
	if r.Most != 0 {
		words = fmt.Sprintf("%v to %v", inUnit(r.Least, t), inUnit(r.Most, t))
	}
	words += ", or 0 for the default"
	if r.Negative != "" {
		words += ", or a negative value for " + r.Negative
	}
	return words
}

func inUnit(n int64, t reflect.Type) any {
	if t == reflect.TypeFor[time.Duration]() {
		return time.Duration(n)
	}
	return n
}

// Uncovered names the fields of options that have no rule, and the rules that have no
// field.
func Uncovered(options any, rules []Rule) []string {
	var names []string
	for _, field := range fieldsOf(reflect.TypeOf(options)) {
		names = append(names, field.Name)
	}
	var wrong []string
	for _, r := range rules {
		if !slices.Contains(names, r.Field) {
			wrong = append(wrong, r.Field+" (no field)")
		}
	}
	for _, name := range names {
		if !slices.ContainsFunc(rules, func(r Rule) bool { return r.Field == name }) {
			wrong = append(wrong, name+" (no rule)")
		}
	}
	return wrong
}

// NilPointer says that an interface holds a nil pointer, which no code below expects.
func NilPointer(value any) string {
	if v := reflect.ValueOf(value); v.Kind() == reflect.Pointer && v.IsNil() {
		return fmt.Sprintf(" is a nil %T; want a value, or nothing for the default", value)
	}
	return ""
}
