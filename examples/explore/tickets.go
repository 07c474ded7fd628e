package explore

import (
	"context"

	"github.com/lahja/go-lahja/lahja"
	d "github.com/lahja/go-lahja/tools/drivers"
	"github.com/onsi/gomega"
)

// AtDesk and AtMachine ask for the next number, and Entry writes it into the journal.
type (
	AtDesk    struct{ lahja.Expects[Number] }
	AtMachine struct{ lahja.Expects[Number] }
	Number    struct{ N int }
	Entry     struct {
		lahja.Expects[Entered]
		N int
	}
	Entered struct{}
)

func (AtDesk) EventName() string    { return "tickets/at-desk" }
func (AtMachine) EventName() string { return "tickets/at-machine" }
func (Number) EventName() string    { return "tickets/number" }
func (Entry) EventName() string     { return "tickets/entry" }
func (Entered) EventName() string   { return "tickets/entered" }

var (
	lastNumber = newShared[int]("last number")
	journal    = newShared[map[int]bool]("journal")
)

// draw gives the next number, and has it entered. The number must be taken before the handler
// waits for the journal, during which another one runs.
func draw(ctx context.Context, s *d.Scope, fixed bool) (Number, error) {
	n := lastNumber.get(s) + 1
	if fixed {
		lastNumber.use(s, func(last *int) { *last++; n = *last })
	}
	_, err := lahja.Request(ctx, s.Endpoint(), Entry{N: n})
	lastNumber.use(s, func(last *int) { *last = max(*last, n) })
	return Number{n}, err
}

// numberTwice has a counter with two windows that hands a number out twice.
func numberTwice(fixed bool) d.Scenario {
	return named(fixed, "tickets/number-twice", "Everybody gets a number of their own.",
		d.New(d.ServeEndpoint("book"),
			journal.begin(func() map[int]bool { return map[int]bool{} }),
			d.Serve(func(_ context.Context, s *d.Scope, e lahja.Event[Entry]) (Entered, error) {
				journal.use(s, func(known *map[int]bool) {
					s.Expect(*known).NotTo(gomega.HaveKey(e.Data.N), "the number was given to somebody else")
					(*known)[e.Data.N] = true
				})
				return Entered{}, nil
			})),
		d.New(d.ServeEndpoint("tickets"), d.ConnectToEndpoints("book"), d.WaitUntilAnyEndpointSubscribedTo[Entry](),
			lastNumber.begin(zero[int]),
			d.Serve(func(ctx context.Context, s *d.Scope, _ lahja.Event[AtDesk]) (Number, error) {
				return draw(ctx, s, fixed)
			}),
			d.Serve(func(ctx context.Context, s *d.Scope, _ lahja.Event[AtMachine]) (Number, error) {
				return draw(ctx, s, fixed)
			})),
		client("ann", "tickets", d.WaitUntilAnyEndpointSubscribedTo[AtDesk](), d.Signal("ann is there"), d.Request(AtDesk{})),
		d.New(d.RunEndpoint("bob"), d.Await("ann is there"), d.ConnectToEndpoints("tickets"),
			d.WaitUntilAnyEndpointSubscribedTo[AtMachine](), d.Request(AtMachine{})))
}
