package main

import (
	"fmt"
	"go/ast"
	"go/token"
	"go/types"
	"maps"
	"path/filepath"
	"slices"

	"golang.org/x/tools/go/packages"
)

// figures are what one package's files, without its tests, look like.
type figures struct {
	Package  string
	Files    int
	Lines    int
	Inside   float64  // other files of the package that a file refers to, on average
	Outside  float64  // files of other packages of the module that a file refers to, on average
	Knot     []string // the largest set of files of the package that refer to each other in circles
	Exported int      // package-level names, and methods
}

// load type-checks the packages that the patterns match, in the module that holds dir.
func load(dir string, patterns ...string) ([]*packages.Package, error) {
	config := &packages.Config{Dir: dir, Mode: packages.NeedName | packages.NeedFiles | packages.NeedCompiledGoFiles |
		packages.NeedImports | packages.NeedDeps | packages.NeedTypes | packages.NeedSyntax | packages.NeedTypesInfo | packages.NeedModule}
	all, err := packages.Load(config, patterns...)
	if err != nil {
		return nil, err
	}
	for _, p := range all {
		for _, broken := range p.Errors {
			return nil, fmt.Errorf("load %s: %w", p.PkgPath, broken)
		}
	}
	return all, nil
}

// references maps each file of a package to the files that it refers to: those that declare
// a name, a method or a field that stands in it.
type references map[string]map[string]bool

func referencesOf(p *packages.Package) (inside, outside references) {
	inside, outside = references{}, references{}
	own := moduleOf(p)
	for _, file := range p.Syntax {
		from := p.Fset.Position(file.Pos()).Filename
		inside[from], outside[from] = map[string]bool{}, map[string]bool{}
		ast.Inspect(file, func(n ast.Node) bool {
			name, ok := n.(*ast.Ident)
			if !ok {
				return true
			}
			used := p.TypesInfo.Uses[name]
			if used == nil || used.Pkg() == nil || !lasting(used) {
				return true
			}
			to := p.Fset.Position(used.Pos()).Filename
			switch {
			case to == from || to == "":
			case used.Pkg() == p.Types:
				inside[from][to] = true
			case own[used.Pkg().Path()]:
				outside[from][to] = true
			}
			return true
		})
	}
	return inside, outside
}

// lasting reports whether an object is declared outside of functions.
func lasting(o types.Object) bool {
	switch o := o.(type) {
	case *types.Var:
		return o.IsField() || o.Parent() == o.Pkg().Scope()
	case *types.Func:
		return true
	case *types.Const, *types.TypeName:
		return o.Parent() == o.Pkg().Scope()
	}
	return false
}

// moduleOf returns the paths of the packages of p's module among those that p imports,
// directly or not.
func moduleOf(p *packages.Package) map[string]bool {
	own := map[string]bool{}
	packages.Visit([]*packages.Package{p}, nil, func(q *packages.Package) {
		own[q.PkgPath] = q.Module != nil && p.Module != nil && q.Module.Path == p.Module.Path
	})
	return own
}

func measure(p *packages.Package) figures {
	inside, outside := referencesOf(p)
	f := figures{Package: p.PkgPath, Files: len(p.Syntax), Inside: inside.average(), Outside: outside.average(), Exported: exported(p.Types)}
	for _, file := range p.Syntax {
		f.Lines += p.Fset.File(file.FileStart).LineCount()
	}
	for _, path := range largestKnot(inside) {
		f.Knot = append(f.Knot, filepath.Base(path))
	}
	slices.Sort(f.Knot)
	return f
}

func (r references) average() float64 {
	n := 0
	for _, to := range r {
		n += len(to)
	}
	return float64(n) / float64(max(len(r), 1))
}

// exported counts the names that a package's documentation lists: package-level names, and the
// methods of its types.
func exported(pkg *types.Package) int {
	n := 0
	for _, name := range pkg.Scope().Names() {
		if !token.IsExported(name) {
			continue
		}
		n++
		if declared, ok := pkg.Scope().Lookup(name).(*types.TypeName); ok && !declared.IsAlias() {
			for m := range types.NewMethodSet(types.NewPointer(declared.Type())).Methods() {
				if m.Obj().Exported() && m.Obj().Pkg() == pkg && len(m.Index()) == 1 {
					n++
				}
			}
		}
	}
	return n
}

// largestKnot is the largest strongly connected set of files.
func largestKnot(r references) []string {
	var largest, stack []string
	index, low, on := map[string]int{}, map[string]int{}, map[string]bool{}
	var visit func(string)
	visit = func(v string) {
		index[v] = len(index) + 1
		low[v] = index[v]
		stack, on[v] = append(stack, v), true
		for _, w := range slices.Sorted(maps.Keys(r[v])) {
			if index[w] == 0 {
				visit(w)
				low[v] = min(low[v], low[w])
			} else if on[w] {
				low[v] = min(low[v], index[w])
			}
		}
		if low[v] != index[v] {
			return
		}
		at := slices.Index(stack, v)
		knot := slices.Clone(stack[at:])
		stack = stack[:at]
		for _, w := range knot {
			on[w] = false
		}
		if len(knot) > 1 && len(knot) > len(largest) {
			largest = knot
		}
	}
	for _, v := range slices.Sorted(maps.Keys(r)) {
		if index[v] == 0 {
			visit(v)
		}
	}
	return largest
}
