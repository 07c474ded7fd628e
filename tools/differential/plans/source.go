package plans

import (
	"fmt"
	"go/format"
	"strings"
)

const (
	beforeLiteral = "package p\n\nvar _ = []drivers.Scenario{\n"
	afterLiteral  = "}\n"
)

// Source prints the plan as a literal for a table of scenarios in package scenarios, whose types it
// uses. It needs the imports lahja and drivers, and bytes if it uses them.
func (p Plan) Source(name string) string {
	b := p.build(nil)
	var s strings.Builder
	fmt.Fprintf(&s, "{\nName: %q,\nRule: %q,\nDrivers: func(env *drivers.Env) []*drivers.Driver {\n", name, Scenario.Rule)
	for _, slot := range b.slots {
		fmt.Fprintln(&s, slot)
	}
	s.WriteString("return []*drivers.Driver{\n")
	for _, d := range b.drivers {
		initializer := fmt.Sprintf("drivers.RunEndpoint(%q)", d.endpoint.Name)
		if d.endpoint.Serves {
			initializer = fmt.Sprintf("drivers.ServeEndpoint(env.Config(%q))", d.endpoint.Name)
		}
		fmt.Fprintf(&s, "drivers.New(%s", initializer)
		for _, c := range d.actions {
			fmt.Fprintf(&s, ",\n%s", c.source)
		}
		s.WriteString("),\n")
	}
	s.WriteString("}\n},\n},\n")
	formatted, err := format.Source([]byte(beforeLiteral + s.String() + afterLiteral))
	if err != nil {
		return fmt.Sprintf("// not formatted: %v\n%s", err, s.String())
	}
	text := strings.TrimSuffix(strings.TrimPrefix(string(formatted), beforeLiteral), afterLiteral)
	return text
}
