package timelinetest

import (
	"fmt"
	"math/rand/v2"
	"time"

	"github.com/lahja/go-lahja/tools/recording"
)

const (
	servers = 10
	rounds  = 65
)

// Hundred is a run of 10 servers and 90 clients with about 60,000 entries. One client fails at its
// last action, and all others are stopped.
func Hundred() *recording.Run {
	b := newBuilder(hundredHeader())
	r := rand.New(rand.NewPCG(1, 2))
	for d := range b.run.Drivers {
		b.step(d, 0, time.Duration(200+37*d)*us, time.Duration(900+40*d)*us)
	}
	for d := servers; d < len(b.run.Drivers); d++ {
		b.begin(d, 1, time.Duration(5000+60*d)*us)
		b.connect(d, serverOf(d), time.Duration(5300+60*d)*us, "load.GetPrice load.News")
		b.end(d, time.Duration(5600+60*d)*us, "")
	}
	last := time.Duration(0)
	for d := range b.run.Drivers {
		if d >= servers {
			last = max(last, b.shop(d, r))
		}
	}
	for d := range servers {
		b.broadcast(d, r)
	}
	return b.fail(last + 4*time.Millisecond)
}

func serverOf(client int) int { return client % servers }

func hundredHeader() recording.Header {
	h := recording.Header{Scenario: "load/hundred", Rule: "ten servers answer ninety clients", Engine: "subprocess+unix", Location: "scenarios/load.go:12"}
	for i := range 100 {
		d := recording.Driver{Name: fmt.Sprintf("client-%d-%d", i%servers, i/servers-1), Process: true,
			Steps: steps("RunEndpoint", "ConnectToEndpoints", "Request(GetPrice{Item:\"tea\"})", `Do("last")`, `Checkpoint("end")`)}
		if i < servers {
			d.Name = fmt.Sprintf("server-%d", i)
			d.Steps = steps("ServeEndpoint", "ServeRequests[GetPrice]()", `BroadcastEach(News{…}×40)`, `Checkpoint("end")`)
		}
		d.Endpoint = d.Name
		h.Drivers = append(h.Drivers, d)
	}
	return h
}

func steps(texts ...string) (all []recording.Step) {
	for i, text := range texts {
		all = append(all, recording.Step{Text: text, Source: fmt.Sprintf("scenarios/load.go:%d", 20+i)})
	}
	return all
}

// shop has a client send its requests one after the other, and returns when it is done.
func (b *builder) shop(d int, r *rand.Rand) time.Duration {
	now := time.Duration(14000+r.IntN(3000)) * us
	for range rounds {
		server := serverOf(d)
		there, busy, back := wait(r, 400), wait(r, 300), wait(r, 400)
		b.begin(d, 2, now)
		id := b.send(message{from: d, to: server, event: "load.GetPrice", at: now + 40*us, until: now + there})
		b.add(d, now+50*us, recording.Entry{Kind: recording.Requested, Event: "load.GetPrice", Peer: b.name(server), ID: id})
		b.add(server, now+there+busy, recording.Entry{Kind: recording.Handled, Event: "load.GetPrice", Peer: b.name(d), ID: id, Took: busy})
		now += there + busy
		b.send(message{from: server, to: d, event: "load.Price", at: now + 10*us, until: now + back, answers: id})
		now += back
		b.add(d, now+10*us, recording.Entry{Kind: recording.Answered, Event: "load.Price", Peer: b.name(server), Answers: id, Took: there + busy + back})
		now += 30 * us
		b.end(d, now, "")
		now += wait(r, 2500)
	}
	return now
}

func wait(r *rand.Rand, about int) time.Duration {
	return time.Duration(about/2+r.IntN(about)) * us
}

// broadcast has a server tell its clients news, several at a time.
func (b *builder) broadcast(d int, r *rand.Rand) {
	b.begin(d, 2, 20*time.Millisecond)
	now := 20 * time.Millisecond
	for range 36 {
		now += wait(r, 3000)
		id := b.id(d, 3)
		for c := servers; c < len(b.run.Drivers); c++ {
			if serverOf(c) == d {
				m := message{from: d, to: c, event: "load.News", at: now, until: now + wait(r, 600), count: 3}
				b.sent(id, m)
				b.received(id, m)
			}
		}
	}
	b.end(d, now+50*us, "")
}

// fail has one client fail, and ends all.
func (b *builder) fail(at time.Duration) *recording.Run {
	const failing, text = 54, "price is 1, want 2"
	outcome := recording.Outcome{Verdict: "failed", Elapsed: at + 30*time.Millisecond}
	for d := range b.run.Drivers {
		if d == failing {
			continue
		}
		step := len(b.run.Drivers[d].Steps) - 1
		b.begin(d, step, at-time.Duration(3500-20*d)*us)
		b.add(d, at-time.Duration(3490-20*d)*us, recording.Entry{Kind: recording.Arrived, Step: step, Text: `checkpoint "end"`})
	}
	b.begin(failing, 3, at-120*us)
	b.end(failing, at, text)
	b.add(failing, at+us, recording.Entry{Kind: recording.Failed, Step: 3, Text: text})
	outcome.Failures = append(outcome.Failures, recording.Failure{Driver: failing, Step: 3, Kind: "assertion", Text: text, At: at + us})
	for d := range b.run.Drivers {
		if d != failing {
			outcome.Failures = append(outcome.Failures, recording.Failure{Driver: d, Step: 3, Kind: "stopped", Text: "stopped because of the first failure", At: at + 2*time.Millisecond})
		}
	}
	b.leave(at + 2*time.Millisecond)
	return b.finish(outcome)
}
