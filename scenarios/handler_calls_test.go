package scenarios

import (
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"strings"
	"testing"
)

// elsewhere are functions over an endpoint that handlers call in other scenarios, or that
// are no calls.
var elsewhere = map[string]string{
	"Shutdown":    "TestCloseInsideAHandlerReturns, as Close is in close/from-a-handler",
	"NewReceived": "for implementations",
	"IsRunning":   "lifecycle/says-whether-it-runs; it waits for nothing",
	"IsServing":   "lifecycle/says-whether-it-runs; it waits for nothing",
	"Done":        "lifecycle/says-whether-it-runs; it returns a channel",
}

// TestHandlerCallsEverything holds the calls of handler/calls-everything to the API.
func TestHandlerCallsEverything(t *testing.T) {
	made := map[string]bool{}
	for _, file := range parse(t, "handler_calls.go") {
		ast.Inspect(file, func(n ast.Node) bool {
			if s, ok := n.(*ast.SelectorExpr); ok {
				made[s.Sel.Name] = true
			}
			return true
		})
	}
	calls := 0
	for _, file := range parse(t, "../lahja/*.go") {
		for _, d := range file.Decls {
			f, ok := d.(*ast.FuncDecl)
			if !ok || f.Recv != nil || !f.Name.IsExported() || !takesEndpoint(f) {
				continue
			}
			calls++
			if _, ok := elsewhere[f.Name.Name]; ok == made[f.Name.Name] {
				t.Errorf("lahja.%s: called by callEverything: %v, named as called elsewhere: %v; want one of them", f.Name.Name, made[f.Name.Name], ok)
			}
		}
	}
	for _, method := range []string{"ConnectToEndpoints", "Sync", "Peers", "Name"} {
		if !made[method] {
			t.Errorf("callEverything does not call EndpointAPI.%s", method)
		}
	}
	if calls < 20 {
		t.Errorf("only %d functions over an endpoint were found", calls)
	}
}

// parse parses the files of a folder that match, but tests.
func parse(t *testing.T, pattern string) (files []*ast.File) {
	t.Helper()
	paths, err := filepath.Glob(pattern)
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range paths {
		if strings.HasSuffix(path, "_test.go") {
			continue
		}
		file, err := parser.ParseFile(token.NewFileSet(), path, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		files = append(files, file)
	}
	return files
}

func takesEndpoint(f *ast.FuncDecl) bool {
	for _, p := range f.Type.Params.List {
		if name, ok := p.Type.(*ast.Ident); ok && name.Name == "EndpointAPI" {
			return true
		}
	}
	return false
}
