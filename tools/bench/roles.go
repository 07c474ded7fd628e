package bench

import "github.com/lahja/go-lahja/tools/drivers"

// roles are what a child can do.
var roles = map[string]role{
	"sender":       playSender,
	"receiver":     playReceiver,
	"requester":    playRequester,
	"responder":    playResponder,
	"local":        playLocal,
	"scenario":     playScenario,
	"idle-servers": playIdleServers,
	"idle-clients": playIdleClients,
	"scale":        playScale,
	"server":       playServer,
	"bridge":       playBridge,
}

// scenarios are those that a child runs, whose drivers may be processes in turn.
var scenarios = []drivers.Scenario{meeting}
