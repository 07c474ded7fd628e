// Package observe provides observers for package lahja that need only the standard library:
// Slog writes log records, Expvar counts, and All combines several observers.
//
//	opts := &p2p.Options{Observer: observe.All(observe.Slog(logger), observe.Expvar("bus"))}
//	server, err := p2p.ServeEndpoint(ctx, config, opts)
//
// One observer may serve several endpoints. For OpenTelemetry, use package otelobserve. It
// is a separate package, so that only its users link OpenTelemetry.
package observe
