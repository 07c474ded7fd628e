package invariants_test

import (
	"testing"
	"time"

	"github.com/lahja/go-lahja/tools/invariants"
	"github.com/lahja/go-lahja/tools/recording"
)

const (
	held      = invariants.Held
	broken    = invariants.Broken
	undecided = invariants.Undecided
)

func TestOrderPerSender(t *testing.T) {
	check(t, invariants.OrderPerSender(), map[string]told{
		"in order": {newStory().subscribes(server).passes(client, server, 1).passes(client, server, 2).passes(other, server, 1), held, "", 0},
		"overtaken": {newStory().sends(client, server, 1).sends(client, server, 2).handles(server, client, 2).handles(server, client, 1),
			broken, "server handled shop.Order 1 of client after shop.Order 2, which was broadcast later", 4},
		"overtaken by several": {newStory().sends(client, server, 1, events(client, 1, 5)).handles(server, client, 3, events(client, 3, 3)).handles(server, client, 1, events(client, 1, 2)),
			broken, "shop.Order 1 of client after shop.Order 5", 3},
		"overtaken at one moment": {newStory().sends(client, server, 1).together().sends(client, server, 2).together().handles(server, client, 2).together().handles(server, client, 1), broken, "shop.Order 1", 4},
		"taken by a stream": {newStory().sends(client, server, 1).sends(client, server, 2).add(server, recording.Taken, peer(client), events(client, 2), sub(1)).
			add(server, recording.Taken, peer(client), events(client, 1), sub(1)), broken, "server took shop.Order 1", 4},
		"broadcasts overlapped":  {newStory().sends(client, server, 2).sends(client, server, 1, beside(1)).handles(server, client, 2).handles(server, client, 1), held, "", 0},
		"one overlapped, not it": {newStory().sends(client, server, 1, beside(1)).sends(client, server, 2).sends(client, server, 3).handles(server, client, 3).handles(server, client, 1), broken, "shop.Order 1 of client after shop.Order 3", 4},
		"several subscriptions":  {newStory().sends(client, server, 1, events(client, 1, 2)).handles(server, client, 2).handles(server, client, 1, sub(2)), held, "", 0},
		"of a later run of the endpoint": {newStory().subscribes(server).sends(client, server, 1, events(client, 1, 2)).handles(server, client, 2).unsubscribes(server).
			subscribes(server).handles(server, client, 1), held, "", 0},
		"requests are not counted":       {newStory().sends(client, server, request(2)).sends(client, server, request(1)).handles(server, client, request(2)).handles(server, client, request(1)), held, "", 0},
		"the sender was not recorded":    {newStory().handles(server, client, 2).handles(server, client, 1), undecided, "events of client came in another order", 0},
		"entries were lost":              {lossy(newStory().passes(client, server, 1)), undecided, "3 entries of server were not kept", 0},
		"overtaken, entries were lost":   {lossy(newStory().sends(client, server, 1).sends(client, server, 2).handles(server, client, 2).handles(server, client, 1)), broken, "shop.Order 1", 4},
		"an endpoint was not recorded":   {unrecorded(newStory().sends(client, server, 1)), undecided, "nothing that server did was recorded (no memory)", 0},
		"an entry of the run as a whole": {newStory().add(-1, recording.Failed), held, "", 0},
	})
}

