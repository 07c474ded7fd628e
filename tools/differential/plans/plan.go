package plans

import (
	"encoding/json"
	"fmt"

	"github.com/lahja/go-lahja/tools/drivers"
)

// Plan is a scenario as data. The rules of the bus determine what its drivers see, so the drivers can
// check it: in a phase, subscriptions and connections change first, and then all endpoints send at
// once.
type Plan struct {
	Endpoints []Endpoint `json:"endpoints"`
	Phases    []Phase    `json:"phases"`
}

// Endpoint is one endpoint with its driver.
type Endpoint struct {
	Name   string `json:"name"`
	Serves bool   `json:"serves,omitempty"`
}

// Phase is what happens between two moments when nothing is in flight. A checkpoint separates its
// parts.
type Phase struct {
	// Restart and Leave name an endpoint that starts again, or closes for good.
	Restart string `json:"restart,omitempty"`
	Leave   string `json:"leave,omitempty"`
	// Connect says which endpoint dials which.
	Connect []Link `json:"connect,omitempty"`
	// Changes are subscriptions that begin and end.
	Changes []Step `json:"changes,omitempty"`
	// Sends is what the endpoints send, all at once.
	Sends []Step `json:"sends,omitempty"`
	// Parallel names the endpoints that send in parallel. They send no two events of one type, and no
	// requests.
	Parallel []string `json:"parallel,omitempty"`
}

// Link is a connection.
type Link struct {
	From string `json:"from"`
	To   string `json:"to"`
}

// Does says what a step does.
type Does string

// What steps do.
const (
	// OpenStream, CloseStream, Subscribe, Unsubscribe and Serve are changes.
	OpenStream  Does = "open-stream"
	CloseStream Does = "close-stream"
	Subscribe   Does = "subscribe"
	Unsubscribe Does = "unsubscribe"
	Serve       Does = "serve"
	// Broadcast, Request, Reconnect and Ask are sends: Reconnect connects to a connected peer, which is
	// refused, and Ask queries who subscribes to a type.
	Broadcast Does = "broadcast"
	Request   Does = "request"
	Reconnect Does = "reconnect"
	Ask       Does = "ask"
)

// Step is one thing that an endpoint does.
type Step struct {
	Endpoint string `json:"endpoint"`
	Does     Does   `json:"does"`
	// Event is the type: Tick, Tock, Blob, Ping, Pong, Ask or Answer.
	Event string `json:"event,omitempty"`
	// Slot is the number of the subscription or stream, unique in the plan.
	Slot int `json:"slot,omitempty"`
	// N is the number of the first event, and Count the number of consecutive events.
	N     int `json:"n,omitempty"`
	Count int `json:"count,omitempty"`
	// To has the endpoints of the filter, or the one to query or connect to.
	To                 []string `json:"to,omitempty"`
	Internal           bool     `json:"internal,omitempty"`
	AllowNoSubscribers bool     `json:"allowNoSubscribers,omitempty"`
	NoWait             bool     `json:"noWait,omitempty"`
}

// Param is the parameter of Scenario that holds the plan, as JSON.
const Param = "plan"

// Scenario runs the plan in its parameter, so that children can build it again.
var Scenario = drivers.Scenario{
	Name: "plans/random",
	Rule: "Drivers see what the rules of the bus predict, on every engine.",
	Drivers: func(env *drivers.Env) []*drivers.Driver {
		var p Plan
		if err := json.Unmarshal([]byte(env.Param(Param, "")), &p); err != nil {
			panic(fmt.Sprintf("plans: parameter %q is no plan: %v", Param, err))
		}
		return p.Drivers(env)
	},
}

// Params returns the parameters with which Scenario runs the plan.
func (p Plan) Params() map[string]string {
	data, err := json.Marshal(p)
	if err != nil {
		panic(err) // Strings, numbers and lists of them.
	}
	return map[string]string{Param: string(data)}
}
