package readme_test

import (
	"go/ast"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// originalNames heads the table of the original's names in docs/differences.md.
const originalNames = "## Every name of the original"

// goName matches a name of one of these packages.
var goName = regexp.MustCompile("`((?:lahja|p2p|core|inspect|natsbus|drivers|engine|subprocess|runner)\\.[A-Z][\\w.]*)`")

// packages are where the packages of goName lie.
var packages = map[string]string{"lahja": "lahja", "p2p": "lahja/p2p", "core": "lahja/core", "inspect": "lahja/inspect", "natsbus": "lahja/natsbus", "drivers": "tools/drivers", "engine": "tools/engine",
	"subprocess": "tools/engine/subprocess", "runner": "tools/runner"}

// TestEveryNameOfTheOriginalHasAPlace checks that the table has a row for each name that the
// original documents, with what takes its place or with the reason why nothing does, and
// that the Go names in it exist.
func TestEveryNameOfTheOriginalHasAPlace(t *testing.T) {
	page, err := os.ReadFile(filepath.Join(root, "docs/differences.md"))
	if err != nil {
		t.Fatal(err)
	}
	_, table, ok := strings.Cut(string(page), originalNames)
	if !ok {
		t.Fatalf("there is no %q", originalNames)
	}
	exists := map[string]bool{}
	for name, folder := range packages {
		exported(t, name, folder, exists)
	}
	for _, m := range goName.FindAllStringSubmatch(table, -1) {
		if !exists[m[1]] {
			t.Errorf("there is no %s", m[1])
		}
	}
	listed := map[string]bool{}
	for line := range strings.Lines(table) {
		cells := strings.Split(strings.Trim(strings.TrimSpace(line), "|"), " | ")
		if !strings.HasPrefix(line, "| `") {
			continue
		}
		if len(cells) != 3 {
			t.Errorf("a row of %d cells: %s", len(cells), line)
			continue
		}
		name, place, remarks := strings.Trim(cells[0], " `"), strings.TrimSpace(cells[1]), strings.TrimSpace(cells[2])
		listed[name] = true
		if !goName.MatchString(place) && (place != "none" || remarks == "") {
			t.Errorf("%s: nothing takes its place, and no reason is given", name)
		}
	}
	for _, name := range namesOfTheOriginal(t) {
		if !listed[name] {
			t.Errorf("%s of the original has no row", name)
		}
		delete(listed, name)
	}
	for name := range listed {
		t.Errorf("the original has no %s", name)
	}
}

func namesOfTheOriginal(t *testing.T) []string {
	t.Helper()
	data, err := os.ReadFile("testdata/lahja-0.17.txt")
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for line := range strings.Lines(string(data)) {
		if name, _, _ := strings.Cut(strings.TrimSpace(line), " "); name != "" && name != "#" {
			names = append(names, name)
		}
	}
	return names
}

// exported notes the exported names of a package: of types, functions, constants and
// variables, and of the methods and fields of types.
func exported(t *testing.T, name, folder string, into map[string]bool) {
	t.Helper()
	for _, decl := range declarations(t, folder) {
		for _, found := range declared(decl) {
			into[name+"."+found] = true
		}
	}
}

func declared(decl ast.Decl) []string {
	var names []string
	switch d := decl.(type) {
	case *ast.FuncDecl:
		if d.Recv == nil {
			return []string{d.Name.Name}
		}
		return []string{receiver(d.Recv.List[0].Type) + "." + d.Name.Name}
	case *ast.GenDecl:
		for _, spec := range d.Specs {
			switch s := spec.(type) {
			case *ast.ValueSpec:
				for _, name := range s.Names {
					names = append(names, name.Name)
				}
			case *ast.TypeSpec:
				names = append(names, s.Name.Name)
				for _, member := range members(s.Type) {
					names = append(names, s.Name.Name+"."+member)
				}
			}
		}
	}
	return names
}

func receiver(t ast.Expr) string {
	switch t := t.(type) {
	case *ast.StarExpr:
		return receiver(t.X)
	case *ast.IndexExpr:
		return receiver(t.X)
	case *ast.Ident:
		return t.Name
	}
	return ""
}

// members are the fields of a struct or the methods of an interface.
func members(t ast.Expr) []string {
	var fields *ast.FieldList
	switch t := t.(type) {
	case *ast.StructType:
		fields = t.Fields
	case *ast.InterfaceType:
		fields = t.Methods
	default:
		return nil
	}
	var names []string
	for _, field := range fields.List {
		for _, name := range field.Names {
			names = append(names, name.Name)
		}
	}
	return names
}
