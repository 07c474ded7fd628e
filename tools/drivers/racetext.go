package drivers

import (
	"fmt"
	"time"

	"github.com/lahja/go-lahja/tools/recording"
)

// add notes a race, once for two actions. Own says that what the waiter takes from has made the
// subscription of which the sender knows.
func (f *races) add(r, wait *ranStep, by int, t event, sent recording.Entry, missed, own bool) {
	pair := pairing{r.driver, r.top, by, wait.top}
	if f.seen[pair] {
		return
	}
	f.seen[pair] = true
	race := Race{Driver: f.drivers[r.driver].name, Step: r.top, Action: r.String(), Subscriber: f.drivers[by].name,
		Waiter: f.drivers[wait.driver].name, WaiterStep: wait.top, Event: string(t), Sent: sent.At, Missed: missed}
	race.Known = f.knownSince(r, by, t, sent.At, missed)
	switch {
	case missed:
		race.Text = f.textOfMissed(race, wait, t)
	case wait == r:
		race.Text = f.textOfRequest(race, t)
	default:
		race.Text = f.textOfReceived(race, wait, t, own)
	}
	race.Remedy = fmt.Sprintf("Put WaitUntilEndpointSubscribedTo[%s](%q) before action %d in %s.", t.short(), f.drivers[by].Endpoint(), r.top, race.Driver)
	switch {
	case !own:
		race.Remedy = fmt.Sprintf("In %s, take it from a Stream that is open before %s sends.", race.Waiter, race.Driver)
	case missed:
		race.Remedy = fmt.Sprintf("If %s is to receive it, put WaitUntilEndpointSubscribedTo[%s](%q) before action %d in %s; "+
			"if not, have %s wait until %s has sent it.", race.Subscriber, t.short(), f.drivers[by].Endpoint(), r.top, race.Driver, race.Subscriber, race.Driver)
	}
	f.found = append(f.found, race)
}

// knownSince is when the sender learnt of the subscription, before it sent or after that.
func (f *races) knownSince(r *ranStep, by int, t event, sent time.Duration, missed bool) time.Duration {
	peer := f.drivers[by].Endpoint()
	if missed {
		return f.toldAfter(r.driver, awaited{t, peer}, sent)
	}
	if a := f.announced(r.driver, peer, t, sent); a != nil && a.listed {
		return a.at
	}
	return 0
}

func (f *races) textOfMissed(race Race, wait *ranStep, t event) string {
	when := fmt.Sprintf("before %s had told it of a subscription", race.Subscriber)
	if race.Known > race.Sent {
		when = fmt.Sprintf("%s before it knew that %s subscribes", short(race.Known-race.Sent), race.Subscriber)
	}
	return fmt.Sprintf("%s sent %s (action %d, %s) %s, so %s did not receive it. %s waited for one (action %d, %s), and another came. Nothing orders the two.",
		race.Driver, t.short(), race.Step, race.Action, when, race.Subscriber, race.Waiter, race.WaiterStep, wait)
}

func (f *races) textOfReceived(race Race, wait *ranStep, t event, own bool) string {
	text := fmt.Sprintf("%s waited for %s (action %d, %s), and took the one that %s sent (action %d, %s).",
		race.Waiter, t.short(), race.WaiterStep, wait, race.Driver, race.Step, race.Action)
	if !own {
		return text + fmt.Sprintf(" Nothing has %s send it after %s began to wait.", race.Driver, race.Waiter)
	}
	return text + f.since(race)
}

func (f *races) textOfRequest(race Race, t event) string {
	return fmt.Sprintf("%s waited for an answer to its %s (action %d, %s), and %s answered.", race.Driver, t.short(), race.Step, race.Action, race.Subscriber) + f.since(race)
}

// since says how long the sender had known of the subscription.
func (f *races) since(race Race) string {
	if race.Known == 0 {
		return fmt.Sprintf(" Nothing has %s wait until %s has subscribed.", race.Driver, race.Subscriber)
	}
	return fmt.Sprintf(" %s had known for %s that %s subscribes, and nothing has it wait for that.", race.Driver, short(max(0, race.Sent-race.Known)), race.Subscriber)
}
