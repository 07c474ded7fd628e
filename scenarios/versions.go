package scenarios

import (
	"errors"
	"fmt"
	"strings"

	"github.com/lahja/go-lahja/lahja"
	"github.com/lahja/go-lahja/lahja/inspect"
	d "github.com/lahja/go-lahja/tools/drivers"
	"github.com/lahja/go-lahja/tools/engine"
)

// Versions of event types, in programs built at different times. A process has one version of each
// type, so the drivers are in different processes.
func versionsTable() []d.Scenario {
	return []d.Scenario{
		d.CaseFunc("versions/fields-come-and-go",
			"An event arrives at a receiver whose type has other fields, in both directions: a missing field is zero, and an unknown one is ignored.",
			fieldsComeAndGo).Needing(engine.ProcessIsolation),
		d.CaseFunc("versions/request-and-answer",
			"A request and its answer arrive even if their types have other fields there.",
			otherAnswers).Needing(engine.ProcessIsolation),
		d.CaseFunc("versions/changed-field-throws",
			"If a field has another type at the receiver, the broadcast is an error, the event is not decoded to zeros, and both sides name the field.",
			changedField).Needing(engine.ProcessIsolation),
		d.CaseFunc("versions/changed-answer-throws",
			"If a field of an answer has another type at its receiver, both sides get an error that names the field.",
			changedAnswer).Needing(engine.ProcessIsolation),
	}
}

func fieldsComeAndGo(*d.Env) []*d.Driver {
	type Place struct{ Street string }
	type Address struct{ Street, Town string }
	type OldNote struct {
		_    struct{} `event:"scenarios/note"`
		Text string
		Gone int
		From []Place
	}
	type NewNote struct {
		_     struct{} `event:"scenarios/note"`
		Added map[string]int
		Text  string
		From  []Address
	}
	return []*d.Driver{
		d.New(d.ServeEndpoint("server"),
			d.Receives(OldNote{Text: "new", From: []Place{{"Main Street"}}}),
			d.WaitUntilEndpointSubscribedTo[OldNote]("client"),
			d.Broadcast(OldNote{Text: "old", Gone: 1, From: []Place{{"High Street"}}}),
			d.ShutdownEndpoint()),
		d.New(d.RunEndpoint("client"),
			d.ConnectToEndpoints("server"),
			d.WaitUntilEndpointSubscribedTo[NewNote]("server"),
			d.Broadcast(NewNote{Text: "new", Added: map[string]int{"a": 1}, From: []Address{{"Main Street", "York"}}}),
			d.Receives(NewNote{Text: "old", From: []Address{{Street: "High Street"}}})),
	}
}

func otherAnswers(*d.Env) []*d.Driver {
	type OldSum struct {
		_     struct{} `event:"scenarios/sum"`
		Total int
	}
	type NewSum struct {
		_     struct{} `event:"scenarios/sum"`
		Total int
		Exact bool
	}
	type OldAdd struct {
		_ struct{} `event:"scenarios/add"`
		lahja.Expects[OldSum]
		A, B int
	}
	type NewAdd struct {
		_ struct{} `event:"scenarios/add"`
		lahja.Expects[NewSum]
		A, B, C int
	}
	return []*d.Driver{
		d.New(d.ServeEndpoint("server"),
			d.ServeRequests(func(lahja.Event[OldAdd]) OldSum { return OldSum{Total: 3} }),
			d.WaitUntilEndpointSubscribedTo[OldAdd]("client"),
			d.RequestWith(OldAdd{A: 1}, only("client")).Returns(OldSum{Total: 6})),
		d.New(d.RunEndpoint("client"),
			d.ConnectToEndpoints("server"),
			d.WaitAnyThenRequest(NewAdd{C: 1}).Returns(NewSum{Total: 3}),
			d.ServeRequests(func(lahja.Event[NewAdd]) NewSum { return NewSum{Total: 6, Exact: true} })),
	}
}

func changedField(*d.Env) []*d.Driver {
	type OldShape struct {
		_     struct{} `event:"scenarios/shape"`
		Count int
	}
	type NewShape struct {
		_     struct{} `event:"scenarios/shape"`
		Count string
	}
	return []*d.Driver{
		d.New(d.ServeEndpoint("server"),
			d.ReceivesNothing[OldShape](d.Signal("listening"), d.AwaitDriver("client")),
			d.ExpectEndpointFunc("the client's Count differs", differs("client", "scenarios/shape", "field Count is int here and string there"))),
		d.New(d.RunEndpoint("client"),
			d.Await("listening"),
			d.ConnectToEndpoints("server"),
			d.ThrowsAs(d.Broadcast(NewShape{Count: "three"}), mismatch("server", "field Count is string here and int there")),
			d.ExpectEndpointFunc("the server's Count differs", differs("server", "scenarios/shape", "field Count is string here and int there")),
			d.Sync("server")),
	}
}

func changedAnswer(*d.Env) []*d.Driver {
	type OldCount struct {
		_ struct{} `event:"scenarios/count"`
		N int
	}
	type NewCount struct {
		_ struct{} `event:"scenarios/count"`
		N string
	}
	type OldAsk struct {
		_ struct{} `event:"scenarios/how-many"`
		lahja.Expects[OldCount]
	}
	type NewAsk struct {
		_ struct{} `event:"scenarios/how-many"`
		lahja.Expects[NewCount]
	}
	asks, ask := d.NewSlot[*lahja.Stream[OldAsk]]("asks"), d.NewSlot[lahja.Event[OldAsk]]("ask")
	return []*d.Driver{
		d.New(d.ServeEndpoint("server"),
			d.Stream(asks),
			d.NextFrom(asks).Into(ask),
			d.ThrowsAs(d.Respond(ask, OldCount{N: 3}), mismatch("client", "field N is int here and string there"))),
		d.New(d.RunEndpoint("client"),
			d.ConnectToEndpoints("server"),
			d.WaitUntilEndpointSubscribedTo[NewAsk]("server"),
			d.ThrowsAs(d.Request(NewAsk{}), mismatch("server", "field N is string here and int there"))),
	}
}

// mismatch expects an error that names the peer and the field.
func mismatch(peer, field string) func(*lahja.Error) error {
	return func(err *lahja.Error) error {
		if !errors.Is(err, lahja.ErrTypeMismatch) || err.Peer != peer || !strings.Contains(err.Error(), field) {
			return fmt.Errorf("want a mismatch with %s that says %q", peer, field)
		}
		return nil
	}
}

// differs expects an inspection of the endpoint to say that no event of the type passes to the peer,
// and why.
func differs(peer, event, field string) func(lahja.EndpointAPI) error {
	return func(ep lahja.EndpointAPI) error {
		i, ok := inspect.Endpoint(ep)
		if !ok {
			return nil // Not every implementation supports it.
		}
		for _, p := range i.Peers {
			for _, d := range p.Differing {
				if p.Name == peer && d.Type == event && d.Mismatch && len(d.Fields) == 1 && d.Fields[0] == field {
					return nil
				}
			}
		}
		return fmt.Errorf("the inspection does not say of %s that %q; its peers are %+v", peer, field, i.Peers)
	}
}
