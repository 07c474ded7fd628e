package saboteurs_test

import (
	"context"
	"fmt"

	"github.com/lahja/go-lahja/scenarios"
	"github.com/lahja/go-lahja/tools/conform/saboteurs"
	"github.com/lahja/go-lahja/tools/engine"
	"github.com/lahja/go-lahja/tools/runner"
)

// A saboteur names the scenario that finds its defect.
func ExampleAll() {
	saboteur := saboteurs.All()[1]
	r := runner.Runner{Engine: engine.OnGoroutines(saboteur.Backend)}
	for _, s := range scenarios.All() {
		if s.Name == saboteur.KilledBy {
			fmt.Println(r.Run(context.Background(), s).Verdict)
		}
	}
	// Output: failed
}
