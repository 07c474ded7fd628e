// Package memory carries connections between the endpoints of one process, without sockets.
// An address is any text. It is known within one Network:
//
//	network := memory.New()
//	ln, err := network.Listen(ctx, "server")
//	conn, err := network.Dial(ctx, "server")
//
// Connections behave like those of sockets. They are buffered, so a write returns before
// anybody reads. What was written before Close can still be read. Deadlines work.
// Connections have no goroutines, and wait only on condition variables and channels, so
// they work in bubbles of testing/synctest. An idle connection holds no buffer.
package memory
