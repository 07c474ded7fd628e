// Package mistakes does not compile: each line with a want has a mistake, and what the compiler
// must say of it.
package mistakes

import (
	"context"

	"github.com/lahja/go-lahja/lahja"
	d "github.com/lahja/go-lahja/tools/drivers"
)

type (
	Forgotten struct{ ID int } // It should embed Expects.
	Ask       struct{ lahja.Expects[Answer] }
	Answer    struct{ ID int }
	Other     struct{}
)

var (
	slot     = d.NewSlot[Answer]("slot")
	endpoint lahja.EndpointAPI
)

var (
	_    = d.Request(Forgotten{})                                                                            // want "Forgotten) does not satisfy lahja.Requester[Res] (missing method mustEmbedExpects)"
	_, _ = lahja.Request(context.Background(), endpoint, Forgotten{})                                        // want "Forgotten) does not satisfy lahja.Requester[Res] (missing method mustEmbedExpects)"
	_    = d.Request(Ask{}).Returns(Other{})                                                                 // want "cannot use Other{} (value of struct type Other) as Answer value in argument to d.Request(Ask{}).Returns"
	_    = d.WaitFor[Answer]().Equal(Other{})                                                                // want "cannot use Other{} (value of struct type Other) as Answer value"
	_    = d.Serve(func(context.Context, *d.Scope, lahja.Event[Ask]) (Other, error) { return Other{}, nil }) // want "wrong type for method mustEmbedExpects"
	_    = d.Request(Ask{}).Into(slot)                                                                       // want "cannot use slot (variable of type *drivers.Slot[Answer]) as *drivers.Slot[lahja.Event[Answer]] value"
	_    = d.Respond(slot, Answer{})                                                                         // want "type *drivers.Slot[Answer] of slot does not match *drivers.Slot[lahja.Event[Req]]"
)
