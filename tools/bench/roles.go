package bench

import "github.com/lahja/go-lahja/tools/drivers"

// roles are the parts that a child can play.
var roles = map[string]role{
	"sender":      playSender,
	"receiver":    playReceiver,
	"nats-server": playNATSServer,
}

var scenarios []drivers.Scenario