func TestExactlyOnceToEachSubscription(t *testing.T) {
	started := func() *story { return newStory().subscribes(server) }
	drop := func(s *story, at int, more ...change) *story { return s.add(at, recording.Dropped, more...) }
	check(t, invariants.ExactlyOnce(), map[string]told{
		"once":                  {started().passes(client, server, 1).passes(client, server, 2), held, "", 0},
		"to two subscriptions":  {started().subscribes(server, sub(2)).passes(client, server, 1).handles(server, client, 1, sub(2)), held, "", 0},
		"twice":                 {started().passes(client, server, 1).handles(server, client, 1), broken, "server handled shop.Order 1 of client twice", 2},
		"twice, among others":   {started().sends(client, server, 1, events(client, 1, 9)).gets(server, client, 1, events(client, 1, 9)).handles(server, client, 1, events(client, 1, 6)).handles(server, client, 4, events(client, 4, 6)), broken, "server handled shop.Order 4 of client twice", 2},
		"a request twice":       {started().passes(client, server, request(7)).handles(server, client, request(7)), broken, "server handled request shop.Order of client twice", 2},
		"twice, entries lost":   {lossy(started().passes(client, server, 1).handles(server, client, 1)), broken, "twice", 2},
		"two members":           {newStory().subscribes(server, group("g")).subscribes(other, group("g")).passes(client, server, 1).passes(client, other, 1), broken, `two members of the queue group "g" got shop.Order 1 of client: server and other`, 2},
		"two groups":            {newStory().subscribes(server, group("g")).subscribes(other, group("h")).passes(client, server, 1).passes(client, other, 1), held, "", 0},
		"another member":        {newStory().subscribes(server, group("g")).sends(client, server, 1).gets(server, client, 1).passes(client, server, 2), held, "", 0},
		"skipped":               {started().sends(client, server, 1).gets(server, client, 1).passes(client, server, 2), broken, "a subscription of server did not get shop.Order 1 of client, which had arrived, but shop.Order 2 after it", 3},
		"skipped within one":    {started().sends(client, server, 1, events(client, 1, 9)).gets(server, client, 1, events(client, 1, 9)).handles(server, client, 1, events(client, 1, 3)).handles(server, client, 5, events(client, 5, 5)), broken, "did not get shop.Order 4", 3},
		"skipped by one of two": {started().subscribes(server, sub(2)).sends(client, server, 1).gets(server, client, 1).handles(server, client, 1, sub(2)).passes(client, server, 2).handles(server, client, 2, sub(2)), broken, "did not get shop.Order 1", 3},
		"skipped, entries lost": {lossy(started().sends(client, server, 1).gets(server, client, 1).passes(client, server, 2)), undecided, "not kept", 0},
		"not live yet":          {newStory().sends(client, server, 1).gets(server, client, 1).subscribes(server).passes(client, server, 2), held, "", 0},
		"not live any more":     {started().passes(client, server, 1).unsubscribes(server).sends(client, server, 2).gets(server, client, 2), held, "", 0},
		"still queued":          {started().passes(client, server, 1).sends(client, server, 2).gets(server, client, 2), held, "", 0},
		"no room":               {drop(started().sends(client, server, 1).gets(server, client, 1), server, peer(client), events(client, 1), sub(1)).passes(client, server, 2), held, "", 0},
		"no room in another":    {drop(started().sends(client, server, 1).gets(server, client, 1), server, peer(client), events(client, 1), sub(2)).passes(client, server, 2), broken, "did not get shop.Order 1", 3},
		"dropped for all":       {drop(started().sends(client, server, 1).gets(server, client, 1), server, peer(client), events(client, 1)).passes(client, server, 2), held, "", 0},
		"cut off":               {started().sends(client, server, 1).gets(server, client, 1).add(server, recording.Disconnected, peer(client)).passes(client, server, 2), held, "", 0},
		"own event skipped":     {started().sends(server, server, 1).gets(server, server, 1).passes(server, server, 2), broken, "did not get shop.Order 1 of server", 3},
		"own events overlapped": {started().gets(server, server, 1).sends(server, server, 1, beside(1)).passes(server, server, 2), held, "", 0},
	})
}

