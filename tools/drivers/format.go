package drivers

import (
	"fmt"
	"reflect"
	"strings"
	"time"

	"github.com/lahja/go-lahja/lahja"
)

// formatArg prints an argument of an action as it would stand in the source.
func formatArg(v any) string {
	switch v := v.(type) {
	case nil:
		return "nil"
	case rawText:
		return string(v)
	case string:
		return fmt.Sprintf("%q", v)
	case time.Duration:
		return v.String()
	case lahja.BroadcastConfig:
		return formatConfig(v)
	case error:
		return fmt.Sprintf("%q", v.Error())
	case fmt.Stringer:
		return v.String()
	}
	t := reflect.TypeOf(v)
	switch t.Kind() {
	case reflect.Func:
		return "func"
	case reflect.Pointer:
		if p := reflect.ValueOf(v); !p.IsNil() {
			return "&" + formatArg(p.Elem().Interface())
		}
		return "nil"
	case reflect.Struct:
		text := fmt.Sprintf("%+v", shortened(reflect.ValueOf(v)))
		text = strings.ReplaceAll(strings.ReplaceAll(text, "Expects:{} ", ""), "{Expects:{}}", "{}") // It has no data.
		return shortName(t) + limit(text, maxArg)
	}
	return limit(fmt.Sprintf("%v", v), maxArg)
}

// maxArg is how many bytes of an argument are printed.
const maxArg = 200

// shortened copies a struct with its long texts and lists cut, as a payload of
// megabytes is not to be printed in full just to be cut then.
func shortened(v reflect.Value) any {
	short := reflect.New(v.Type()).Elem()
	short.Set(v)
	for i := range short.NumField() {
		f := short.Field(i)
		switch kind := f.Kind(); {
		case !f.CanSet():
		case kind == reflect.String && f.Len() > maxArg:
			f.SetString(f.String()[:maxArg])
		case kind == reflect.Slice && f.Len() > maxArg:
			f.Set(f.Slice(0, maxArg))
		}
	}
	return short.Interface()
}

// rawText prints as it stands.
type rawText string

// formatConfig shows the fields that are set.
func formatConfig(c lahja.BroadcastConfig) string {
	var set []string
	if c.FilterEndpoints != nil {
		set = append(set, fmt.Sprintf("FilterEndpoints:%v", c.FilterEndpoints))
	}
	if !c.FilterEventID.IsZero() {
		set = append(set, "FilterEventID:…")
	}
	if c.Headers != nil {
		set = append(set, limit(fmt.Sprintf("Headers:%q", c.Headers), maxArg))
	}
	if c.Internal {
		set = append(set, "Internal")
	}
	if c.AllowNoSubscribers {
		set = append(set, "AllowNoSubscribers")
	}
	if c.NoWait {
		set = append(set, "NoWait")
	}
	return "BroadcastConfig{" + strings.Join(set, " ") + "}"
}

// shortName is the name of a type without its package.
func shortName(t reflect.Type) string {
	if t.Kind() == reflect.Pointer {
		return "*" + shortName(t.Elem())
	}
	name := t.String()
	if bracket := strings.IndexByte(name, '['); bracket >= 0 {
		return name[strings.LastIndexByte(name[:bracket], '.')+1:]
	}
	return name[strings.LastIndexByte(name, '.')+1:]
}

func nameOf[T any]() string { return shortName(reflect.TypeFor[T]()) }

// generic is the name of a generic action: WaitFor[Tick].
func generic[T any](name string) string { return name + "[" + nameOf[T]() + "]" }

func limit(s string, n int) string {
	if len(s) <= n {
		return s
	}
	return s[:n] + "…"
}
