package payload

import (
	"cmp"
	"reflect"
	"slices"
	"strings"
)

// tag is the tag of a field, as the codec reads it.
type tag struct {
	text    string
	name    string // on the wire; "" stands for the field's own name
	options []string
}

func tagOf(f reflect.StructField) tag { return parseTag(cmp.Or(f.Tag.Get("cbor"), f.Tag.Get("json"))) }

func parseTag(text string) tag {
	name, options, _ := strings.Cut(text, ",")
	return tag{text, name, strings.Split(options, ",")}
}

// skips reports whether the field is not sent. A name "-" with options is an ordinary name.
func (t tag) skips() bool { return t.text == "-" }

func (t tag) has(option string) bool { return slices.Contains(t.options, option) }

// structHas reports whether a struct has the option, in the tag of its blank field.
func structHas(t reflect.Type, option string) bool {
	blank, ok := t.FieldByName("_")
	return ok && parseTag(blank.Tag.Get("cbor")).has(option)
}
