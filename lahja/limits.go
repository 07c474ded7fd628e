package lahja

import (
	"time"
)

// Defaults of all implementations.
const (
	// DefaultMaxPayload is 16 MiB.
	DefaultMaxPayload = 16 << 20
	// DefaultMaxDecoded is 128 MiB. A slice of numbers can need that much if it is encoded
	// with one byte for each number and is as large as an event may be (DefaultMaxPayload).
	DefaultMaxDecoded = 8 * DefaultMaxPayload
	// DefaultCompressAbove is 1 KiB. On a local socket, compressing less with Snappy costs
	// more than it saves.
	DefaultCompressAbove = 1 << 10
	// DefaultQueueBytes is 4 MiB: many small events, or a few large ones. It bounds a
	// peer's queue, and a subscription's.
	DefaultQueueBytes = 4 << 20
	// DefaultBlockWait is 30 s, longer than a busy but healthy receiver takes.
	DefaultBlockWait = 30 * time.Second
	// DefaultListenWait is 2 s and DefaultReadyWait 30 s, as in the Python library lahja.
	DefaultListenWait = 2 * time.Second
	DefaultReadyWait  = 30 * time.Second
	// DefaultHandshakeTimeout is 5 s. It bounds how long a connection that sends no valid
	// handshake stays open.
	DefaultHandshakeTimeout = 5 * time.Second
	// DefaultLinger is 1 s. A peer that reads takes a full queue in a fraction of that, and
	// people do not notice a longer exit.
	DefaultLinger = time.Second
)

// Limits of all implementations.
const (
	// MaxMaxPayload is 1 GiB, the maximum of Options.MaxPayload. A frame holds less than 4
	// GiB, and the compressor accepts less than that.
	MaxMaxPayload = 1 << 30
	// MaxMaxDecoded is 1 TiB (1 GiB where int has 32 bits), the maximum of
	// Options.MaxDecoded.
	MaxMaxDecoded = MaxQueueBytes
	// MaxQueueBytes is 1 TiB (1 GiB where int has 32 bits), the maximum of
	// Options.QueueBytes and SubscribeConfig.QueueBytes. No memory holds more, and sums of
	// several still fit an int.
	MaxQueueBytes = 1 << (30 + 10*(^uint(0)>>63))
)
