package natsbus

import (
	"io"
	"net"
	"testing"

	"github.com/lahja/go-lahja/internal/testkit"
)

// What a proxy's connection has sent and the server has not taken when it is closed must not arrive
// later: another connection may stand for the same endpoint by then.
func TestWhatAClosedProxyHasSentDoesNotArriveLater(t *testing.T) {
	for _, abrupt := range []bool{false, true} {
		listener, err := net.Listen("tcp", "127.0.0.1:0")
		testkit.Check(t, err)
		defer listener.Close()
		s := socket{abrupt: abrupt}
		conn, err := s.hold(net.Dial("tcp", listener.Addr().String()))
		testkit.Check(t, err)
		server, err := listener.Accept()
		testkit.Check(t, err)
		defer server.Close()
		_, err = conn.Write([]byte("late"))
		testkit.Check(t, err)
		testkit.Check(t, conn.Close())
		got, err := io.ReadAll(server)
		if arrived := string(got) == "late" && err == nil; arrived == abrupt {
			t.Errorf("abrupt %v: got %q, %v", abrupt, got, err)
		}
	}
}
