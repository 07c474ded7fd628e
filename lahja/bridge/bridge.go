package bridge

import (
	"cmp"
	"context"
	"errors"
	"log/slog"
	"maps"
	"net"
	"os"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/fsnotify/fsnotify"

	"github.com/lahja/go-lahja/internal/loglimit"
	"github.com/lahja/go-lahja/lahja"
	"github.com/lahja/go-lahja/lahja/internal/tap"
	"github.com/lahja/go-lahja/lahja/natsbus"
)

// Bridge joins sockets with a server, from Start to Close.
type Bridge struct {
	opts     Options
	logLimit *loglimit.Limiter // of opts.Logger
	place    string            // where the sockets are, for people
	listener *natsbus.Listener
	hooks    hooks
	changes  *fsnotify.Watcher // of the directory of sockets
	poked    chan struct{}     // holds a token when wanted has changed
	counts   counts
	shown    atomic.Pointer[map[string]tap.Set] // taps that want events, by imported endpoint; nil for none
	held     atomic.Int64                       // bytes of frames that have arrived in part

	work sync.WaitGroup
	life context.Context // ends with Close, and with it whatever the bridge waits for
	end  context.CancelFunc
	gone chan struct{} // closed when Close has ended

	mu      sync.Mutex
	closed  bool
	silent  map[net.Conn]time.Time    // connections that have said no hello, since when
	meeting map[encounter]struct{}    // hellos from the server that are passed to sockets
	asking  map[string][]func(string) // who wants to know whether an endpoint on a socket lives
	locals  map[string]*local         // endpoints on sockets that somebody is connected to, by name
	exports map[string]bool           // names that are listened for on the server
	imports map[string]*imported      // sockets for names on the server, also those that are being opened
	taps    map[string][]*tap.Tap     // by imported endpoint; never changed in place
	wanted  map[string]bool           // names on the server that are to have sockets
	refused map[string]string         // why some names are not exported, or not imported
}

// Start returns a bridge that runs. Sockets that a killed bridge has left behind are replaced.
func Start(ctx context.Context, options Options) (*Bridge, error) {
	return start(ctx, options, hooks{handshake: handshake, locals: mostLocals, held: mostHeld})
}

// hooks are what tests change.
type hooks struct {
	handshake time.Duration
	locals    int   // how many may be on the server at once
	held      int64 // how many bytes connections may hold of frames that have arrived in part
	// events returns what is told of what arrives on the server for an endpoint; nil changes
	// nothing.
	events func(name string, events natsbus.ProxyEvents) natsbus.ProxyEvents
}

func start(ctx context.Context, options Options, hooks hooks) (*Bridge, error) {
	options, err := options.withDefaults()
	if err != nil {
		return nil, err
	}
	b := &Bridge{opts: options, hooks: hooks, place: placeOf(options.Sockets), poked: make(chan struct{}, 1), gone: make(chan struct{}),
		silent: map[net.Conn]time.Time{}, meeting: map[encounter]struct{}{}, asking: map[string][]func(string){}, locals: map[string]*local{},
		exports: map[string]bool{}, imports: map[string]*imported{}, taps: map[string][]*tap.Tap{}, wanted: map[string]bool{}, refused: map[string]string{}}
	b.opts.Logger, b.logLimit = loglimit.New(options.Logger)
	b.opts.NATS.OnGap = b.noteGaps(options.NATS.OnGap)
	b.life, b.end = context.WithCancel(context.Background())
	if b.changes, err = watchDirectory(options.Sockets); err != nil {
		return nil, err
	}
	if b.listener, err = natsbus.NewListener(ctx, "bridge", b.opts.NATS, heard{b}); err != nil {
		return nil, errors.Join(err, b.changes.Close())
	}
	if err := b.scan(ctx); err != nil {
		return nil, errors.Join(err, b.changes.Close(), b.listener.Close())
	}
	b.work.Go(b.watch)
	b.work.Go(b.importAll)
	return b, nil
}

// Run runs a bridge until ctx ends. It fails if the server is given up for good, for example because
// the credentials have expired. While the server is only away, the bridge waits for it.
func Run(ctx context.Context, options Options) error {
	b, err := Start(ctx, options)
	if err != nil {
		return err
	}
	select {
	case <-ctx.Done():
		return b.Close()
	case <-b.Lost():
		return errors.Join(b.listener.Why(), b.Close())
	}
}

// Lost returns a channel that is closed when the bridge has given the server up for good, or is
// closed.
func (b *Bridge) Lost() <-chan struct{} { return b.listener.Lost() }

// placeOf says where sockets are.
func placeOf(dir string) string {
	host, err := os.Hostname()
	if err != nil {
		return "on a socket in " + dir
	}
	return "on a socket in " + dir + " on " + host
}

// Close takes the endpoints of each side off the other, which are told why. What waits for a socket
// is written if that takes no longer than two seconds.
func (b *Bridge) Close() error {
	b.mu.Lock()
	if b.closed {
		b.mu.Unlock()
		<-b.gone
		return nil
	}
	b.closed = true
	defer close(b.gone)
	imports, locals := b.imports, slices.Collect(maps.Values(b.locals))
	silent, taps := slices.Collect(maps.Keys(b.silent)), b.allTapsLocked()
	b.imports = map[string]*imported{}
	b.mu.Unlock()
	b.end()
	for _, conn := range silent {
		conn.Close()
	}
	sealTaps(taps)
	var failed []error
	for _, i := range imports {
		if i.listener != nil { // Else who opens it closes it.
			failed = append(failed, i.close())
		}
	}
	var ended sync.WaitGroup
	for _, l := range locals {
		ended.Go(func() { l.end(errClosed) })
	}
	ended.Wait()
	failed = append(failed, b.listener.Close())
	b.work.Wait()
	b.logLimit.Close()
	return errors.Join(failed...)
}

// errClosed is why connections end when the bridge is closed.
var errClosed = errors.New("the bridge was closed")

// maxPayload is how large an event's payload may be.
func (b *Bridge) maxPayload() int { return cmp.Or(b.opts.NATS.MaxPayload, lahja.DefaultMaxPayload) }

// goes runs f, unless the bridge is closed.
func (b *Bridge) goes(f func()) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.closed {
		return false
	}
	b.work.Go(f)
	return true
}

func (b *Bridge) log(message string, args ...any) {
	b.opts.Logger.Info("lahja bridge: "+message, args...)
}

func (b *Bridge) warn(message string, err error, args ...any) {
	b.opts.Logger.Warn("lahja bridge: "+message, append(args, slog.Any("error", err))...)
}
