package scenarios

import (
	"cmp"
	"slices"
	"strings"

	"github.com/lahja/go-lahja/tools/drivers"
)

// basics are what other scenarios rest on, in this order: topics, which end in a slash,
// and single scenarios. Where one of these fails, so do many that come after it, for a
// reason that is not theirs.
var basics = []string{
	"transport/",
	"socket/unlinked-at-close",
	"close/ends-what-waits",
	"broadcast/client-to-server",
	"order/across-senders",
	"request/to-oneself",
	"stream/keeps-early-events",
	"stream/closed-unread",
	"sync/with-a-stranger-throws",
	"wait/all-of-none",
	"wait/for-a-version",
	"broadcast/nowait",
	"order/one-sender",
	"broadcast/origin-is-the-sender",
	"payload/every-size",
	"close/shutdown-loses-nothing",
	"payload/too-large-throws",
	"policy/subscription-holds-the-sender-up",
	"request/response",
	"request/all-answer",
	"request/all-until-given-up",
	"socket/live-is-refused",
	"subscribe/peers-know-the-whole-set",
	"subscribe/unsubscribed-is-not-called",
	"close/loses-nothing",
	"close/gives-its-answers",
	"close/during-a-broadcast-that-waits",
	"slow/full-queue-throws",
	"groups/request-to-one",
	"request/peer-that-leaves-fails-it",
}

// BasicsFirst returns the scenarios in an order in which the first failure names the rule
// that is broken, or is as near to it as any: those come first on which others rest.
func BasicsFirst(all []drivers.Scenario) []drivers.Scenario {
	return slices.SortedStableFunc(slices.Values(all), func(a, b drivers.Scenario) int {
		return cmp.Compare(rank(a.Name), rank(b.Name))
	})
}

// rank is the place of a scenario among the basics, after all of them where it is none.
func rank(name string) int {
	for i, basic := range basics {
		if name == basic || strings.HasSuffix(basic, "/") && strings.HasPrefix(name, basic) {
			return i
		}
	}
	return len(basics)
}
