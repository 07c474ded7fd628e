package lahja

import (
	"cmp"
	"fmt"
	"reflect"
	"slices"
	"strconv"
	"strings"
)

// sentField is a field of a struct as the codec sends it.
type sentField struct {
	// name is the field's name on the wire; an integer key's has a "#" before
	// it.
	name string
	// path leads from the outermost struct to the field.
	path string
	typ  reflect.Type
	// index is the field's place, as of reflect.Type.FieldByIndex.
	index  []int
	tagged bool
}

// sentFields lists the fields that the codec sends of a struct, by name. It
// follows the codec: exported fields, those of embedded structs as the struct's
// own, names and "-" by the tag cbor or else json; of one name the least
// nested goes. Where fields would be lost, it fails.
func sentFields(t reflect.Type, path string) ([]sentField, error) {
	var fields []sentField
	var hidden string // a field that is not sent because it is unexported
	seen := map[reflect.Type]bool{}
	for level := []embedded{{t, path, nil}}; len(level) > 0; {
		var next []embedded
		for _, e := range level {
			own, within, unexported, err := fieldsOf(e)
			if err != nil {
				return nil, err
			}
			fields, next = append(fields, own...), append(next, within...)
			hidden = cmp.Or(hidden, unexported)
			seen[e.typ] = true
		}
		var err error
		if level, err = unseen(next, seen); err != nil {
			return nil, err
		}
	}
	if len(fields) == 0 && hidden != "" {
		return nil, fmt.Errorf("field %s is unexported, and so are all others of %s: nothing of it would be sent; "+
			"export what should arrive, or leave the struct out with the tag `cbor:\"-\"`", hidden, t)
	}
	return visible(fields)
}

// embedded is a struct whose fields are sent as those of the struct around it.
type embedded struct {
	typ   reflect.Type
	path  string
	index []int
}

// unseen leaves out what is embedded less deep already. What is embedded twice
// equally deep loses its fields, in Go as in the codec.
func unseen(level []embedded, seen map[reflect.Type]bool) ([]embedded, error) {
	here := map[reflect.Type]string{}
	var kept []embedded
	for _, e := range level {
		if seen[e.typ] || e.typ.NumField() == 0 {
			continue
		}
		if other, twice := here[e.typ]; twice {
			return nil, fmt.Errorf("fields %s and %s both embed %s, so that none of its fields is sent; give one of them a name", other, e.path, e.typ)
		}
		here[e.typ] = e.path
		kept = append(kept, e)
	}
	return kept, nil
}

// fieldsOf sorts the fields of one struct into those that are sent, those whose
// own fields are, and one that is not because it is unexported.
func fieldsOf(e embedded) (fields []sentField, within []embedded, hidden string, err error) {
	for i := range e.typ.NumField() {
		f := e.typ.Field(i)
		inner := f.Type
		for inner.Kind() == reflect.Pointer && inner.Elem() != inner {
			inner = inner.Elem()
		}
		at, index := e.path+"."+f.Name, append(slices.Clone(e.index), i)
		flattened := f.Anonymous && inner.Kind() == reflect.Struct
		if !f.IsExported() && !flattened {
			if f.Name != "_" {
				hidden = at
			}
			continue
		}
		sent, skip, err := tagOf(f, at)
		switch {
		case err != nil:
			return nil, nil, "", err
		case skip:
		case flattened && sent.name == "":
			if err := flattens(f, inner, at); err != nil {
				return nil, nil, "", err
			}
			within = append(within, embedded{inner, at, index})
		case !f.IsExported():
			return nil, nil, "", fmt.Errorf("field %s is embedded, unexported and tagged, and cannot be set when it arrives; take the tag off", at)
		default:
			sent.name = cmp.Or(sent.name, f.Name)
			sent.path, sent.typ, sent.index = at, f.Type, index
			fields = append(fields, sent)
		}
	}
	return fields, within, hidden, nil
}

// flattens tells whether the fields of an embedded struct can be sent as those
// of the struct around it.
func flattens(f reflect.StructField, inner reflect.Type, at string) error {
	if !f.IsExported() && f.Type.Kind() == reflect.Pointer {
		return fmt.Errorf("field %s embeds a pointer to the unexported %s, which cannot be set when it arrives; embed the struct itself, or export it", at, inner)
	}
	if c := codingOf(inner); c.own {
		return fmt.Errorf("field %s embeds %s, which encodes itself and is lost among the fields of its struct; give the field a name (%sValue %s)",
			at, inner, f.Name, f.Type)
	}
	return nil
}

// tagOf reads what the field's tag says: its name on the wire if it gives one,
// or that the field is not sent.
func tagOf(f reflect.StructField, at string) (field sentField, skip bool, err error) {
	tag := cmp.Or(f.Tag.Get("cbor"), f.Tag.Get("json"))
	if tag == "-" {
		return sentField{}, true, nil
	}
	name, options, _ := strings.Cut(tag, ",")
	if slices.Contains(strings.Split(options, ","), "keyasint") {
		key, err := strconv.Atoi(cmp.Or(name, f.Name))
		if err != nil {
			return sentField{}, false, fmt.Errorf("field %s has the tag keyasint, but its name %q is no integer", at, cmp.Or(name, f.Name))
		}
		name = "#" + strconv.Itoa(key)
	}
	return sentField{name: name, tagged: tag != ""}, false, nil
}

// visible keeps of every name the least nested field, a tagged one before
// others, and sorts by name: that is how the wire knows them, so that the order
// of fields does not matter.
func visible(fields []sentField) ([]sentField, error) {
	slices.SortStableFunc(fields, func(a, b sentField) int {
		tags := 0
		if a.tagged != b.tagged {
			tags = 1
			if a.tagged {
				tags = -1
			}
		}
		return cmp.Or(strings.Compare(a.name, b.name), cmp.Compare(len(a.index), len(b.index)), tags)
	})
	kept := fields[:0]
	for i, f := range fields {
		if i > 0 && len(kept) > 0 && kept[len(kept)-1].name == f.name {
			first := kept[len(kept)-1]
			if len(first.index) == len(f.index) && first.tagged == f.tagged {
				return nil, fmt.Errorf("fields %s and %s are both called %q on the wire, so that neither is sent; rename one, by a tag if need be",
					first.path, f.path, f.name)
			}
			continue
		}
		kept = append(kept, f)
	}
	return kept, nil
}
