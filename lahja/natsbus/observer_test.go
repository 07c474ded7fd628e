package natsbus_test

import (
	"testing"

	"github.com/lahja/go-lahja/lahja"
	"github.com/lahja/go-lahja/lahja/internal/observetest"
)

func TestObserverSeesAConversation(t *testing.T) {
	var seen observetest.Story
	o := options(start(t, nil))
	o.Observer = seen.See
	server, client := serve(t, "server", o), run(t, "client", o)
	check(t, client.ConnectToEndpoints(limited(t), lahja.ConnectionConfig{Name: "server"}))
	observetest.Conversation(t, &seen, server, client)
}
