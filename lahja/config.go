package lahja

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// maxNameLength is the most bytes of an endpoint's name. As the name becomes a
// file's, it has to leave room in a socket's path as well.
const maxNameLength = 128

// ValidateName tells whether name can be an endpoint's: 1 to 128 bytes of
// printable ASCII, without a slash, and neither "." nor "..", so that a name
// cannot lead out of a directory of sockets. The error is ErrInvalid.
func ValidateName(name string) error {
	detail := ""
	switch bad := unprintable(name); {
	case name == "":
		detail = "the name is empty; give the endpoint one"
	case len(name) > maxNameLength:
		detail = fmt.Sprintf("the name has %d bytes, the most is %d", len(name), maxNameLength)
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

// unprintable is the index of the first byte that is not printable ASCII, or -1.
func unprintable(s string) int {
	for i := range len(s) {
		if s[i] < ' ' || s[i] > '~' {
			return i
		}
	}
	return -1
}

// ConfigFromName is the config of the endpoint of that name that listens at the
// Unix socket <base>/<name>.ipc. Without a base it is <name>.ipc in the working
// directory of the process that listens or connects. At most one base is allowed. It
// fails with ErrInvalid if the name cannot be one (ValidateName) or base is no directory.
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
			Detail: fmt.Sprintf("the base %q is no directory but a file (%s)", base, info.Mode())}
	}
	return ConnectionConfig{Name: name, Address: filepath.Join(base, name+".ipc")}, nil
}
