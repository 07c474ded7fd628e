package agents_test

import (
	"os"
	"testing"
	"time"
)

// traffic is what machines have sent and received.
type traffic struct{ sent, received int }

// traffic counts what the laptop has sent, and what the agents have received.
func (f *fleet) traffic() (t traffic) {
	f.t.Helper()
	var err error
	if _, t.sent, err = f.lab.Machine("laptop").Traffic(); err != nil {
		f.t.Fatal(err)
	}
	for _, name := range inside {
		received, _, err := f.lab.Machine(name).Traffic()
		if err != nil {
			f.t.Fatal(err)
		}
		t.received += received
	}
	return t
}

// ship runs trivial scenarios on all agents, in several processes at once. It returns how long that took
// and what was sent.
func (f *fleet) ship() (time.Duration, traffic) {
	f.t.Helper()
	before, began := f.traffic(), time.Now()
	r := f.run("laptop", "--repeat", "4", "--parallel", "4", "--engine", "agents+tcp", meet.Name)
	for _, o := range r.outcomes(f.t) {
		if o.Verdict != "passed" {
			f.t.Error(o.Report)
		}
	}
	took, after := time.Since(began), f.traffic()
	return took, traffic{after.sent - before.sent, after.received - before.received}
}

// programSize is how large this program is.
func programSize(t testing.TB) int {
	t.Helper()
	program, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	info, err := os.Stat(program)
	if err != nil {
		t.Fatal(err)
	}
	return int(info.Size())
}

func TestAProgramIsSentOnce(t *testing.T) {
	t.Parallel()
	size := programSize(t)
	f := startFleet(t, setup{})
	_, first := f.ship()
	if first.sent < size || first.sent > size*3/2 || first.received < size*len(inside) || first.received > size*len(inside)*3/2 {
		t.Errorf("a program of %d bytes was new: %+v, want it once from the laptop and once to each agent", size, first)
	}
	if _, again := f.ship(); again.sent > size/20 || again.received > size/20 {
		t.Errorf("the program was known: %+v, want hardly anything", again)
	}
}

// BenchmarkShipping measures what it takes longer to run a program on three agents for the first time
// than it takes later.
func BenchmarkShipping(b *testing.B) {
	first := time.Duration(0)
	for b.Loop() {
		f := startFleet(b, setup{})
		fresh, _ := f.ship()
		known, _ := f.ship()
		first += fresh - known
	}
	b.ReportMetric(first.Seconds()/float64(b.N), "s/first")
	b.ReportMetric(float64(programSize(b))/1e6, "MB")
	b.ReportMetric(0, "ns/op")
}
