package natsengine

import "testing"

// The scenarios of outages need their endpoints on different servers.
func TestEndpointsAreSpreadOverServers(t *testing.T) {
	if hub, client := turn("hub", 3), turn("client", 3); hub == client {
		t.Errorf("hub and client are both on server %d", hub)
	}
	if got := turned("a,b,c", "client"); got != "b,c,a" {
		t.Errorf("got %s, want the URLs from the endpoint's own on", got)
	}
}
