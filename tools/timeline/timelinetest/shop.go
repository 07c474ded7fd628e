package timelinetest

import (
	"fmt"
	"time"

	"github.com/lahja/go-lahja/tools/recording"
)

// The drivers of a shop.
const (
	orders = iota
	payments
	client
)

const us = time.Microsecond

// Shop is a run that failed: payments waits for an Order that was broadcast before it subscribed.
func Shop() *recording.Run {
	b := openShop()
	failed := 315 * time.Millisecond
	b.begin(payments, 4, 14250*us)
	b.add(payments, 14260*us, recording.Entry{Kind: recording.Subscribed, Step: 4, Event: "shop.Order"})
	b.add(payments, failed, recording.Entry{Kind: recording.Unsubscribed, Step: 4, Event: "shop.Order"})
	b.end(payments, failed+20*us, shopError)
	b.add(payments, failed+30*us, recording.Entry{Kind: recording.Failed, Step: 4, Text: shopError})
	broken := `checkpoint "paid" is broken: payments failed at action 4`
	for i, d := range []int{orders, client} {
		at := failed + time.Duration(60+30*i)*us
		b.add(d, at, recording.Entry{Kind: recording.Released, Text: `checkpoint "paid"`, Error: broken})
		b.end(d, at+5*us, broken)
	}
	b.leave(failed + 400*us)
	b.add(orders, failed+900*us, recording.Entry{Kind: recording.Output, Text: "orders: 1 order stored, 0 paid"})
	b.add(orders, failed+1200*us, recording.Entry{Kind: recording.Exited, PID: 4711, Text: "exit status 0"})
	return b.finish(recording.Outcome{
		Verdict: "failed", Elapsed: 317 * time.Millisecond,
		Explanation: "payments waits for a shop.Order since 14.3 ms. client broadcast one 4.2 ms before that. " +
			"It went to orders, which had subscribed by then; payments had not. Have client wait until payments is subscribed.",
		Failures: []recording.Failure{
			{Driver: payments, Step: 4, Kind: "timeout", Text: shopError, At: failed + 30*us},
			{Driver: orders, Step: 5, Kind: "stopped", Text: broken, At: failed + 65*us},
			{Driver: client, Step: 5, Kind: "stopped", Text: broken, At: failed + 95*us},
		},
		Report: "FAILED shop/order-is-paid on subprocess+unix\n  payments, action 4, WaitFor[Order](): " + shopError + "\n",
	})
}

const shopError = "timeout after 300ms: lahja: payments: next shop.Order: no event: context deadline exceeded"

// ShopPassed is the same shop in a run that passed.
func ShopPassed() *recording.Run {
	b := openShop()
	b.step(payments, 4, 14250*us, 14400*us)
	b.meet(`checkpoint "paid"`, 14500*us, arrival{driver: payments, step: 5, at: 14450 * us})
	b.leave(15 * time.Millisecond)
	return b.finish(recording.Outcome{Verdict: "passed", Elapsed: 16 * time.Millisecond})
}

func shopHeader() recording.Header {
	return recording.Header{
		Scenario: "shop/order-is-paid", Rule: "an order reaches whoever is paid for it",
		Location: "examples/shop/shop_test.go:41", Engine: "subprocess+unix", Seed: 7,
		Drivers: []recording.Driver{
			driver("orders", true, 44, `ServeEndpoint("orders")`, "Subscribe[Order]()", `Checkpoint("open")`, "ServeRequest[GetPrice]()", "WaitFor[Order]()", `Checkpoint("paid")`),
			driver("payments", true, 52, `ServeEndpoint("payments")`, `ConnectToEndpoints("orders")`, `Checkpoint("open")`, `Do("warm up")`, "WaitFor[Order]()", `Checkpoint("paid")`),
			driver("client", true, 60, `RunEndpoint("client")`, `ConnectToEndpoints("orders", "payments")`, `Checkpoint("open")`, `Request(GetPrice{Item:"tea"})`, `Broadcast(Order{Item:"tea"})`, `Checkpoint("paid")`),
		},
	}
}

