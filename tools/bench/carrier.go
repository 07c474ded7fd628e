package bench

import (
	"context"
	"fmt"
	"slices"
)

// Carrier is another system that carries events between processes. A program that registers one
// measures the bus beside it, for Fanout and RoundTrip. The events are bytes to a carrier: this
// package encodes, decodes, times and counts them. Each function runs in a process of its own, and
// an error that one returns ends the run. A carrier must not lose events: it blocks instead, or
// fails.
type Carrier struct {
	// Name is the system's name.
	Name string
	// Missing returns why the system cannot be measured here, or nil. It may be nil.
	Missing func() error
	// Serve starts a server between the processes and returns its address. Without a server it
	// is nil.
	Serve func(ctx context.Context, p Process) (address string, err error)
	// Publish opens the sender's end of a fan-out. It calls Process.Listening once receivers can
	// connect, and returns when all Process.Consumers have, unless a server knows them.
	Publish func(ctx context.Context, p Process) (Publisher, error)
	// Receive connects, calls Process.Ready, and then calls got for each event, one at a time. It
	// may return while events still arrive. What got is given may be reused after it returns.
	Receive func(ctx context.Context, p Process, got func(data []byte)) error
	// Answer calls Process.Listening once it can be asked, and then sends back what answer
	// returns for each request. It may return while requests still arrive.
	Answer func(ctx context.Context, p Process, answer func(request []byte) []byte) error
	// Ask connects, and returns a function that sends one request and waits for its answer.
	Ask func(ctx context.Context, p Process) (Asker, error)
}

// Publisher sends events to every receiver.
type Publisher interface {
	// Publish sends an event, now or together with later ones. It may keep data.
	Publish(ctx context.Context, data []byte) error
	// Flush sends the events that still wait.
	Flush(ctx context.Context) error
}

// Asker sends a request and returns the answer, which is valid until the next call.
type Asker func(ctx context.Context, request []byte) (answer []byte, err error)

var (
	// carriers are all that can be measured here, by name.
	carriers = map[string]Carrier{}
	// missing are the names of the others, with the reason, in the order of Register.
	missing []absent
)

type absent struct {
	name   string
	reason error
}

// Register adds carriers to the systems that are measured. Call it before Dispatch, with the same
// carriers in every process. A carrier that is missing here is left out, and the command says why.
// Register panics if a carrier lacks a function, or if its name is taken.
func Register(all ...Carrier) {
	for _, c := range all {
		if c.Name == "" {
			panic("bench: a carrier needs a name")
		}
		if slices.Contains(Systems(), c.Name) || slices.ContainsFunc(missing, func(a absent) bool { return a.name == c.Name }) {
			panic(fmt.Sprintf("bench: there already is a system named %q: give the carrier another name", c.Name))
		}
		if c.Missing != nil {
			if reason := c.Missing(); reason != nil {
				missing = append(missing, absent{c.Name, reason})
				continue
			}
		}
		if c.Publish == nil || c.Receive == nil || c.Answer == nil || c.Ask == nil {
			panic(fmt.Sprintf("bench: the carrier %q needs Publish, Receive, Answer and Ask", c.Name))
		}
		c.add()
		colours[c.Name] = spare[0]
		spare = append(spare[1:], spare[0])
		for i := range measures {
			if m := &measures[i]; m.carried {
				m.systems = append(m.systems, c.Name)
			}
		}
	}
}

// add makes the carrier known to the roles.
func (c Carrier) add() {
	carriers[c.Name] = c
	transfers[c.Name] = transfer{c.send, c.receive}
	exchanges[c.Name] = exchange{c.answer, c.ask}
}

func init() { natsCarrier.add() }

// leftOut returns a line for each carrier that the options ask for and that is missing here.
func (o Options) leftOut() []string {
	if !slices.ContainsFunc(measures, func(m measure) bool { return m.carried && o.measures(m) }) {
		return nil
	}
	var all []string
	for _, a := range missing {
		if o.wants(a.name) {
			all = append(all, fmt.Sprintf("%s is left out: %v", a.name, a.reason))
		}
	}
	return all
}

// checkMissing refuses a system that is named and missing here.
func (o Options) checkMissing() error {
	for _, a := range missing {
		if slices.Contains(o.Systems, a.name) {
			return fmt.Errorf("%s cannot be measured here: %w", a.name, a.reason)
		}
	}
	return nil
}

// serveCarrier starts the process of the carrier's server, if it has one, and returns its address.
func (f *fleet) serveCarrier(ctx context.Context, name string) (string, error) {
	if carriers[name].Serve == nil {
		return "", nil
	}
	p, err := f.start("the server of "+name, job{Role: "server", System: name})
	if err != nil {
		return "", err
	}
	said, err := f.expect(ctx, messageListening, p)
	if err != nil {
		return "", err
	}
	return said[0].URL, nil
}

func playServer(ctx context.Context, c *child) error {
	address, err := carriers[c.System].Serve(ctx, Process{c})
	if err != nil {
		return err
	}
	return c.send(message{Kind: messageListening, URL: address})
}

// published is a carrier's outlet.
type published struct {
	to     Publisher
	encode func(body) ([]byte, error)
}

func (c Carrier) send(ctx context.Context, child *child) (outlet, error) {
	to, err := c.Publish(ctx, Process{child})
	if err != nil {
		return nil, err
	}
	child.publisher = to
	return published{to, codecOf(child.Codec).encode}, nil
}

func (p published) send(ctx context.Context, b body) error {
	data, err := p.encode(b)
	if err != nil {
		return err
	}
	return p.to.Publish(ctx, data)
}

func (p published) flush(ctx context.Context) error { return p.to.Flush(ctx) }

func (c Carrier) receive(ctx context.Context, child *child, t *tally) error {
	decode := codecOf(child.Codec).decode
	var b body
	return c.Receive(ctx, Process{child}, func(data []byte) {
		child.must(decode(data, &b))
		child.must(t.got(b))
	})
}

func (c Carrier) answer(ctx context.Context, child *child) error {
	codec := codecOf(child.Codec)
	var b body
	return c.Answer(ctx, Process{child}, func(request []byte) []byte {
		child.must(codec.decode(request, &b))
		data, err := codec.encode(b)
		child.must(err)
		return data
	})
}

func (c Carrier) ask(ctx context.Context, child *child) (asker, error) {
	ask, err := c.Ask(ctx, Process{child})
	if err != nil {
		return nil, err
	}
	codec := codecOf(child.Codec)
	return func(ctx context.Context, b body) (body, error) {
		data, err := codec.encode(b)
		if err != nil {
			return body{}, err
		}
		reply, err := ask(ctx, data)
		if err != nil {
			return body{}, err
		}
		var answer body
		err = codec.decode(reply, &answer)
		return answer, err
	}, nil
}
