package explore

import (
	"context"

	"github.com/lahja/go-lahja/lahja"
	d "github.com/lahja/go-lahja/tools/drivers"
	"github.com/lahja/go-lahja/tools/engine"
	"github.com/onsi/gomega"
)

// Publish makes a new version of a page, Fetch asks for it, and Published tells of it.
type (
	Publish struct {
		lahja.Expects[Page]
		Version int
	}
	Fetch     struct{ lahja.Expects[Page] }
	Page      struct{ Version int }
	Published struct{ Version int }
)

func (Publish) EventName() string   { return "cache/publish" }
func (Fetch) EventName() string     { return "cache/fetch" }
func (Page) EventName() string      { return "cache/page" }
func (Published) EventName() string { return "cache/published" }

var (
	page   = newShared[int]("page")
	cached = newShared[int]("cached page")

	published = d.NewSlot[*lahja.Stream[Published]]("published")
)

// fetch gets the page into the cache.
var fetch = d.Request(Fetch{}).Then(func(_ context.Context, s *d.Scope, e lahja.Event[Page]) error {
	cached.use(s, func(v *int) { *v = max(*v, e.Data.Version) })
	return nil
})

// staleCache has a cache that connects again after a disconnect, and keeps what it has. What
// was published meanwhile it never hears of. It must fetch again.
func staleCache(fixed bool) d.Scenario {
	stay := func(ctx context.Context, s *d.Scope) error {
		if err := s.Run(ctx, d.WaitUntilDisconnectedFrom("site")); err != nil {
			return err
		}
		if err := connectAgain(ctx, s, "site"); err != nil || !fixed {
			return err
		}
		if err := s.Run(ctx, d.Sequence(d.WaitUntilSubscriptionsKnown(), d.WaitUntilAnyEndpointSubscribedTo[Fetch]())); err != nil {
			return err
		}
		return s.Run(ctx, fetch)
	}
	return named(fixed, "cache/stale", "The cache has the latest page in the end.",
		d.New(d.ServeEndpoint("site"), page.begin(zero[int]),
			d.Serve(func(_ context.Context, s *d.Scope, _ lahja.Event[Fetch]) (Page, error) { return Page{page.get(s)}, nil }),
			d.Serve(func(ctx context.Context, s *d.Scope, e lahja.Event[Publish]) (Page, error) {
				page.use(s, func(v *int) { *v = e.Data.Version })
				return Page{}, lahja.Broadcast(ctx, s.Endpoint(), Published{e.Data.Version}, lahja.BroadcastConfig{AllowNoSubscribers: true})
			})),
		client("cache", "site", d.WaitUntilAnyEndpointSubscribedTo[Fetch](), cached.begin(zero[int]),
			d.Stream(published), d.WaitUntilSubscriptionsKnown(), fetch, d.Checkpoint("online"), d.Do("stay connected", stay),
			d.Await("published"), d.Sync("site"), d.Drain(published).Then(func(_ context.Context, s *d.Scope, news []lahja.Event[Published]) error {
				for _, e := range news {
					cached.use(s, func(v *int) { *v = max(*v, e.Data.Version) })
				}
				s.Expect(cached.get(s)).To(gomega.Equal(2))
				return nil
			})),
		d.New(d.RunEndpoint("editor"), d.Checkpoint("online"), d.ConnectToEndpoints("site"),
			d.WaitUntilAnyEndpointSubscribedTo[Publish](), d.Request(Fetch{}), d.Request(Publish{Version: 2}), d.Signal("published")),
		d.New(d.NoEndpoint("storm"), d.Checkpoint("online"), d.Disconnect("cache", "site"))).Needing(engine.NetworkFaults)
}
