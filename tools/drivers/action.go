package drivers

import (
	"context"
	"fmt"
	"strings"

	"github.com/lahja/go-lahja/tools/engine"
)

// Action is one thing that a driver does. It is a value: it prints with its
// arguments, and can be vetted and drawn without being run.
//
// The constructors of this package make actions that also know the line of the
// scenario on which they stand. An Action of one's own type shows the line of its
// driver instead; Do lifts a function into an action that knows its line.
type Action interface {
	fmt.Stringer
	// Run does it. It returns when it is done or when ctx ends.
	Run(ctx context.Context, s *Scope) error
}

// On is called with what an action received. Its error, or a failed assertion of
// s, fails the action.
type On[T any] = func(ctx context.Context, s *Scope, v T) error

// action is the Action that all constructors of this package make.
type action struct {
	name   string
	args   []any
	source source
	run    func(ctx context.Context, s *Scope) error

	// inner are the actions that this one is made of, each with a timeout of its
	// own.
	inner []Action
	// waitsFor says what the action waits for.
	waitsFor text
	// point is where the action meets other drivers. Reaches is set where others wait for it
	// there, and meets where it waits itself. A checkpoint does both.
	point          engine.Point
	reaches, meets bool
	// starts and joins name a background action.
	starts, joins string
	// peers are the endpoints that the action names; connects says that it connects
	// to them.
	peers    []string
	connects bool
	// addressed says that it was given addresses, and not only names.
	addressed bool
	// pauses is the driver whose process stands still while inner is run.
	pauses string
	// requests is set where it waits for answers to what it sends.
	requests bool
	// crashes is the driver that it has crash, or starts again.
	crashes string
	// unbounded is set where the timeout of actions does not apply.
	unbounded bool
	// expectations are what its methods added, for printing.
	expectations string
	// framework is set for the steps before and after a driver's actions.
	framework bool
	// besides is set where the driver may go on while one of inner waits.
	besides bool
	// expectsFailure is set where inner is meant to fail, so that nothing in it
	// is vetted.
	expectsFailure bool
	// ends is set where nothing that comes after can be run.
	ends bool
	// catches is set where the driver expects a bus handler to fail.
	catches bool
	// does is what it does to endpoints and events. Where opaque is set, that is all that
	// it and inner do.
	does   []Effect
	opaque bool
	// wanted are the data that it expects of events, in this order; see wants.
	wanted []any
	// functions are those that it is given.
	functions []function
	// vet finds mistakes that can be told before the run.
	vet func() error
}

// own returns the action, also of a type that embeds it.
func (a *action) own() *action { return a }

// ownOf returns the action that a is, if a constructor of this package made it.
func ownOf(a Action) (*action, bool) {
	if made, ok := a.(interface{ own() *action }); ok {
		return made.own(), true
	}
	return nil, false
}

// newAction is the one constructor of actions.
func newAction(name string, args []any, run func(ctx context.Context, s *Scope) error) *action {
	return &action{name: name, args: args, run: run, source: callerSource()}
}

// text is formatted only when it is asked for, since most never is.
type text struct {
	format string
	args   []any
}

func (t text) String() string { return fmt.Sprintf(t.format, t.args...) }

func (a *action) waits(format string, args ...any) *action {
	a.waitsFor = text{format, args}
	return a
}

func (a *action) of(inner ...Action) *action {
	a.inner = inner
	return a
}

// counts has the vet refuse a negative n. Zero is none.
func (a *action) counts(n int) *action {
	a.vet = func() error {
		if n < 0 {
			return fmt.Errorf("a count of %d: want 0, which is none, or more", n)
		}
		return nil
	}
	return a
}

// Run implements Action.
func (a *action) Run(ctx context.Context, s *Scope) error { return a.run(ctx, s) }

// Location is the file and line of the scenario where the action stands.
func (a *action) Location() (file string, line int) { return a.source.Location() }

// Inner returns the actions that this one is made of.
func (a *action) Inner() []Action { return a.inner }

// String prints the action with its arguments.
func (a *action) String() string {
	if a.framework {
		return a.name
	}
	args := make([]string, 0, len(a.args)+len(a.inner))
	for _, arg := range a.args {
		args = append(args, formatArg(arg))
	}
	for _, inner := range a.inner {
		args = append(args, inner.String())
	}
	return a.name + "(" + strings.Join(args, ", ") + ")" + a.expectations
}

// composite is implemented by actions made of others. Such an action has no
// timeout itself.
type composite interface{ Inner() []Action }

func innerOf(a Action) []Action {
	if c, ok := a.(composite); ok {
		return c.Inner()
	}
	return nil
}

// walk calls visit for each action and all that it is made of.
func walk(actions []Action, visit func(Action)) {
	for _, a := range actions {
		visit(a)
		walk(innerOf(a), visit)
	}
}

func sourceOf(a Action) source {
	if own, ok := ownOf(a); ok {
		return own.source
	}
	return source{}
}
