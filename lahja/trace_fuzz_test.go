package lahja

import (
	"regexp"
	"testing"
)

// traceParents is what W3C Trace Context says a traceparent is, later versions included.
var traceParents = regexp.MustCompile(`^[0-9a-f]{2}-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}(-[ -~]*)?$`)

func FuzzTraceParent(f *testing.F) {
	f.Add("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01")
	f.Add("01-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01-what comes later")
	f.Add("ff-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01")
	f.Add("00-00000000000000000000000000000000-b7ad6b7169203331-01")
	f.Add("00-\u00e4")
	f.Fuzz(func(t *testing.T, s string) {
		if validTraceParent(s) && (!traceParents.MatchString(s) || len(s) > maxTraceParent) {
			t.Errorf("%q is taken for a traceparent", s)
		}
	})
}
