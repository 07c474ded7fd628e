package readme_test

import (
	"go/ast"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// TestActionTableIsComplete checks the table of what a driver can
// contain against the constructors of package drivers.
func TestActionTableIsComplete(t *testing.T) {
	_, table, ok := strings.Cut(document(t, "docs/writing.md"), "## What a driver can contain\n")
	if !ok {
		t.Fatal("docs/writing.md has no table of what a driver can contain")
	}
	table, _, _ = strings.Cut(table, "\n\nAn action")
	var shown []string
	for _, m := range regexp.MustCompile("`(\\w+)`").FindAllStringSubmatch(table, -1) {
		shown = append(shown, m[1])
	}
	have := constructors(t)
	for _, name := range shown {
		if !slices.Contains(have, name) {
			t.Errorf("docs/writing.md shows %s, which does not exist", name)
		}
	}
	for _, name := range have {
		if !slices.Contains(shown, name) {
			t.Errorf("docs/writing.md does not show %s", name)
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
		if slices.Contains([]string{"Action", "Initializer", "One", "Many", "Serving"}, resultOf(f)) {
			names = append(names, f.Name.Name)
		}
	}
	return names
}

// resultOf is the name of a function's first result type, without its type arguments.
func resultOf(f *ast.FuncDecl) string {
	result := f.Type.Results.List[0].Type
	if star, ok := result.(*ast.StarExpr); ok {
		result = star.X
	}
	if generic, ok := result.(*ast.IndexExpr); ok {
		result = generic.X
	}
	name, ok := result.(*ast.Ident)
	if !ok {
		return ""
	}
	return name.Name
}
