package loglimit

import (
	"bytes"
	"encoding/json"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"testing/slogtest"
	"testing/synctest"
	"time"
)

func open() (*slog.Logger, *Limiter, *bytes.Buffer) {
	out := new(bytes.Buffer)
	log, limiter := New(slog.New(slog.NewTextHandler(out, &slog.HandlerOptions{Level: slog.LevelInfo})))
	return log, limiter, out
}

func lines(out *bytes.Buffer) int { return strings.Count(out.String(), "\n") }

func TestRepeatedLinesAreCountedAndNotWritten(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		log, limiter, out := open()
		for i := range 300 {
			log.Error("failed", "n", i)
		}
		if n := lines(out); n != Burst {
			t.Fatalf("%d lines were written, want %d", n, Burst)
		}
		log.Error("another")
		if n := lines(out); n != Burst+1 {
			t.Errorf("another message was held back")
		}
		time.Sleep(Every)
		out.Reset()
		log.Error("failed", "n", 300)
		log.Error("failed", "n", 301)
		if text := out.String(); lines(out) != 1 || !strings.Contains(text, "n=300 suppressed=290") {
			t.Errorf("got %q, want one line that says how many were held back", text)
		}
		out.Reset()
		limiter.Close()
		if text := out.String(); lines(out) != 1 || !strings.Contains(text, "line=failed suppressed=1") {
			t.Errorf("got %q, want the line that is left", text)
		}
		out.Reset()
		limiter.Close()
		if lines(out) != 0 {
			t.Errorf("got %q, want nothing", out)
		}
	})
}

func TestAfterAWhileABurstPassesAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		log, _, out := open()
		for range 3 {
			out.Reset()
			for range 2 * Burst {
				log.Warn("x")
			}
			if n := lines(out); n != Burst {
				t.Errorf("%d lines, want %d", n, Burst)
			}
			time.Sleep(Burst * Every)
		}
	})
}

func TestEventTypesAreToldApart(t *testing.T) {
	log, limiter, out := open()
	for i := range 3 * MaxKinds {
		log.Warn("dropped", "event", fmt.Sprint("type", i))
	}
	if n := lines(out); n < MaxKinds || n > MaxKinds+Burst {
		t.Errorf("%d lines, want one for each of %d types, and %d for the others", n, MaxKinds, Burst)
	}
	for i := range 3 * MaxKinds {
		log.Warn(fmt.Sprint("message", i))
	}
	if n := len(limiter.kinds); n > 2*MaxKinds+1 {
		t.Errorf("%d kinds are kept, want at most %d", n, 2*MaxKinds+1)
	}
}

func TestWhatIsNotEnabledIsNotCounted(t *testing.T) {
	log, limiter, out := open()
	for range 100 {
		log.Debug("x")
	}
	limiter.Close()
	if out.Len() != 0 {
		t.Errorf("got %q, want nothing", out)
	}
}

func TestDefaultIsWhatItIsByThen(t *testing.T) {
	log, _ := New(nil)
	was := slog.Default()
	defer slog.SetDefault(was)
	out := new(bytes.Buffer)
	slog.SetDefault(slog.New(slog.NewTextHandler(out, nil)))
	log.Info("x")
	if lines(out) != 1 {
		t.Errorf("got %q, want a line", out)
	}
}

func TestHandlerKeepsTheContract(t *testing.T) {
	var out *bytes.Buffer
	slogtest.Run(t, func(*testing.T) slog.Handler {
		out = new(bytes.Buffer)
		log, _ := New(slog.New(slog.NewJSONHandler(out, nil)))
		return log.Handler()
	}, func(t *testing.T) map[string]any {
		var m map[string]any
		if err := json.Unmarshal(out.Bytes(), &m); err != nil {
			t.Fatal(err)
		}
		return m
	})
}