func TestExactlyOnceOnTheWay(t *testing.T) {
	started := func() *story { return newStory().subscribes(server) }
	check(t, invariants.ExactlyOnce(), map[string]told{
		"lost":                  {started().sends(client, server, 1).passes(client, server, 2), broken, "client sent shop.Order 1 to server, where it did not arrive, but shop.Order 2 after it", 3},
		"lost among others":     {started().sends(client, server, 1, events(client, 1, 5)).gets(server, client, 1, events(client, 1, 2)).gets(server, client, 4, events(client, 4, 2)).handles(server, client, 1, events(client, 1, 2)).handles(server, client, 4, events(client, 4, 2)), broken, "client sent shop.Order 3 to server", 2},
		"lost for one of two":   {started().subscribes(other).sends(client, server, 1).passes(client, other, 1).passes(client, server, 2).passes(client, other, 2), broken, "client sent shop.Order 1 to server", 3},
		"lost, at one moment":   {started().sends(client, server, 1).together().sends(client, server, 2).together().gets(server, client, 2).together().handles(server, client, 2), broken, "shop.Order 1", 3},
		"the last one":          {started().passes(client, server, 1).sends(client, server, 2), held, "", 0},
		"overlapped":            {started().sends(client, server, 1, beside(1)).passes(client, server, 2), held, "", 0},
		"no room at the sender": {started().sends(client, server, 1).add(client, recording.Dropped, peer(server), events(client, 1), outgoing).passes(client, server, 2), held, "", 0},
		"never written":         {started().sends(client, server, 1).add(client, recording.Dropped, peer(server), none, outgoing).passes(client, server, 2), held, "", 0},
		"reported as missing":   {started().sends(client, server, 1).add(server, recording.Dropped, peer(client), func(e *recording.Entry) { e.ID = recording.ID{} }).passes(client, server, 2), held, "", 0},
		"sender was cut off":    {started().sends(client, server, 1).add(client, recording.Disconnected, peer(server)).passes(client, server, 2), held, "", 0},
		"receiver was cut off":  {started().sends(client, server, 1).add(server, recording.Disconnected, peer(client)).passes(client, server, 2), held, "", 0},
		"other was cut off":     {started().sends(client, server, 1).add(client, recording.Disconnected, peer(other)).passes(client, server, 2), broken, "shop.Order 1", 3},
		"cut off before":        {started().add(client, recording.Disconnected, peer(server)).sends(client, server, 1).passes(client, server, 2), broken, "shop.Order 1", 3},
		"cut off later":         {started().sends(client, server, 1).passes(client, server, 2).add(client, recording.Disconnected, peer(server)), broken, "shop.Order 1", 3},
		"of another type":       {started().sends(client, server, 1, func(e *recording.Entry) { e.Event = "Other" }).passes(client, server, 2), held, "", 0},
		"entries were lost":     {lossy(started().sends(client, server, 1).passes(client, server, 2)), undecided, "not kept", 0},
		"to a stranger":         {started().add(client, recording.Sent, events(client, 1), func(e *recording.Entry) { e.Peer = "stranger" }), undecided, "client sent events to stranger", 0},
		"from a stranger":       {started().add(server, recording.Received, events(8, 1), func(e *recording.Entry) { e.Peer = "stranger" }), undecided, "server received events from stranger", 0},
	})
}

