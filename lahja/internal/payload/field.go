package payload

import (
	"cmp"
	"fmt"
	"reflect"
	"slices"
	"strconv"
	"strings"
)

// sentField is a field of a struct as it is sent.
type sentField struct {
	// name is the name on the wire. The name of an integer key begins with "#".
	name string
	// path leads from the outermost struct to the field.
	path string
	typ  reflect.Type
	// index is the field's place, for reflect.Type.FieldByIndex.
	index  []int
	tagged bool
}

// sentFields lists the fields of a struct that are sent, sorted by name. It follows the codec:
// exported fields, fields of embedded structs as the struct's own, and names and "-" from the tag
// cbor or else json. It fails if a field would be lost, unless a tag leaves it out.
func sentFields(t reflect.Type, path string) ([]sentField, error) {
	var fields []sentField
	seen := map[reflect.Type]string{}
	for level := []embedded{{t, path, nil}}; len(level) > 0; {
		var next []embedded
		for _, e := range level {
			own, within, err := fieldsOf(e)
			if err != nil {
				return nil, err
			}
			fields, next = append(fields, own...), append(next, within...)
			seen[e.typ] = e.path
		}
		var err error
		if level, err = unseen(next, seen); err != nil {
			return nil, err
		}
	}
	return visible(fields)
}

// embedded is a struct whose fields are sent as those of the struct around it.
type embedded struct {
	typ   reflect.Type
	path  string
	index []int
}

// unseen returns the embedded structs that have fields. It fails if a struct is embedded twice:
// Go and the codec then hide the fields of one of them, or of both.
func unseen(level []embedded, seen map[reflect.Type]string) ([]embedded, error) {
	here := map[reflect.Type]string{}
	var kept []embedded
	for _, e := range level {
		if e.typ.NumField() == 0 {
			continue
		}
		if outer, hidden := seen[e.typ]; hidden {
			return nil, fmt.Errorf("field %s embeds %s, whose fields %s hides, so that they would not be sent; give the field a name", e.path, e.typ, outer)
		}
		if other, twice := here[e.typ]; twice {
			return nil, fmt.Errorf("fields %s and %s both embed %s, so that none of its fields is sent; give one of them a name", other, e.path, e.typ)
		}
		here[e.typ] = e.path
		kept = append(kept, e)
	}
	return kept, nil
}

// fieldsOf returns the fields of one struct that are sent, and the embedded structs whose fields are.
func fieldsOf(e embedded) (fields []sentField, within []embedded, err error) {
	for i := range e.typ.NumField() {
		f := e.typ.Field(i)
		inner, _ := Pointee(f.Type)
		at, index := e.path+"."+f.Name, append(slices.Clone(e.index), i)
		flattened := f.Anonymous && inner.Kind() == reflect.Struct
		tag := tagOf(f)
		name, err := tag.nameOf(f, at)
		switch {
		case tag.skips(), f.Name == "_":
		case !f.IsExported() && !flattened:
			if f.Type.Size() > 0 {
				return nil, nil, fmt.Errorf("field %s is unexported and would not be sent; export it, or leave it out with the tag `cbor:\"-\"`", at)
			}
		case err != nil:
			return nil, nil, err
		case flattened && name == "":
			if err := flattens(f, inner, at); err != nil {
				return nil, nil, err
			}
			within = append(within, embedded{inner, at, index})
		case !f.IsExported():
			return nil, nil, fmt.Errorf("field %s is embedded, unexported and tagged, and cannot be set when it arrives; take the tag off", at)
		default:
			fields = append(fields, sentField{name: cmp.Or(name, f.Name), path: at, typ: f.Type, index: index, tagged: tag.text != ""})
		}
	}
	return fields, within, nil
}

// flattens returns why the fields of an embedded struct cannot be sent as fields of the struct
// around it.
func flattens(f reflect.StructField, inner reflect.Type, at string) error {
	if !f.IsExported() && f.Type.Kind() == reflect.Pointer {
		return fmt.Errorf("field %s embeds a pointer to the unexported %s, which cannot be set when it arrives; embed the struct itself, or export it", at, inner)
	}
	if f.Type.Kind() == reflect.Pointer && inner.NumField() == 0 {
		return fmt.Errorf("field %s embeds a pointer to the empty %s, and whether it is nil would not be sent; embed the struct itself", at, inner)
	}
	if c := codingOf(inner); c.own {
		return fmt.Errorf("field %s embeds %s, which encodes itself and is lost among the fields of its struct; give the field a name (%sValue %s)",
			at, inner, f.Name, f.Type)
	}
	return nil
}

// nameOf returns the field's name on the wire if the tag gives it one.
func (t tag) nameOf(f reflect.StructField, at string) (string, error) {
	if !t.has("keyasint") {
		return t.name, nil
	}
	key, err := strconv.Atoi(cmp.Or(t.name, f.Name))
	if err != nil {
		return "", fmt.Errorf("field %s has the tag keyasint, but its name %q is not an integer", at, cmp.Or(t.name, f.Name))
	}
	return "#" + strconv.Itoa(key), nil
}

// visible sorts the fields by name: the wire knows them by name, so their order does not matter.
// It fails if two have the same name. The codec would send at most one of them: the less nested
// one, or the one with a tag.
func visible(fields []sentField) ([]sentField, error) {
	slices.SortStableFunc(fields, func(a, b sentField) int {
		return cmp.Or(strings.Compare(a.name, b.name), cmp.Compare(len(a.index), len(b.index)), cmp.Compare(untagged(a), untagged(b)))
	})
	for i := 1; i < len(fields); i++ {
		a, b := fields[i-1], fields[i]
		if a.name != b.name {
			continue
		}
		if len(a.index) == len(b.index) && a.tagged == b.tagged {
			return nil, fmt.Errorf("fields %s and %s are both called %q on the wire, so that neither is sent; rename one, by a tag if need be",
				a.path, b.path, a.name)
		}
		return nil, fmt.Errorf("fields %s and %s are both called %q on the wire, so that only the first is sent; rename one, by a tag if need be, "+
			"or leave one out with the tag `cbor:\"-\"`", a.path, b.path, a.name)
	}
	return fields, nil
}

func untagged(f sentField) int {
	if f.tagged {
		return 0
	}
	return 1
}
