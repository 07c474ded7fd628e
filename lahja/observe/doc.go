// Package observe has observers for package lahja that need nothing but the standard
// library: Slog writes records, Expvar counts, All puts several together.
//
//	opts := &lahja.Options{Observer: observe.All(observe.Slog(logger), observe.Expvar("bus"))}
//	server, err := lahja.ServeEndpoint(ctx, config, opts)
//
// One observer may serve several endpoints. Package otelobserve is the same for
// OpenTelemetry; it is a package of its own so that nobody else links that.
package observe
