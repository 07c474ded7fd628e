package readme_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// rooms are the folders of the packages whose functions docs/internals.md names.
var rooms = map[string]string{
	"lahja": "lahja", "payload": "lahja/internal/payload", "window": "lahja/internal/window", "sendq": "lahja/internal/sendq",
	"lease": "lahja/internal/lease", "work": "lahja/internal/work", "drivers": "tools/drivers", "runner": "tools/runner",
	"subprocess": "tools/engine/subprocess", "reports": "tools/reports",
}

var function = regexp.MustCompile(`\b([a-z]+)\.([A-Za-z]+(?:\.[A-Za-z]+)?)\b`)

func TestFunctionsOfTheInternalsExist(t *testing.T) {
	page, err := os.ReadFile(filepath.Join(root, "docs/internals.md"))
	if err != nil {
		t.Fatal(err)
	}
	named, declared := map[string]bool{}, map[string]map[string]bool{}
	for _, m := range function.FindAllStringSubmatch(string(page), -1) {
		room, ok := rooms[m[1]]
		if !ok || m[2] == "go" {
			continue
		}
		if declared[room] == nil {
			declared[room] = functionsOf(t, filepath.Join(root, room))
		}
		if !declared[room][m[2]] {
			t.Errorf("docs/internals.md names %s: %s declares no such function", m[0], room)
		}
		named[m[1]] = true
	}
	for room := range rooms {
		if !named[room] {
			t.Errorf("docs/internals.md names no function of %s", room)
		}
	}
}

// functionsOf lists the functions that a folder declares, methods as Type.Method.
func functionsOf(t *testing.T, dir string) map[string]bool {
	files, err := filepath.Glob(filepath.Join(dir, "*.go"))
	if err != nil {
		t.Fatal(err)
	}
	all := map[string]bool{}
	for _, path := range files {
		if strings.HasSuffix(path, "_test.go") {
			continue
		}
		file, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		for _, d := range file.Decls {
			if f, ok := d.(*ast.FuncDecl); ok {
				all[declared(f)[0]] = true
			}
		}
	}
	return all
}
