package readme_test

import (
	"go/ast"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// internals are the folders of the packages whose functions docs/internals.md names.
var internals = map[string]string{
	"lahja": "lahja", "p2p": "lahja/p2p", "core": "lahja/core", "payload": "lahja/internal/payload", "window": "lahja/internal/window", "sendq": "lahja/internal/sendq",
	"lease": "lahja/internal/lease", "work": "lahja/internal/work", "drivers": "tools/drivers", "runner": "tools/runner",
	"subprocess": "tools/engine/subprocess", "reports": "tools/reports",
}

var function = regexp.MustCompile(`\b([a-z][a-z0-9]*)\.([A-Za-z]+(?:\.[A-Za-z]+)?)\b`)

func TestFunctionsOfTheInternalsExist(t *testing.T) {
	page, err := os.ReadFile(filepath.Join(root, "docs/internals.md"))
	if err != nil {
		t.Fatal(err)
	}
	named, functions := map[string]bool{}, map[string]map[string]bool{}
	for _, m := range function.FindAllStringSubmatch(string(page), -1) {
		folder, ok := internals[m[1]]
		if !ok || m[2] == "go" {
			continue
		}
		if functions[folder] == nil {
			functions[folder] = functionsOf(t, folder)
		}
		if !functions[folder][m[2]] {
			t.Errorf("docs/internals.md names %s: %s declares no such function", m[0], folder)
		}
		named[m[1]] = true
	}
	for name := range internals {
		if !named[name] {
			t.Errorf("docs/internals.md names no function of %s", name)
		}
	}
}

var optional = regexp.MustCompile(`(?m)^// (\w+) is offered by `)

// TestOptionalInterfacesOfEnginesAreListed pins that the comment of package engine names each.
func TestOptionalInterfacesOfEnginesAreListed(t *testing.T) {
	doc, err := os.ReadFile(filepath.Join(root, "tools/engine/doc.go"))
	if err != nil {
		t.Fatal(err)
	}
	found := 0
	for _, path := range sourceFiles(t, "tools/engine") {
		source, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range optional.FindAllStringSubmatch(string(source), -1) {
			if found++; !strings.Contains(string(doc), "["+m[1]+"]") {
				t.Errorf("%s declares %s, which tools/engine/doc.go does not list", filepath.Base(path), m[1])
			}
		}
	}
	if found < 10 {
		t.Errorf("found %d optional interfaces, want 10 or more", found)
	}
}

// functionsOf lists the functions that a folder declares, methods as Type.Method.
func functionsOf(t *testing.T, folder string) map[string]bool {
	t.Helper()
	all := map[string]bool{}
	for _, d := range declarations(t, folder) {
		if f, ok := d.(*ast.FuncDecl); ok {
			all[declared(f)[0]] = true
		}
	}
	return all
}
