package scenarios

import (
	"errors"
	"fmt"
	"strings"

	"github.com/lahja/go-lahja/lahja"
	"github.com/lahja/go-lahja/tools/drivers"
	"github.com/lahja/go-lahja/tools/engine"
)

// Versions of event types, in programs built at different times. A process has one version of each
// type, so the drivers are in different processes.
var versionsTable = []drivers.Scenario{
	{
		Name:    "versions/fields-come-and-go",
		Rule:    "An event arrives at a receiver whose type has other fields, in both directions: a missing field is zero, and an unknown one is ignored.",
		Needs:   []engine.Need{engine.ProcessIsolation},
		Drivers: fieldsComeAndGo,
	},
	{
		Name:    "versions/request-and-answer",
		Rule:    "A request and its answer arrive even if their types have other fields there.",
		Needs:   []engine.Need{engine.ProcessIsolation},
		Drivers: otherAnswers,
	},
	{
		Name:    "versions/changed-field-throws",
		Rule:    "If a field has another type at the receiver, the broadcast is an error, the event is not decoded to zeros, and both sides name the field.",
		Needs:   []engine.Need{engine.ProcessIsolation},
		Drivers: changedField,
	},
	{
		Name:    "versions/changed-answer-throws",
		Rule:    "If a field of an answer has another type at its receiver, both sides get an error that names the field.",
		Needs:   []engine.Need{engine.ProcessIsolation},
		Drivers: changedAnswer,
	},
}

func fieldsComeAndGo(env *drivers.Env) []*drivers.Driver {
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
	server := env.Config("server")
	return []*drivers.Driver{
		drivers.New(drivers.ServeEndpoint(server),
			drivers.WaitFor(equals(OldNote{Text: "new", From: []Place{{"Main Street"}}})),
			drivers.WaitUntilEndpointSubscribedTo[OldNote]("client"),
			drivers.Broadcast(OldNote{Text: "old", Gone: 1, From: []Place{{"High Street"}}})),
		drivers.New(drivers.RunEndpoint("client"),
			drivers.ConnectToEndpoints(server),
			drivers.WaitUntilEndpointSubscribedTo[NewNote]("server"),
			drivers.Broadcast(NewNote{Text: "new", Added: map[string]int{"a": 1}, From: []Address{{"Main Street", "York"}}}),
			drivers.WaitFor(equals(NewNote{Text: "old", From: []Address{{Street: "High Street"}}}))),
	}
}

func otherAnswers(env *drivers.Env) []*drivers.Driver {
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
	server := env.Config("server")
	return []*drivers.Driver{
		drivers.New(drivers.ServeEndpoint(server),
			drivers.Subscribe(respond[OldAdd](OldSum{Total: 3})),
			drivers.Checkpoint("serving"),
			drivers.WaitUntilEndpointSubscribedTo[OldAdd]("client"),
			drivers.RequestWith(OldAdd{A: 1}, lahja.BroadcastConfig{FilterEndpoints: []string{"client"}}, equals(OldSum{Total: 6})),
			drivers.Checkpoint("done")),
		drivers.New(drivers.RunEndpoint("client"),
			drivers.Checkpoint("serving"),
			drivers.ConnectToEndpoints(server),
			drivers.Request(NewAdd{C: 1}, equals(NewSum{Total: 3})),
			drivers.Subscribe(respond[NewAdd](NewSum{Total: 6, Exact: true})),
			drivers.Checkpoint("done")),
	}
}

func changedField(env *drivers.Env) []*drivers.Driver {
	type OldShape struct {
		_     struct{} `event:"scenarios/shape"`
		Count int
	}
	type NewShape struct {
		_     struct{} `event:"scenarios/shape"`
		Count string
	}
	server := env.Config("server")
	return []*drivers.Driver{
		drivers.New(drivers.ServeEndpoint(server),
			drivers.ReceivesNothing[OldShape](drivers.Checkpoint("listening"), drivers.Checkpoint("tried")),
			drivers.ExpectEndpointFunc("the client's Count differs", differs("client", "scenarios/shape", "field Count is int here and string there")),
			drivers.Checkpoint("seen")),
		drivers.New(drivers.RunEndpoint("client"),
			drivers.Checkpoint("listening"),
			drivers.ConnectToEndpoints(server),
			drivers.ThrowsAs(drivers.Broadcast(NewShape{Count: "three"}), mismatch("server", "field Count is string here and int there")),
			drivers.ExpectEndpointFunc("the server's Count differs", differs("server", "scenarios/shape", "field Count is string here and int there")),
			drivers.Sync("server"),
			drivers.Checkpoint("tried"),
			drivers.Checkpoint("seen")),
	}
}

func changedAnswer(env *drivers.Env) []*drivers.Driver {
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
	server := env.Config("server")
	asked := drivers.NewSlot[*lahja.Stream[OldAsk]]("asked")
	ask := drivers.NewSlot[lahja.Event[OldAsk]]("ask")
	return []*drivers.Driver{
		drivers.New(drivers.ServeEndpoint(server),
			drivers.Stream(asked),
			drivers.Checkpoint("serving"),
			drivers.NextFrom(asked, ask.Save),
			drivers.ThrowsAs(drivers.Respond(ask, OldCount{N: 3}), mismatch("client", "field N is int here and string there")),
			drivers.Checkpoint("answered")),
		drivers.New(drivers.RunEndpoint("client"),
			drivers.Checkpoint("serving"),
			drivers.ConnectToEndpoints(server),
			drivers.ThrowsAs(drivers.Request(NewAsk{}), mismatch("server", "field N is string here and int there")),
			drivers.Checkpoint("answered")),
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
		i, ok := lahja.Inspect(ep)
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
