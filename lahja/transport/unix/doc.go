// Package unix carries connections between the processes of one machine, over
// Unix domain sockets. An address is the path of a socket:
//
//	ln, err := unix.Transport{}.Listen(ctx, "/run/app/server.ipc")
//
// Nobody else's process can connect, and nobody can be talked into connecting to
// somebody else's: sockets have mode 0600 before they can be connected to, and
// both sides ask the kernel who the other is. It is asked on Linux, macOS and FreeBSD.
// On the other BSDs the mode alone protects, which keeps others from connecting but
// tells nobody who listens; a CheckPeer is refused there.
//
// A listener never takes a path from another one that lives, and does take over
// the socket file that a killed process left behind. That no two of them take
// over the same file is seen to by a lock (flock) on the directory, held for as
// long as it takes to look and to bind. A lock on the directory, rather than a
// lock file, leaves nothing behind.
package unix
