package runner

import (
	"fmt"

	"github.com/lahja/go-lahja/tools/engine"
)

// failVacuous fails a run in which a fault affected nothing, so that it showed nothing.
func (c *coordinator) failVacuous(session engine.Session) {
	injector, ok := session.(engine.FaultInjector)
	if !ok {
		return
	}
	for _, f := range injector.Vacuous() {
		c.failIfFirst(&engine.Failure{Kind: engine.FailedVacuous,
			Message: fmt.Sprintf("the %v affected nothing: while it lasted, nothing was sent that it could hold back or delay", f)})
	}
}
