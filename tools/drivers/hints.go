package drivers

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/lahja/go-lahja/internal/near"
	"github.com/lahja/go-lahja/lahja"
	"github.com/lahja/go-lahja/tools/engine"
)

// Hints says what the failure may come from, at most one thing: a slip in the plan of
// the driver that failed, or else in that of another one, or else a transport that does
// not reach other processes. Serving reports whether the driver of that name was past its
// initializer in a process of its own; it is nil if drivers are not processes.
//
// A slip is an endpoint that is waited for and that no driver has, or one that is
// connected to and does not listen. Neither is a mistake by itself, as functions of
// drivers may open endpoints too, and what stands under Throws is left out.
func Hints(all []*Driver, failed *engine.Failure, serving func(driver string) bool) []string {
	found := slips(all)
	for _, s := range found {
		if s.driver.name == failed.Driver {
			return []string{s.text}
		}
	}
	if len(found) > 0 {
		return []string{found[0].text}
	}
	if serving == nil {
		return nil
	}
	return unreached(all, failed, serving)
}

// slip is what looks like one in a driver.
type slip struct {
	driver *Driver
	text   string
}

func slips(all []*Driver) []slip {
	listens, strangers := map[string]bool{}, map[string]bool{}
	for _, d := range all {
		if name := d.Endpoint(); name != "" {
			listens[name] = d.initializer.listens
		} else {
			strangers[d.name] = true // A bare connection may call itself like its driver.
		}
	}
	var found []slip
	for _, d := range all {
		complain := func(format string, args ...any) { found = append(found, slip{d, fmt.Sprintf(format, args...)}) }
		visitMeant(d.actions, func(a *action) {
			for _, name := range a.peers {
				at := fmt.Sprintf("%s of driver %s (%s)", limit(a.String(), maxArg), d.name, a.source)
				switch serving, known := listens[name]; {
				case strangers[name]:
				case !known:
					complain("%s names endpoint %q, which no driver opens%s", at, name, near.Name(name, maps.Keys(listens)))
				case a.connects && !serving:
					complain("%s connects to %q, which does not listen: begin its driver with ServeEndpoint", at, name)
				}
			}
		})
	}
	return found
}

// unreached says why an action that connects may have found no listener, although
// the drivers that serve stood past their beginning: an address of one process means
// nothing in another.
func unreached(all []*Driver, failed *engine.Failure, serving func(driver string) bool) []string {
	if !strings.Contains(failed.Message, lahja.ErrNoListener.Error()) {
		return nil
	}
	for _, d := range all {
		if d.initializer.listens && serving(d.name) && d.name != failed.Driver {
			return []string{fmt.Sprintf("driver %s was serving %q then, in a process of its own: does the transport reach other processes? "+
				"One that does not says so (transports.Backend.OneProcess)", d.name, d.Endpoint())}
		}
	}
	return nil
}

// visitMeant calls visit for every action of this package that is not meant to
// fail.
func visitMeant(actions []Action, visit func(a *action)) {
	for _, a := range actions {
		own, ok := ownOf(a)
		if ok && own.expectsFailure {
			continue
		}
		if ok {
			visit(own)
		}
		visitMeant(innerOf(a), visit)
	}
}

// naming notes the endpoints that an action names.
func (a *action) naming(names ...string) *action {
	a.peers = slices.Clone(names)
	return a
}
