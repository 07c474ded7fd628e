package drivers_test

import (
	"go/types"
	"testing"

	"golang.org/x/tools/go/packages"
)

// People import this package, Gomega and Ginkgo with a dot, so no name may stand in two.
func TestNamesDoNotCollideWithGomegaAndGinkgo(t *testing.T) {
	all, err := packages.Load(&packages.Config{Mode: packages.NeedName | packages.NeedTypes | packages.NeedDeps | packages.NeedImports},
		"github.com/lahja/go-lahja/tools/drivers", "github.com/onsi/gomega", "github.com/onsi/ginkgo/v2")
	if err != nil {
		t.Fatal(err)
	}
	where := map[string]*types.Package{}
	for _, p := range all {
		if p.Types.Scope().Len() == 0 {
			t.Errorf("%s declares nothing: %v", p.PkgPath, p.Errors)
		}
		for _, name := range p.Types.Scope().Names() {
			if !p.Types.Scope().Lookup(name).Exported() {
				continue
			}
			if other := where[name]; other != nil {
				t.Errorf("%s stands in %s and in %s", name, other.Path(), p.PkgPath)
			}
			where[name] = p.Types
		}
	}
}
