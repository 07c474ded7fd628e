package bench

import "github.com/lahja/go-lahja/tools/drivers"

// roles are the parts that a child can play.
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
	"nats-server":  playNATSServer,
}

// scenarios are those that children of children run.
var scenarios = []drivers.Scenario{meeting}