func driver(name string, process bool, line int, steps ...string) recording.Driver {
	d := recording.Driver{Name: name, Endpoint: name, Process: process}
	for i, text := range steps {
		d.Steps = append(d.Steps, recording.Step{Text: text, Source: fmt.Sprintf("examples/shop/shop_test.go:%d", line+i)})
	}
	return d
}

// openShop is the run up to the moment at which payments has warmed up.
func openShop() *builder {
	b := newBuilder(shopHeader())
	for d := range b.run.Drivers {
		b.add(d, time.Duration(100+40*d)*us, recording.Entry{Kind: recording.Started, PID: 4711 + d})
		b.step(d, 0, time.Duration(900+350*d)*us, time.Duration(1800+420*d)*us)
	}
	b.add(orders, 1900*us, recording.Entry{Kind: recording.Output, Text: "orders: listening on /tmp/shop/orders.sock"})
	b.begin(orders, 1, 1950*us)
	b.add(orders, 1980*us, recording.Entry{Kind: recording.Subscribed, Step: 1, Event: "shop.Order"})
	b.end(orders, 2050*us, "")
	b.begin(payments, 1, 2300*us)
	b.connect(payments, orders, 3200*us, "shop.Order shop.GetPrice")
	b.end(payments, 3500*us, "")
	b.begin(client, 1, 2700*us)
	b.connect(client, orders, 3600*us, "shop.Order shop.GetPrice")
	b.connect(client, payments, 4100*us, "")
	b.end(client, 4600*us, "")
	b.meet(`checkpoint "open"`, 6800*us, arrival{orders, 2, 2100 * us}, arrival{payments, 2, 3600 * us}, arrival{client, 2, 6780 * us})
	b.trade()
	return b
}

// trade is the client's request and its order.
func (b *builder) trade() {
	b.begin(payments, 3, 6900*us)
	b.add(payments, 7*time.Millisecond, recording.Entry{Kind: recording.Logged, Text: "INFO warming up tables=12"})
	b.begin(orders, 3, 6860*us)
	b.begin(client, 3, 7*time.Millisecond)
	request := b.send(message{from: client, to: orders, event: "shop.GetPrice", at: 7100 * us, until: 7450 * us})
	b.add(client, 7105*us, recording.Entry{Kind: recording.Requested, Peer: "orders", Event: "shop.GetPrice", ID: request})
	b.add(orders, 8*time.Millisecond, recording.Entry{Kind: recording.Handled, Peer: "client", Event: "shop.GetPrice", ID: request, Took: 500 * us})
	answer := b.send(message{from: orders, to: client, event: "shop.Price", at: 8050 * us, until: 8400 * us, answers: request})
	b.end(orders, 8100*us, "")
	b.add(client, 8450*us, recording.Entry{Kind: recording.Answered, Peer: "orders", Event: "shop.Price", ID: answer, Answers: request, Took: 1350 * us})
	b.end(client, 8500*us, "")
	b.begin(orders, 4, 8200*us)
	b.begin(client, 4, 9900*us)
	order := b.send(message{from: client, to: orders, event: "shop.Order", at: 10040 * us, until: 10400 * us})
	b.end(client, 10100*us, "")
	b.add(orders, 10420*us, recording.Entry{Kind: recording.Taken, Peer: "client", Event: "shop.Order", ID: order})
	b.end(orders, 10450*us, "")
	for _, a := range []arrival{{orders, 5, 10500 * us}, {client, 5, 10200 * us}} {
		b.begin(a.driver, a.step, a.at)
		b.add(a.driver, a.at+5*us, recording.Entry{Kind: recording.Arrived, Step: a.step, Text: `checkpoint "paid"`})
	}
	b.end(payments, 14200*us, "")
}

// leave closes all connections and ends the drivers.
func (b *builder) leave(at time.Duration) {
	for d := range b.run.Drivers {
		for len(b.open[d]) > 0 {
			b.end(d, at, "")
		}
		b.add(d, at+time.Duration(40*d)*us, recording.Entry{Kind: recording.Ended})
	}
}
