package virtual

import (
	"fmt"
	"hash/fnv"
	"io"
	"math/rand/v2"
	"strings"
	"time"

	"github.com/lahja/go-lahja/internal/bytesize"
)

// Link is what one direction of a connection is like. The zero value delivers at once.
type Link struct {
	// Latency is how long a message takes.
	Latency Latency `json:"latency"`
	// BytesPerSecond is the bandwidth; 0 means no limit.
	BytesPerSecond int `json:"bytes-per-second,omitempty"`
	// Buffer is how many bytes may be on their way, or wait to be read, before a write waits.
	// 0 means 64 KiB, about what kernels give a socket.
	Buffer int `json:"buffer,omitempty"`
}

// defaultBuffer is Link.Buffer.
const defaultBuffer = 64 << 10

func (l Link) check() error {
	if t := l.Latency; min(t.Mean, t.Least, t.Most, t.Deviation) < 0 || t.Most > 0 && t.Most < t.Least {
		return fmt.Errorf("Link has a Latency of mean %v, deviation %v, least %v and most %v; want 0 or more, and most not below least",
			t.Mean, t.Deviation, t.Least, t.Most)
	}
	if l.BytesPerSecond < 0 || l.Buffer < 0 {
		return fmt.Errorf("Link has BytesPerSecond %d and Buffer %d; want 0 or more", l.BytesPerSecond, l.Buffer)
	}
	return nil
}

// String says how a link differs from the zero value: "messages take 1ms to 5ms, 64 MiB a second".
func (l Link) String() string {
	var all []string
	if l.Latency != (Latency{}) {
		all = append(all, "messages take "+l.Latency.String())
	}
	if l.BytesPerSecond > 0 {
		all = append(all, bytesize.Exact(int64(l.BytesPerSecond))+" a second")
	}
	if l.Buffer > 0 {
		all = append(all, "buffers of "+bytesize.Exact(int64(l.Buffer)))
	}
	return strings.Join(all, ", ")
}

func (l Link) buffer() int {
	if l.Buffer > 0 {
		return l.Buffer
	}
	return defaultBuffer
}

// Latency is how long messages take: Constant, Uniform or Normal. The zero value is no time.
type Latency struct {
	// Mean and Deviation are those of a normal distribution.
	Mean      time.Duration `json:"mean,omitempty"`
	Deviation time.Duration `json:"deviation,omitempty"`
	// Least and Most are the bounds of a uniform one, if Most is not 0.
	Least time.Duration `json:"least,omitempty"`
	Most  time.Duration `json:"most,omitempty"`
}

// Constant is the same for all messages.
func Constant(d time.Duration) Latency { return Latency{Mean: d} }

// Uniform is anything from least to most.
func Uniform(least, most time.Duration) Latency { return Latency{Least: least, Most: most} }

// Normal is normally distributed, and never less than 0.
func Normal(mean, deviation time.Duration) Latency { return Latency{Mean: mean, Deviation: deviation} }

func (l Latency) String() string {
	switch {
	case l.Most > 0:
		return fmt.Sprintf("%v to %v", l.Least, l.Most)
	case l.Deviation > 0:
		return fmt.Sprintf("%v with a deviation of %v", l.Mean, l.Deviation)
	}
	return l.Mean.String()
}

// of is the latency of the n-th message of a link.
func (l Latency) of(seed uint64, link string, n uint64) time.Duration {
	switch {
	case l.Most > 0:
		return l.Least + time.Duration(numbers(seed, link, n).Float64()*float64(l.Most-l.Least))
	case l.Deviation > 0:
		return max(0, l.Mean+time.Duration(numbers(seed, link, n).NormFloat64()*float64(l.Deviation)))
	}
	return l.Mean
}

// numbers are random numbers that depend on the seed, a name and a count alone.
func numbers(seed uint64, name string, n uint64) *rand.Rand { return rand.New(source(seed, name, n)) }

func source(seed uint64, name string, n uint64) rand.Source {
	h := fnv.New64a()
	_, _ = io.WriteString(h, name) // Writing to a hash does not fail.
	return rand.NewPCG(seed^h.Sum64(), n)
}
