package scenarios_test

import (
	"slices"
	"testing"

	"github.com/lahja/go-lahja/scenarios"
)

// behaviour maps what the bus must do, row by row, to the scenarios that protect
// it. What endpoints cannot observe is tested elsewhere: an endpoint that is
// started twice (package lahja), TLS, and NATS.
var behaviour = map[string][]string{
	"endpoint: a name is ASCII":                 {"lifecycle/names-are-ascii"},
	"endpoint: scoped, runs once":               {"close/throws-afterwards", "close/leaves-nothing-behind", "socket/unlinked-at-close", "socket/missing-at-close"},
	"endpoint: says whether it runs":            {"lifecycle/says-whether-it-runs"},
	"endpoint: restarted under its name":        {"lifecycle/restarted-peer-takes-its-place", "lifecycle/restarted-server-is-found-again"},
	"asked for: headers":                        {"headers/arrive-as-sent", "headers/none-where-none-were-sent", "headers/of-request-and-answer", "headers/outside-the-limits-throw"},
	"asked for: trace context":                  {"headers/trace-goes-along", "headers/no-trace-is-made-up"},
	"config: from a name":                       {"socket/config-from-name"},
	"connections: say who you are":              {"malformed/first-message", "connect/other-name-throws"},
	"connections: one carries both ways":        {"connect/reverse-connection", "broadcast/client-to-server", "broadcast/server-to-client"},
	"connections: ready when both know":         {"connect/to-server", "connect/both-know-subscriptions"},
	"connections: wait for the listener":        {"connect/waits-for-listener", "connect/gives-up", "connect/says-why-nobody-answered", "connect/several-in-parallel"},
	"connections: refused":                      {"connect/to-oneself-throws", "connect/duplicate-throws", "connect/same-name-twice-throws"},
	"connections: dozens at once":               {"connect/many-to-one", "connect/one-to-many"},
	"connections: neither idle nor old ends":    {"connect/idle-lasts", "connect/one-way-lasts", "connect/old-lasts"},
	"connections: silent ones keep nobody out":  {"connect/past-silent-ones"},
	"connections: to itself, listed first":      {"connect/lists-itself-first"},
	"connections: crossed attempts":             {"connect/to-each-other-at-once"},
	"subscriptions: handler, stream or waiter":  {"subscribe/handler-stream-or-waiter", "subscribe/unsubscribed-is-not-called"},
	"subscriptions: exact types":                {"subscribe/types-match-exactly"},
	"subscriptions: the whole set is sent":      {"subscribe/peers-know-the-whole-set", "subscribe/known-when-waited-for"},
	"subscriptions: queries and waits":          {"wait/connected-to", "wait/endpoint-subscribed", "wait/any-endpoint-subscribed", "wait/all-endpoints-subscribed", "wait/all-of-none"},
	"subscriptions: wait for changes":           {"wait/connections-change", "wait/subscriptions-change"},
	"broadcast: the check comes first":          {"broadcast/no-listeners-throws", "broadcast/no-listeners-allowed"},
	"broadcast: origin and id":                  {"broadcast/origin-and-id", "broadcast/origin-is-the-sender"},
	"broadcast: internal":                       {"filter/internal", "filter/internal-needs-own-subscriber"},
	"broadcast: who receives":                   {"broadcast/reaches-every-subscriber", "filter/one-endpoint", "filter/oneself"},
	"broadcast: internal with a filter":         {"filter/internal-with-endpoints-throws"},
	"broadcast: a bound event":                  {"broadcast/received-event-throws"},
	"broadcast: streams, then handlers":         {"stream/before-handlers"},
	"broadcast: a handler that fails":           {"handler/failing-is-reported", "handler/panicking-is-reported"},
	"asked for: borrowed data":                  {"handler/borrows"},
	"asked for: fast by default":                {"handler/quick-and-slow", "handler/waits-for-a-later-event", "handler/fails-in-every-way"},
	"broadcast: order":                          {"order/one-sender", "order/several-senders", "order/both-directions-at-once", "order/several-types", "order/across-senders"},
	"broadcast: nowait":                         {"broadcast/nowait"},
	"request: answers":                          {"request/response", "request/answer-carries-its-id", "request/answer-goes-to-origin-alone", "request/many-at-once", "request/large-answers", "request/to-named-endpoint", "request/without-subscriber-throws"},
	"request: the first answer wins":            {"request/first-answer-wins"},
	"request: to oneself":                       {"request/to-oneself"},
	"request: an answer of another type":        {"request/answer-of-another-type-throws"},
	"request: cancelled":                        {"request/cancelled"},
	"stream: every one sees all":                {"stream/every-stream-sees-every-event", "stream/ends", "stream/closed-unread"},
	"stream: wait for is the first":             {"stream/wait-for-is-the-first"},
	"differs: broadcast returns when queued":    {"sync/waits-for-handling", "sync/brings-what-came-back", "sync/with-oneself", "sync/with-a-stranger-throws"},
	"differs: several names in the filter":      {"filter/several-endpoints"},
	"differs: an answer to who has gone":        {"request/answering-who-has-gone-throws"},
	"differs: only the asked answer":            {"request/only-who-was-asked-answers"},
	"differs: a config keeps the check":         {"broadcast/config-keeps-the-check"},
	"differs: a filter to an unknown endpoint":  {"filter/unknown-endpoint-throws"},
	"differs: a peer that dies":                 {"close/peer-notices", "close/client-notices", "request/peer-that-goes-fails-it", "request/peer-that-leaves-fails-it", "request/one-of-two-goes"},
	"differs: two of one name":                  {"connect/second-of-one-name-throws"},
	"differs: a live server's socket":           {"socket/live-is-refused", "lifecycle/taken-address-is-refused", "socket/stale-is-taken-over"},
	"differs: a stopped peer":                   {"slow/stalled-peer-delays-nobody", "slow/busy-handler-delays-nobody"},
	"differs: any API from any handler":         {"handler/requests", "handler/broadcasts-its-own-type"},
	"differs: a stream registers at once":       {"stream/keeps-early-events"},
	"differs: close delivers what was accepted": {"close/loses-nothing", "close/gives-its-answers"},
	"differs: closing ends what waits":          {"close/ends-what-waits"},
	"differs: nowait is bounded":                {"slow/full-queue-throws"},
	"differs: unsubscribing twice":              {"subscribe/unsubscribing-twice"},
	"differs: versions of an event type":        {"versions/fields-come-and-go", "versions/request-and-answer", "versions/changed-field-throws", "versions/changed-answer-throws"},
	"differs: data only, limits":                {"payload/too-large-throws", "payload/too-large-decoded-throws", "payload/every-kind-of-field", "payload/pointer"},
	"differs: limits hold to the byte":          {"payload/up-to-the-limit", "payload/largest-request-and-answer"},
	"differs: a value arrives whole":            {"payload/field-that-would-be-lost-throws", "payload/here-as-there"},
	"differs: no stall after streams":           {"stream/abandoned-stalls-nothing", "filter/internal-stops-nothing"},
	"differs: sockets are 0600":                 {"socket/mode"},
	"differs: names in certificates":            {"connect/name-must-be-certified", "connect/servers-name-must-be-certified"},
	"promise 1: first in, first out":            {"order/one-sender", "payload/many-of-mixed-sizes"},
	"promise 2: nothing is lost in silence":     {"payload/every-size", "close/shutdown-loses-nothing", "close/shutdown-takes-what-is-under-way", "close/during-a-broadcast-that-waits", "policy/subscription-holds-the-sender-up"},
	"promise 3: a stopped peer":                 {"paused/delays-nobody-and-gets-everything", "paused/is-not-given-up", "paused/loses-what-is-counted"},
	"promise 4: a peer that goes is noticed":    {"close/peer-notices", "crash/is-noticed-in-time", "crash/of-a-server-is-noticed-in-time", "crash/costs-the-others-nothing", "crash/leaves-the-name-free"},
	"promise 5: both know when connect returns": {"connect/both-know-subscriptions"},
	"promise 6: malformed input costs one":      {"malformed/first-message", "malformed/later-message", "malformed/unknown-event"},
	"promise 7: close leaves nothing":           {"close/leaves-nothing-behind", "close/during-a-handler"},
	"asked for: slow subscriptions":             {"policy/subscription-drops-newest", "policy/subscription-drops-oldest", "policy/subscription-disconnects"},
	"asked for: slow peers":                     {"policy/peer-drops-newest", "policy/peer-drops-oldest", "policy/peer-is-disconnected"},
	"asked for: reconnecting":                   {"reconnect/to-a-restarted-server", "reconnect/restores-subscriptions-first", "reconnect/answers-again", "reconnect/to-a-successor"},
	"transport: writes":                         {"transport/carries-every-byte", "transport/write-keeps-nothing"},
	"transport: close":                          {"transport/close-delivers", "transport/close-ends-read", "transport/close-ends-write", "transport/close-is-noticed"},
	"transport: listen":                         {"transport/silent-connection-delays-nobody", "transport/taken-address-throws", "transport/closed-listener-frees-its-address"},
	"transport: dial":                           {"transport/dial-says-why"},
	"asked for: queue groups":                   {"groups/one-member-receives", "groups/beside-others", "groups/each-group-receives", "groups/sender-takes-part", "groups/member-that-leaves", "groups/named-endpoints", "groups/request-to-one"},
	"asked for: many answers":                   {"request/all-answer", "request/all-but-one-answer", "request/all-until-given-up"},
	"asked for: contexts everywhere":            {"context/ended-fails-every-call", "request/cancelled"},
	"queries: of what does not run":             {"close/lists-nobody"},
	"contract: snapshots":                       {"peers/by-name-and-since-when", "peers/how-they-subscribe", "peers/counts-what-changes", "wait/for-a-version"},
	"contract: contexts":                        {"context/ends-what-waits"},
	"contract: connecting":                      {"connect/one-of-several-fails"},
	"contract: events and their ids":            {"broadcast/no-struct-throws", "broadcast/one-id-everywhere", "request/id-cannot-be-guessed", "headers/are-not-kept"},
	"contract: broadcast configs":               {"broadcast/allowed-reaches-who-subscribes", "filter/endpoint-that-does-not-subscribe-throws"},
	"contract: requests":                        {"request/returns-when-queued", "request/nobody-there-throws", "request/checked-as-a-broadcast"},
	"contract: subscriptions":                   {"subscribe/config-outside-its-limits-throws", "subscribe/end-is-told-to-the-handler", "subscribe/narrow-queue-takes-what-is-larger", "groups/streams-are-members"},
	"contract: handlers":                        {"handler/exiting-is-reported"},
	"contract: what waits holds nobody else up": {"policy/full-subscription-holds-up-one-alone"},
	"contract: synchronising":                   {"sync/peer-that-goes-ends-it"},
	"contract: closing and shutting down": {"lifecycle/ends-after-its-handlers", "close/shutdown-lets-handlers-finish", "close/shutdown-gives-up-in-time",
		"close/shutdown-names-who-does-not-read", "close/within-its-linger"},
	"contract: errors":                    {"errors/say-what-failed"},
	"promise 8: any API from any handler": {"handler/calls-everything", "handler/unsubscribes-itself", "close/from-a-handler", "policy/circle-of-full-queues-ends"},
}

func TestEveryRowOfTheBehaviourHasAScenario(t *testing.T) {
	var names, used []string
	for _, s := range scenarios.All() {
		names = append(names, s.Name)
	}
	for row, protectedBy := range behaviour {
		if len(protectedBy) == 0 {
			t.Errorf("row %q: no scenario protects it", row)
		}
		for _, name := range protectedBy {
			if !slices.Contains(names, name) {
				t.Errorf("row %q: there is no scenario %q", row, name)
			}
			used = append(used, name)
		}
	}
	for _, name := range names {
		if !slices.Contains(used, name) {
			t.Errorf("scenario %q: no row of the behaviour names it", name)
		}
	}
}
