package memory

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"sync"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"golang.org/x/net/nettest"
)

// connected returns both ends of a connection, and cleans up.
func connected(t testing.TB, n *Network) (client, server net.Conn) {
	t.Helper()
	ln, err := n.Listen(t.Context(), "server")
	if err != nil {
		t.Fatal(err)
	}
	defer ln.Close()
	if client, err = n.Dial(t.Context(), "server"); err != nil {
		t.Fatal(err)
	}
	if server, err = ln.Accept(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { client.Close(); server.Close() })
	return client, server
}

func TestConn(t *testing.T) {
	for _, buffer := range []int{0, 4 << 10, 1 << 20} {
		t.Run(fmt.Sprint("buffer ", buffer), func(t *testing.T) {
			nettest.TestConn(t, func() (c1, c2 net.Conn, stop func(), err error) {
				c1, c2 = pipe((&Network{Buffer: buffer}).buffer(), "test")
				return c1, c2, func() { c1.Close(); c2.Close() }, nil
			})
		})
	}
}

func TestTheZeroNetworkWorks(t *testing.T) {
	var n Network
	client, server := connected(t, &n)
	if _, err := client.Write([]byte("hello")); err != nil {
		t.Fatal(err)
	}
	got := make([]byte, 5)
	if _, err := io.ReadFull(server, got); err != nil || string(got) != "hello" {
		t.Errorf("got %q, %v; want hello", got, err)
	}
}

func TestWhatWasWrittenBeforeCloseIsRead(t *testing.T) {
	client, server := connected(t, New())
	if _, err := client.Write([]byte("last words")); err != nil {
		t.Fatal(err)
	}
	client.Close()
	if got, err := io.ReadAll(server); err != nil || string(got) != "last words" {
		t.Errorf("got %q, %v; want the last words and io.EOF", got, err)
	}
	if _, err := server.Write([]byte("?")); !errors.Is(err, syscall.EPIPE) {
		t.Errorf("writing to a closed end: got %v; want EPIPE", err)
	}
	if _, err := client.Read(make([]byte, 1)); !errors.Is(err, net.ErrClosed) {
		t.Errorf("reading a closed end: got %v; want net.ErrClosed", err)
	}
	if _, err := client.Write([]byte("?")); !errors.Is(err, net.ErrClosed) {
		t.Errorf("writing a closed end: got %v; want net.ErrClosed", err)
	}
	if err := client.Close(); err != nil {
		t.Errorf("closing again: %v", err)
	}
}

func TestCloseWriteLeavesTheOtherDirection(t *testing.T) {
	client, server := connected(t, New())
	if err := client.(interface{ CloseWrite() error }).CloseWrite(); err != nil {
		t.Fatal(err)
	}
	if _, err := server.Read(make([]byte, 1)); err != io.EOF {
		t.Errorf("got %v; want io.EOF", err)
	}
	if _, err := server.Write([]byte("x")); err != nil {
		t.Error(err)
	}
	if _, err := io.ReadFull(client, make([]byte, 1)); err != nil {
		t.Error(err)
	}
}

func TestListeningTwiceNamesTheAddress(t *testing.T) {
	n := New()
	ln, err := n.Listen(t.Context(), "here")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := n.Listen(t.Context(), "here"); !errors.Is(err, syscall.EADDRINUSE) || !bytes.Contains([]byte(err.Error()), []byte(`"here"`)) {
		t.Errorf("got %v; want EADDRINUSE that names the address", err)
	}
	if err := ln.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := ln.Accept(); !errors.Is(err, net.ErrClosed) {
		t.Errorf("Accept after Close: got %v; want net.ErrClosed", err)
	}
	again, err := n.Listen(t.Context(), "here")
	if err != nil {
		t.Errorf("Close did not give the address back: %v", err)
	}
	ln.Close()
	if _, err := n.Listen(t.Context(), "here"); err == nil {
		t.Error("closing the old listener again gave the new one's address away")
	}
	again.Close()
}

func TestDialWaitsForTheListener(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := New()
		ctx, cancel := context.WithTimeout(t.Context(), time.Hour)
		defer cancel()
		dialled := make(chan error, 1)
		go func() {
			c, err := n.Dial(ctx, "late")
			if err == nil {
				c.Close()
			}
			dialled <- err
		}()
		synctest.Wait()
		other, _ := n.Listen(ctx, "other")
		defer other.Close()
		synctest.Wait()
		select {
		case err := <-dialled:
			t.Fatalf("Dial returned %v before anybody listened", err)
		default:
		}
		ln, _ := n.Listen(ctx, "late")
		if err := <-dialled; err != nil {
			t.Error(err)
		}
		ln.Close()
		if _, err := n.Dial(ctx, "never"); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("got %v; want the context's end", err)
		}
	})
}

