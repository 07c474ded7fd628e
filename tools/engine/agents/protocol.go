package agents

import (
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"github.com/lahja/go-lahja/tools/engine"
	"github.com/lahja/go-lahja/tools/engine/internal/relay"
)

// service is what agents are called in NATS' service discovery.
const service = "lahja-agent"

// Subjects of an agent. They are apart from those of any bus, so that who may use a bus can give
// no orders.
func doSubject(agent string) string { return toAgents + agent + ".do" }

func inSubject(agent, process string) string { return toAgents + agent + ".in." + process }

// What a parent wants done, besides what a process can do. It may be repeated, too.
const (
	opPing    relay.Operation = "ping"    // the run goes on
	opProgram relay.Operation = "program" // fetch the program
	opPlace   relay.Operation = "place"   // keep places for processes
	opStart   relay.Operation = "start"   // start a process, as the signed order says
	opClose   relay.Operation = "close"   // the run is over
)

// request is an operation with what it needs.
type request struct {
	relay.Request
	// Run is the run's id, and Process the process's, chosen by the parent.
	Run     string `json:"run,omitempty"`
	Process string `json:"process,omitempty"`
	// Program is a hash.
	Program string `json:"program,omitempty"`
	// Places is for how many processes.
	Places int `json:"places,omitempty"`
	// Order is a signed order.
	Order *signed `json:"order,omitempty"`
}

// answer is what comes of a request.
type answer struct {
	relay.Answer
	// Time is the agent's clock, Load how many processes it runs.
	Time time.Time `json:"time,omitzero"`
	Load int       `json:"load,omitempty"`
	// Full says that there are too few places.
	Full bool `json:"full,omitempty"`
	// Coming says that the program is on its way.
	Coming bool `json:"coming,omitempty"`
	// Key is the agent's public key, in the answer to a ping.
	Key string `json:"key,omitempty"`
}

// startOrder is what an agent is to start. It is signed as a whole.
type startOrder struct {
	relay.Order
	Agent   string `json:"agent"`
	Run     string `json:"run"`
	Process string `json:"process"`
	Program string `json:"program"`
	// Reply is where what the process says goes.
	Reply string `json:"reply"`
	// Secret is the secret of the process's control connection. The owner of ParentKey, which is made
	// for the run, has sealed it for that of AgentKey.
	Secret    []byte `json:"secret"`
	ParentKey string `json:"parentKey"`
	AgentKey  string `json:"agentKey"`
	// Expires is until when the order counts.
	Expires time.Time `json:"expires"`
}

// Info describes an agent.
type Info struct {
	// ID is unique, Host the name of its machine.
	ID   string `json:"id"`
	Host string `json:"host"`
	// Labels are what it was given: "zone=a".
	Labels []string `json:"labels,omitempty"`
	// Capacity is how many processes it runs at once, Load how many it runs now.
	Capacity int `json:"capacity"`
	Load     int `json:"load"`
	// Address is where endpoints on its machine listen.
	Address string `json:"address"`
	// Platform is the operating system and architecture, as in "linux/arm64".
	Platform string `json:"platform"`
	// Version is that of the agent's module and Go.
	Version string `json:"version"`
	// Key is for whom launch parameters are sealed: an x25519 key, made when the agent started.
	Key string `json:"key,omitempty"`
	// Ahead is how much its clock is ahead of this one, within Uncertain.
	Ahead     time.Duration `json:"ahead"`
	Uncertain time.Duration `json:"uncertain"`
}

func (i Info) String() string { return fmt.Sprintf("agent %s on %s", i.ID, i.Host) }

// machine is where the agent's drivers are.
func (i Info) machine() engine.Machine {
	system, architecture, _ := strings.Cut(i.Platform, "/")
	labels := append([]string{engine.HostLabel(i.Host)}, engine.PlatformLabels(system, architecture)...)
	return engine.Machine{Name: i.String(), Address: i.Address, Labels: append(labels, i.Labels...), Room: i.Capacity}
}

func encoded(v any) []byte {
	raw, err := json.Marshal(v)
	if err != nil {
		panic("agents: encode a message: " + err.Error()) // Its types are all plain.
	}
	return raw
}
