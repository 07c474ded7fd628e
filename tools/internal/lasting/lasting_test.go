//go:build unix

package lasting

import (
	"net"
	"testing"
)

func TestAConnectionLastsUntilItIsClosed(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	conn, err := Dialer{}.Dial("tcp", l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	id := conn.(*lastingConn).id
	if !Has(id) {
		t.Error("an open connection is not known")
	}
	for range 2 {
		_ = conn.Close() // The second time it is closed already.
	}
	if Has(id) {
		t.Error("a closed connection is still known")
	}
}