func TestAFullBacklogMakesDialWait(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := New()
		ln, _ := n.Listen(t.Context(), "busy")
		var waiting []net.Conn
		for range backlog {
			c, err := n.Dial(t.Context(), "busy")
			if err != nil {
				t.Fatal(err)
			}
			waiting = append(waiting, c)
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if _, err := n.Dial(ctx, "busy"); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("got %v; want the context's end", err)
		}
		ln.Close()
		for _, c := range waiting {
			if _, err := c.Read(make([]byte, 1)); err != io.EOF {
				t.Fatalf("a connection that was never accepted: got %v; want io.EOF", err)
			}
		}
	})
}

func TestBubble(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		client, server := pipe(defaultBuffer, "bubble")
		defer client.Close()
		defer server.Close()
		start := time.Now()
		server.SetReadDeadline(start.Add(time.Minute))
		if _, err := server.Read(make([]byte, 1)); !errors.Is(err, os.ErrDeadlineExceeded) {
			t.Errorf("got %v; want a timeout", err)
		}
		if got := time.Since(start); got != time.Minute {
			t.Errorf("the deadline came after %v; want 1m", got)
		}
		server.SetReadDeadline(time.Time{})
		want := bytes.Repeat([]byte("0123456789"), 50_000)
		go func() {
			time.Sleep(time.Hour)
			client.Write(want)
			client.Close()
		}()
		got, err := io.ReadAll(server)
		if err != nil || !bytes.Equal(got, want) {
			t.Errorf("got %d bytes, %v; want the %d written", len(got), err, len(want))
		}
		if got := time.Since(start); got != time.Hour+time.Minute {
			t.Errorf("it took %v; want an hour and a minute", got)
		}
	})
}

func TestAWriterThatFillsTheBufferWaits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		client, server := pipe(10, "full")
		defer server.Close()
		wrote := make(chan int, 1)
		go func() {
			n, _ := client.Write(make([]byte, 15))
			wrote <- n
		}()
		synctest.Wait()
		select {
		case n := <-wrote:
			t.Fatalf("wrote %d bytes into a buffer of 10", n)
		default:
		}
		io.ReadFull(server, make([]byte, 5))
		if n := <-wrote; n != 15 {
			t.Errorf("wrote %d bytes; want 15", n)
		}
		client.SetWriteDeadline(time.Now().Add(time.Second))
		if n, err := client.Write(make([]byte, 5)); n != 0 || !errors.Is(err, os.ErrDeadlineExceeded) {
			t.Errorf("got %d, %v; want 0 and a timeout", n, err)
		}
		client.Close()
	})
}

func TestConcurrentWritesDoNotMix(t *testing.T) {
	client, server := connected(t, &Network{Buffer: 7})
	var writers sync.WaitGroup
	for i := range 8 {
		writers.Go(func() { client.Write(bytes.Repeat([]byte{byte('a' + i)}, 100)) })
	}
	go func() { writers.Wait(); client.Close() }()
	got, err := io.ReadAll(server)
	if err != nil || len(got) != 800 {
		t.Fatalf("got %d bytes, %v; want 800", len(got), err)
	}
	for i := 0; i < len(got); i += 100 {
		if !bytes.Equal(got[i:i+100], bytes.Repeat(got[i:i+1], 100)) {
			t.Fatalf("two writes are mixed: %q", got[i:i+100])
		}
	}
}

func TestAnIdleConnectionHoldsNoBuffer(t *testing.T) {
	client, server := connected(t, New())
	client.Write(make([]byte, 50_000))
	io.ReadFull(server, make([]byte, 50_000))
	if b := server.(*conn).in.buffer; b.data != nil {
		t.Errorf("a drained buffer keeps %d bytes", len(b.data))
	}
}

func BenchmarkStream(b *testing.B) {
	client, server := connected(b, New())
	go io.Copy(io.Discard, server)
	chunk := make([]byte, 32<<10)
	b.SetBytes(int64(len(chunk)))
	b.ReportAllocs()
	for b.Loop() {
		client.Write(chunk)
	}
}
