// Package unix carries connections between the processes of one machine over Unix domain
// sockets. An address is the path of a socket:
//
//	ln, err := unix.Transport{}.Listen(ctx, "/run/app/server.ipc")
//
// Other users' processes cannot connect, and cannot trick yours into connecting to them.
// Sockets have mode 0600 before anybody can connect, and both sides ask the kernel who the
// other one is. This works on Linux, macOS and FreeBSD. On the other BSDs only the mode
// protects: it keeps other users from connecting, but does not show who listens. CheckPeer
// is refused there.
//
// A listener never takes a path from a live one. It replaces the socket file that a killed
// process left behind. A lock (flock) on the directory, held only while it looks and binds,
// prevents two listeners from replacing the same file. Unlike a lock file, it leaves
// nothing behind.
package unix
