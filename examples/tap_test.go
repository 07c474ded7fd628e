package examples_test

import (
	"bytes"
	"context"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/lahja/go-lahja/tools/tap"
)

// TestTapOfTheChatPrintsWhatThePageShows holds what was sent and what was received to
// the page, each in order: which of two is told first is not promised.
func TestTapOfTheChatPrintsWhatThePageShows(t *testing.T) {
	page, err := os.ReadFile("../docs/inspecting.md")
	if err != nil {
		t.Fatal(err)
	}
	_, want, _ := strings.Cut(string(page), "<!-- tapped: chat -->\n```json\n")
	want, _, _ = strings.Cut(want, "```\n")

	dir := t.TempDir()
	socket := filepath.Join(dir, "alice.ipc")
	alice := make(chan string, 1)
	go func() { alice <- run(t, "chat", "serve", dir) }()
	awaitListener(t, socket)
	var out, errs bytes.Buffer
	code := make(chan int, 1)
	go func() {
		code <- (&tap.Command{Address: socket, Events: true, Interval: time.Second}).Run(t.Context(), &out, &errs)
	}()
	awaitTap(t, socket)
	run(t, "chat", "join", dir)
	<-alice
	if got := <-code; got != 1 || errs.String() != "lahja: tap: alice went away: it said goodbye\n" {
		t.Errorf("got exit code %d and %q, want the end of a chat", got, errs.String())
	}
	got := unrandom(out.String())
	for _, direction := range []string{"sent", "received"} {
		if got, want := only(got, direction), only(want, direction); got != want || want == "" {
			t.Errorf("%s: it printed\n%s\nand docs/inspecting.md says\n%s", direction, got, want)
		}
	}
	if extra := strings.Count(got, "\n") - strings.Count(want, "\n"); extra != 0 {
		t.Errorf("it printed %d lines more than docs/inspecting.md says:\n%s", extra, got)
	}
}

// awaitListener returns when an endpoint listens at the socket. It looks on, as the
// endpoint logs whoever comes and says nothing.
func awaitListener(t *testing.T, socket string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	ticks := time.NewTicker(10 * time.Millisecond)
	defer ticks.Stop()
	for {
		var errs bytes.Buffer
		if (&tap.Command{Address: socket, Once: true, Interval: time.Second}).Run(ctx, io.Discard, &errs) == 0 {
			return
		}
		select {
		case <-ticks.C:
		case <-ctx.Done():
			t.Fatal(&errs)
		}
	}
}

// awaitTap returns when somebody wants the events that pass there.
func awaitTap(t *testing.T, socket string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	seen := &seenTap{cancel: cancel}
	(&tap.Command{Address: socket, Inspect: true, JSON: true, Interval: 100 * time.Millisecond}).Run(ctx, seen, os.Stderr)
	if !seen.seen {
		t.Fatal("no tap is at the chat")
	}
}

// seenTap ends what writes inspections to it once there is a tap that wants events.
type seenTap struct {
	cancel func()
	seen   bool
}

func (s *seenTap) Write(line []byte) (int, error) {
	if bytes.Contains(line, []byte(`"events":true`)) {
		s.seen = true
		s.cancel()
	}
	return len(line), nil
}

// unrandom leaves out what differs from run to run.
func unrandom(lines string) string {
	lines = regexp.MustCompile(`"time":"[^"]*"`).ReplaceAllString(lines, `"time":"TIME"`)
	for direction, name := range map[string]string{"sent": "ALICE", "received": "BOB"} {
		id := regexp.MustCompile(`("direction":"` + direction + `".*"id":")[0-9a-f]{16}-`)
		lines = id.ReplaceAllString(lines, "${1}"+name+"-")
	}
	return lines
}

// only is the lines of one direction.
func only(lines, direction string) string {
	var some []string
	for line := range strings.Lines(lines) {
		if strings.Contains(line, `"direction":"`+direction+`"`) {
			some = append(some, line)
		}
	}
	return strings.Join(some, "")
}
