package bench

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
