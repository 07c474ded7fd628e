// Package memory carries connections between the endpoints of one process,
// without sockets. An address is any text, known within one Network:
//
//	network := memory.New()
//	ln, err := network.Listen(ctx, "server")
//	conn, err := network.Dial(ctx, "server")
//
// Its connections behave as those of sockets do: they are buffered, so that a
// write returns before anybody reads; what was written before Close can still be
// read; deadlines hold. They have no goroutines, and wait in nothing but condition
// variables and channels, so that they work in bubbles of testing/synctest. An
// idle connection holds no buffer.
package memory
