package drivers_test

import (
	"strings"
	"testing"

	"github.com/onsi/gomega"

	"github.com/lahja/go-lahja/lahja"
	d "github.com/lahja/go-lahja/tools/drivers"
	"github.com/lahja/go-lahja/tools/engine"
	"github.com/lahja/go-lahja/tools/engine/transports"
	"github.com/lahja/go-lahja/tools/runner"
)

// An event knows the endpoint that answers it; a report is not to show all of that.
func TestFailedAssertionShowsAnEventAndNotItsEndpoint(t *testing.T) {
	received := d.NewSlot[lahja.Event[Tick]]("received")
	report := runner.Drive(t.Context(), engine.OnGoroutines(transports.Memory()),
		d.New(d.RunEndpoint("alone"),
			d.Background("wait", d.WaitFor[Tick]().Into(received)),
			d.WaitAnyThenBroadcast(Tick{N: 7}),
			d.Join("wait"),
			received.Matches(gomega.BeNil())))
	text := report.String()
	if report.Verdict != runner.Failed || !strings.Contains(text, "{N:7} from alone") || len(text) > 2000 {
		t.Errorf("got %d bytes:\n%.3000s", len(text), text)
	}
}
