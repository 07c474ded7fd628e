package agents

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/micro"
)

// discoverTime is how long agents have to answer that they are there.
const discoverTime = 300 * time.Millisecond

// List returns the agents that are there now, by their ids. Measure adds their clocks and loads.
func List(ctx context.Context, conn *nats.Conn) ([]Info, error) {
	inbox := conn.NewRespInbox()
	found, err := conn.SubscribeSync(inbox)
	if err != nil {
		return nil, fmt.Errorf("agents: look for agents: %w", err)
	}
	defer found.Unsubscribe()
	subject, err := micro.ControlSubject(micro.InfoVerb, service, "")
	if err == nil {
		err = conn.PublishRequest(subject, inbox, nil)
	}
	if err != nil {
		return nil, fmt.Errorf("agents: look for agents: %w", err)
	}
	ctx, cancel := context.WithTimeout(ctx, discoverTime)
	defer cancel()
	var all []Info
	for {
		m, err := found.NextMsgWithContext(ctx)
		if err != nil || m.Header.Get("Status") == "503" {
			break // The time is up, or NATS says that there is none.
		}
		var said micro.Info
		if err := json.Unmarshal(m.Data, &said); err != nil {
			return nil, fmt.Errorf("agents: an agent cannot be understood: %w", err)
		}
		all = append(all, infoOf(said))
	}
	slices.SortFunc(all, func(a, b Info) int { return cmp.Compare(a.ID, b.ID) })
	return all, nil
}

// Measure is what is known of an agent, with its clock and load as they are now.
func Measure(ctx context.Context, conn *nats.Conn, agent Info) (Info, error) {
	r := newRemote(conn, agent, "")
	err := r.measure(ctx)
	return r.info, err
}

func infoOf(said micro.Info) Info {
	meta := said.Metadata
	capacity, _ := strconv.Atoi(meta[metaCapacity]) // What is no number is no capacity.
	i := Info{ID: said.Description, Host: meta[metaHost], Capacity: capacity, Address: meta[metaAddress],
		Platform: meta[metaPlatform], Version: meta[metaVersion], Key: meta[metaKey]}
	if labels := meta[metaLabels]; labels != "" {
		i.Labels = strings.Split(labels, ",")
	}
	return i
}

// chooseAble are those that can run one of these builds of this program.
func chooseAble(all []Info, url string, programs builds) ([]Info, error) {
	var others []string
	able := slices.DeleteFunc(slices.Clone(all), func(i Info) bool {
		_, built := programs[i.Platform]
		if !built {
			others = append(others, fmt.Sprintf("%s is %s", i, i.Platform))
		}
		return !built
	})
	switch {
	case len(all) == 0:
		return nil, fmt.Errorf("agents: no agent answered within %v at %s; start one with: lahja agent --nats URL", discoverTime, url)
	case len(able) == 0:
		return nil, fmt.Errorf("agents: no agent can run this program, which is built for %s: %s; build it for one of these, and pass it with --program OS/ARCH=FILE (Options.Programs, %s)",
			platform(), strings.Join(others, ", "), EnvPrograms)
	}
	return able, nil
}

const (
	// fresh is for how long nobody asks again which agents there are.
	fresh = time.Second
	// stale is after how long a run waits for that; before, it goes by what is known.
	stale = 30 * time.Second
)

// roster is the agents that are known. Runs follow each other quickly, and an agent has a while
// to answer, so most runs do not wait for that.
type roster struct {
	mu     sync.Mutex
	able   []Info
	at     time.Time
	asking bool
}

// agents are those that can run this program.
func (r *roster) agents(ctx context.Context, conn *nats.Conn, programs builds) ([]Info, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	age := time.Since(r.at)
	if len(r.able) == 0 || age > stale {
		return r.ask(ctx, conn, programs)
	}
	if age > fresh && !r.asking {
		r.asking = true
		go func() {
			found, err := List(context.Background(), conn)
			r.mu.Lock()
			defer r.mu.Unlock()
			r.asking = false
			if able, unable := chooseAble(found, "", programs); err == nil && unable == nil {
				r.able, r.at = able, time.Now()
			} else {
				r.able = nil // The next run asks, and says what is wrong.
			}
		}()
	}
	return r.able, nil
}

// ask is called with the lock held.
func (r *roster) ask(ctx context.Context, conn *nats.Conn, programs builds) (able []Info, err error) {
	found, err := List(ctx, conn)
	if err != nil {
		return nil, err
	}
	if able, err = chooseAble(found, conn.ConnectedUrlRedacted(), programs); err != nil {
		return nil, err
	}
	r.able, r.at = able, time.Now()
	return able, nil
}

// forget has the next run ask.
func (r *roster) forget() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.able = nil
}
