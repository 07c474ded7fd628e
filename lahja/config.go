package lahja

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/lahja/go-lahja/internal/brief"
)

// maxNameLength is the most bytes of an endpoint's name. The name becomes part of a file
// name, and a socket's path must have room for it.
const maxNameLength = 128

// ValidateName returns nil if name can be an endpoint's name, and ErrInvalid with the
// reason otherwise. A name has 1 to 128 bytes of printable ASCII, contains no slash, and is
// neither "." nor "..", so it cannot lead out of a directory of sockets.
func ValidateName(name string) error {
	detail := ""
	switch bad := brief.Unprintable(name); {
	case name == "":
		detail = "the name is empty; give the endpoint one"
	case len(name) > maxNameLength:
		detail = fmt.Sprintf("the name has %d bytes; the limit is %d", len(name), maxNameLength)
	case bad >= 0:
		detail = fmt.Sprintf("the name %q has byte %#02x at %d; use printable ASCII", name, name[bad], bad)
	case name == "." || name == "..":
		detail = fmt.Sprintf("the name %q would lead out of a directory of sockets; use another", name)
	case strings.ContainsRune(name, '/') || strings.ContainsRune(name, filepath.Separator):
		detail = fmt.Sprintf("the name %q contains a path separator, which would lead out of a directory of sockets; leave it out", name)
	default:
		return nil
	}
	return &Error{Op: "name", Kind: ErrInvalid, Detail: detail}
}

// ConfigFromName returns the config of an endpoint that listens at the Unix socket
// <base>/<name>.ipc. Without a base, the socket is <name>.ipc in the working directory of
// the process that listens or connects. Pass at most one base. It fails with ErrInvalid if
// the name is not valid (ValidateName) or base is not a directory.
func ConfigFromName(name string, base ...string) (ConnectionConfig, error) {
	if err := ValidateName(name); err != nil {
		return ConnectionConfig{}, err
	}
	if len(base) == 0 {
		return ConnectionConfig{Name: name, Address: name + ".ipc"}, nil
	}
	return configIn(one(base), name)
}

func configIn(base, name string) (ConnectionConfig, error) {
	info, err := os.Stat(base)
	if err != nil {
		return ConnectionConfig{}, &Error{Op: "config from name", Endpoint: name, Kind: ErrInvalid,
			Detail: fmt.Sprintf("the base %q must be a directory that exists; leave it out for the working directory", base), Err: err}
	}
	if !info.IsDir() {
		return ConnectionConfig{}, &Error{Op: "config from name", Endpoint: name, Kind: ErrInvalid,
			Detail: fmt.Sprintf("the base %q is not a directory but a file (%s)", base, info.Mode())}
	}
	return ConnectionConfig{Name: name, Address: filepath.Join(base, name+".ipc")}, nil
}
