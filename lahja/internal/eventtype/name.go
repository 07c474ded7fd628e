package eventtype

import (
	"fmt"
	"reflect"
	"strings"

	"github.com/lahja/go-lahja/internal/brief"
)

// maxName is the most bytes that a wire name may have; frames have room for no more.
const maxName = 255

// nameTag is the tag of the blank field in which a type gives its own name.
const nameTag = "event"

// wireName returns the name that t chose itself, or else its import path and name. A tag
// takes precedence over a method, which may be promoted from an embedded type.
func wireName(t reflect.Type) (string, error) {
	name, own, err := ownName(t)
	if err != nil {
		return "", err
	}
	if !own {
		if why := nameless(t); why != "" {
			return "", fmt.Errorf("%s %s; give it a wire name of its own: a method  func (%s) EventName() string , "+
				"or a field  _ struct{} `event:\"...\"`", t, why, methodReceiver(t))
		}
		name = t.PkgPath() + "." + t.Name()
	}
	if len(name) == 0 || len(name) > maxName {
		return "", fmt.Errorf("the wire name of %s has %d bytes; it has 1 to %d", t, len(name), maxName)
	}
	if i := brief.Unprintable(name); i >= 0 {
		return "", fmt.Errorf("the wire name %q of %s has byte %#02x at %d; names are printable ASCII: give it one of its own with a method EventName",
			name, t, name[i], i)
	}
	return name, nil
}

// nameless returns why the Go name of t cannot go on the wire, or "" if it can.
//
// A type of package main has the path "main" in a command, but the import path of its
// directory under go test, which alone builds it as a library. But reflect's String always
// begins with the package's name, and no other package that can be imported is called main.
//
// nameless does not detect types declared in functions, because reflection cannot tell them
// from others. The registry of names refuses two types of one name.
func nameless(t reflect.Type) string {
	switch {
	case t.Name() == "":
		return "has no name"
	case strings.Contains(t.Name(), "["):
		return "is generic, and what its name says of its arguments changes from binary to binary"
	case strings.HasPrefix(t.String(), "main."):
		return "is of package main, whose path changes from binary to binary"
	}
	return ""
}

func methodReceiver(t reflect.Type) string {
	name, _, generic := strings.Cut(t.Name(), "[")
	if generic {
		name += "[...]"
	}
	return name
}

func ownName(t reflect.Type) (name string, own bool, err error) {
	for i := range t.NumField() {
		if f := t.Field(i); f.Name == "_" {
			if name, own := f.Tag.Lookup(nameTag); own {
				return name, true, nil
			}
		}
	}
	named, ok := reflect.New(t).Interface().(Named)
	if !ok {
		return "", false, nil
	}
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("EventName of %s panicked on the zero value: %v", t, p)
		}
	}()
	return named.EventName(), true, nil
}
