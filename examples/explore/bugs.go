// Package explore has small services with bugs that only some orders show, for package
// tools/explore to find. Each stands beside its mended version.
package explore

import d "github.com/lahja/go-lahja/tools/drivers"

// Bug is a service with a bug, and without.
type Bug struct{ Broken, Fixed d.Scenario }

// Bugs are all of them.
var Bugs = []Bug{
	both(lostUpdate),
	both(lateSubscriber),
	both(numberTwice),
	both(opensEarly),
	both(overtaken),
	both(mixedUp),
	both(striped),
	both(impatientPoller),
	both(impatientLocker),
	both(doubleDeposit),
	both(forgetfulStore),
	both(staleCache),
	both(expiredLease),
}

func both(s func(fixed bool) d.Scenario) Bug { return Bug{s(false), s(true)} }

// named is a scenario of one of the two versions.
func named(fixed bool, name, rule string, drivers ...*d.Driver) d.Scenario {
	if fixed {
		return d.Case(name+"-fixed", rule, drivers...)
	}
	return d.Case(name, rule, drivers...)
}

// client runs a driver that is connected to a server.
func client(name, server string, actions ...d.Action) *d.Driver {
	return d.New(d.RunEndpoint(name), append([]d.Action{d.ConnectToEndpoints(server)}, actions...)...)
}
