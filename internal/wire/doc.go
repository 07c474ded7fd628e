// Package wire is how endpoints speak to each other: frames, and the messages in
// them. It is pure functions over bytes; it starts no goroutine, keeps no state
// but a Reader's buffer, and knows nothing of endpoints.
//
// A frame is a length of 4 bytes, big endian, and a body of that length. The
// body's first byte is the Kind; the rest is one message of that kind:
//
//	frame   length(4) kind(1) message
//	Hello   "LAHJA" version(2) codec name instance(8)
//	Refuse  code(1) reason
//	Subscriptions     number count (type shape(8) window groups (group)...)...
//	SubscriptionsAck, Sync, SyncAck, Ping, Pong, Lost   number
//	Taken             type bytes
//	Described         type layout
//	Ready, Goodbye    nothing
//	Tap     "LAHJA" version(2) events(1) interval count (pattern)...
//	Tapped  passage(1) time(8) instance(8) count (peer)... trouble event
//	Inspected         JSON
//	Event   flags(1) type shape(8) sequence [instance(8) sequence] [count (key value)...] [count group...] payload
//
// A subscription's window is how many bytes of events of its type may be under way to
// who subscribes: each counts its payload, before compression, and EventCost. Taken
// gives back so many of them. A window of 0 says that nobody counts. Each group is a
// queue group as whose member it subscribes; groups is twice their number, and one
// more where it subscribes as no group's member too.
//
// Texts are their length and their bytes; lengths, counts and numbers are
// unsigned varints in their shortest form; fixed-width numbers are big endian.
// Everything has one encoding, and what is not in it is ErrMalformed: truncated
// or trailing bytes, overlong varints, unknown kinds and flags. Nothing is
// allocated on the word of a length alone, so that a peer that lies about one
// pays for it with bytes of its own.
//
// An event carries no origin, on purpose: a connection has exactly one, the
// endpoint whose Hello opened it, so that an origin cannot be forged and costs no
// bytes. For the same reason an event's id is only a sequence number; the instance
// was in the Hello. Type, flags, headers and groups come before the payload, so that
// routing never decodes one. Headers are sorted by key, and groups by name; an event
// without any has not even their count.
package wire
