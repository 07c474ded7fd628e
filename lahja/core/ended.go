package core

import (
	"errors"
)

// keptEnds is how many ended connections the core remembers, so that later errors can say
// why they ended. Few are asked about at once.
const keptEnds = 128

// end is a connection that has ended.
type end struct {
	name     string
	instance uint64
	reason   error
}

// ends are the latest ended connections, in a ring.
type ends struct {
	latest [keptEnds]*end
	next   int
}

func (e *ends) add(one *end) {
	e.latest[e.next] = one
	e.next = (e.next + 1) % keptEnds
}

// reason returns why the latest matching connection ended, or nil if none is known.
func (e *ends) reason(is func(*end) bool) error {
	for i := 1; i <= keptEnds; i++ {
		one := e.latest[(e.next-i+keptEnds)%keptEnds]
		if one == nil {
			return nil
		}
		if is(one) {
			return one.reason
		}
	}
	return nil
}

// Causes joins the reasons why connections ended, for an error about all of them. Of many
// it uses a few.
func Causes(reasons ...error) error {
	const most = 8
	var some []error
	for _, err := range reasons {
		if err != nil && len(some) < most {
			some = append(some, err)
		}
	}
	if len(some) == 1 {
		return some[0]
	}
	return errors.Join(some...)
}
