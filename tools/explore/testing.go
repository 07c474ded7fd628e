package explore

import (
	"regexp"
	"testing"

	"github.com/lahja/go-lahja/tools/drivers"
	"github.com/lahja/go-lahja/tools/recording"
)

// Test explores a scenario. The test fails with the first schedule in which the scenario
// fails, or if what is to happen sometimes (invariants.Sometimes) happens in none, or if a fault
// affects nothing in all of them. It is skipped if the scenario cannot be run in virtual time. The worker processes are this test alone,
// started again.
func Test(t *testing.T, s drivers.Scenario, o Options) *Result {
	t.Helper()
	Dispatch(s)
	if o.Args == nil {
		o.Args = []string{"-test.run", "^" + regexp.QuoteMeta(t.Name()) + "$", "-test.count", "1"}
	}
	if o.Store == nil {
		o.Store = &recording.Store{}
	}
	result, err := Scenario(t.Context(), s, o)
	if err != nil {
		t.Fatal(err)
	}
	if result.Unsupported != "" {
		t.Skip(result)
	}
	if result.Failed() {
		t.Error(result)
	} else {
		t.Log(result)
	}
	return result
}
