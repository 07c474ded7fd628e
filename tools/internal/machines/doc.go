// Package machines makes machines for tests, on one: each is a set of network, mount, process and
// host name namespaces, with file systems of its own and none that it could write to and another
// one sees. Machines reach each other and a hub. Machines outside reach the hub alone:
//
//	func TestMain(m *testing.M) {
//		machines.Act() // first thing
//		...
//	}
//
//	lab, err := machines.Start(ctx, machines.Plan{Inside: []string{"east", "west"}, Outside: []string{"laptop"}})
//	if errors.Is(err, machines.ErrUnavailable) {
//		t.Skip(err)
//	}
//	defer lab.Close()
//	running, err := lab.Machine("east").Start(lab.Machine("east").Command("some", "arguments"))
//
// What runs there is this program. When a machine is closed, or this process ends, every process
// of the machine is killed. It takes Linux, root, and the program ip.
package machines
