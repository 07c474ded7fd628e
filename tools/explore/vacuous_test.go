package explore_test

import (
	"strings"
	"testing"
	"time"

	"github.com/lahja/go-lahja/lahja"
	d "github.com/lahja/go-lahja/tools/drivers"
	"github.com/lahja/go-lahja/tools/engine"
	"github.com/lahja/go-lahja/tools/explore"
)

// cut has a partition that some orders put after the only message that it can hold back, or all.
func cut(name string, client ...d.Action) d.Scenario {
	parcel := d.NewSlot[*lahja.Stream[Parcel]]("parcel")
	return d.Case(name, "A parcel arrives in the end.",
		d.New(d.ServeEndpoint("depot"), d.Stream(parcel), d.NextFrom(parcel)),
		d.New(d.RunEndpoint("a"), append([]d.Action{d.ConnectToEndpoints("depot"), d.WaitUntilAnyEndpointSubscribedTo[Parcel](), d.Checkpoint("ready")}, client...)...),
		d.New(d.NoEndpoint("storm"), d.Checkpoint("ready"), d.Await("storm"), d.PartitionFrom("a", "depot"), d.Sleep(time.Second), d.Heal())).
		Needing(engine.NetworkFaults)
}

func TestVacuousRunsCountForNothing(t *testing.T) {
	r, err := explore.Scenario(t.Context(), cut("vacuous/some", d.Signal("storm"), d.Broadcast(Parcel{N: 1})), explore.Options{Schedules: 200, Workers: -1})
	if err != nil || r.Failed() || r.Vacuous == 0 || r.Vacuous == r.Schedules || r.Progress.Failures > 0 {
		t.Errorf("got %d vacuous of %d: %v, %v", r.Vacuous, r.Schedules, r, err)
	}
	if want := "not counted, because a fault affected nothing: "; !strings.Contains(r.String(), want) {
		t.Errorf("want %q in %s", want, r)
	}
}

func TestVacuousInAllSchedulesIsAFailure(t *testing.T) {
	after := []d.Action{d.Broadcast(Parcel{N: 1}), d.Sync("depot"), d.Signal("storm")}
	r, err := explore.Scenario(t.Context(), cut("vacuous/all", after...), explore.Options{Schedules: 50, Workers: -1})
	if err != nil || !r.Failed() || r.Vacuous != r.Schedules || len(r.Failures) > 0 {
		t.Errorf("got %d vacuous of %d: %v, %v", r.Vacuous, r.Schedules, r, err)
	}
}