func TestAnswersToTheirRequests(t *testing.T) {
	asked := func() *story {
		return newStory().add(client, recording.Requested, peer(server), events(client, request(1))).
			sends(client, server, request(1)).gets(server, client, request(1))
	}
	ends := func(s *story, by int, n uint64) *story {
		return s.add(client, recording.Answered, peer(server), events(client, request(1)), answers(by, n))
	}
	check(t, invariants.AnswersToTheirRequests(), map[string]told{
		"answered":                       {ends(asked().sends(server, client, 4, answers(client, request(1))).gets(client, server, 4, answers(client, request(1))), server, 4), held, "", 0},
		"not answered":                   {asked().add(client, recording.Answered, events(client, request(1))), held, "", 0},
		"to another":                     {asked().sends(server, other, 4, answers(client, request(1))), broken, "server sent its answer shop.Order 4 to other; client had asked", 2},
		"of another":                     {ends(asked().gets(client, server, 4, answers(client, request(2))), server, 4), broken, "client took an answer to another request as the one to its shop.Order", 3},
		"mixed up":                       {asked().sends(server, client, 4, answers(client, request(1))).gets(client, server, 4, answers(client, request(2))), broken, "the answer shop.Order 4 of server arrived at client as one to another request", 2},
		"never came":                     {ends(asked().sends(server, client, 4, answers(client, request(1))), server, 4), broken, "client took an answer to its request shop.Order that had not arrived", 2},
		"from who was not asked":         {ends(asked().gets(client, other, 4, answers(client, request(1))), other, 4), broken, "client took an answer from other, which its request shop.Order had not gone to", 3},
		"ended twice":                    {asked().add(client, recording.Answered, events(client, request(1))).add(client, recording.Answered, events(client, request(1))), broken, "a request shop.Order of client ended twice", 3},
		"forged, dropped":                {asked().sends(other, client, 4, answers(client, request(1))).gets(client, other, 4, answers(client, request(1))).add(client, recording.Dropped, peer(other), events(other, 4)), held, "", 0},
		"forged":                         {asked().sends(other, client, 4, answers(client, request(1))).gets(client, other, 4, answers(client, request(1))), broken, "client did not drop the answer of other, which had not received the request", 3},
		"entries were lost":              {lossy(ends(asked(), server, 4)), undecided, "not kept", 0},
		"ended twice, entries were lost": {lossy(asked().add(client, recording.Answered, events(client, request(1))).add(client, recording.Answered, events(client, request(1)))), broken, "ended twice", 3},
	})
}

func TestNothingAfterUnsubscribe(t *testing.T) {
	ended := func() *story { return newStory().subscribes(server).passes(client, server, 1).unsubscribes(server) }
	check(t, invariants.NothingAfterUnsubscribe(), map[string]told{
		"nothing":                         {ended(), held, "", 0},
		"still on its way":                {ended().sends(client, server, 2).gets(server, client, 2), held, "", 0},
		"got what came later":             {ended().passes(client, server, 2), broken, "a subscription of server that had ended got shop.Order 2 of client, which came later", 3},
		"a stream got it":                 {ended().sends(client, server, 2).gets(server, client, 2).add(server, recording.Taken, peer(client), events(client, 2), sub(1)), broken, "shop.Order 2", 3},
		"at one moment":                   {ended().together().sends(client, server, 2).together().gets(server, client, 2).together().handles(server, client, 2), broken, "shop.Order 2", 3},
		"own event":                       {ended().sends(server, server, 2).gets(server, server, 2).handles(server, server, 2), broken, "shop.Order 2 of server", 3},
		"another subscription":            {ended().subscribes(server, sub(2)).sends(client, server, 2).gets(server, client, 2).handles(server, client, 2, sub(2)), held, "", 0},
		"handled until then":              {newStory().subscribes(server).sends(client, server, 1).gets(server, client, 1).unsubscribes(server).handles(server, client, 1, took(3*time.Millisecond)), held, "", 0},
		"handled afterwards":              {newStory().subscribes(server).sends(client, server, 1).gets(server, client, 1).unsubscribes(server).handles(server, client, 1, took(time.Microsecond)), broken, "server began to handle shop.Order 1 after it had unsubscribed", 2},
		"taken after the endpoint closed": {newStory().subscribes(server).sends(client, server, 1).gets(server, client, 1).unsubscribes(server).add(server, recording.Taken, peer(client), events(client, 1), sub(1)), held, "", 0},
		"a later subscription":            {ended().subscribes(server).passes(client, server, 2), held, "", 0},
		"entries were lost":               {lossy(ended()), undecided, "not kept", 0},
		"got later, entries were lost":    {lossy(ended().passes(client, server, 2)), broken, "shop.Order 2", 3},
	})
}
