// Package core dispatches events for implementations of lahja.EndpointAPI: it has an
// endpoint's own subscriptions and their handlers, its pending requests, and the table of its
// peers. Programs that only use endpoints do not need it.
//
// An implementation makes a Core with New, lists its peers with AddPeer, and gives what
// arrives to Deliver. For what is sent, Prepare makes the checks and returns the receivers.
// Package p2p does more for speed: it gathers what arrives in an Inbox, lets the goroutine that
// reads call handlers (Turn), and lets requests read their own answers (ReadLease).
package core
