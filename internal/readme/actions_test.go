package readme_test

import (
	"go/ast"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// TestActionTableIsComplete checks the README's table of what a
// driver can contain against the constructors of package drivers.
func TestActionTableIsComplete(t *testing.T) {
	_, table, ok := strings.Cut(readme(t), "What a driver can contain:\n")
	if !ok {
		t.Fatal("README.md has no table of what a driver can contain")
	}
	table, _, _ = strings.Cut(table, "\n\nWhen")
	var shown []string
	for _, m := range regexp.MustCompile("`(\\w+)`").FindAllStringSubmatch(table, -1) {
		shown = append(shown, m[1])
	}
	have := constructors(t)
	for _, name := range shown {
		if !slices.Contains(have, name) {
			t.Errorf("README.md shows %s, which does not exist", name)
		}
	}
	for _, name := range have {
		if !slices.Contains(shown, name) {
			t.Errorf("README.md does not show %s", name)
		}
	}
}

// constructors lists the exported functions of package drivers that return an Action or an
// Initializer.
func constructors(t *testing.T) []string {
	t.Helper()
	var names []string
	for _, declaration := range declarations(t, "tools/drivers") {
		f, ok := declaration.(*ast.FuncDecl)
		if !ok || f.Recv != nil || !f.Name.IsExported() || f.Type.Results == nil {
			continue
		}
		result, ok := f.Type.Results.List[0].Type.(*ast.Ident)
		if ok && (result.Name == "Action" || result.Name == "Initializer") {
			names = append(names, f.Name.Name)
		}
	}
	return names
}
