package natsbus

import (
	"crypto/tls"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"net/url"
	"strings"

	"github.com/nats-io/nats.go"

	"github.com/lahja/go-lahja/lahja"
)

// unreached says what came of an attempt to reach the servers at these URLs, and marks
// what waiting does not mend: fs.ErrPermission where one does not let the endpoint in,
// lahja.ErrInvalid for an address that cannot be one.
func unreached(urls string, err error) (kind error, detail string, cause error) {
	where, cause := redacted(urls), withoutURL(err)
	switch {
	case errors.Is(err, nats.ErrAuthorization), errors.Is(err, nats.ErrAuthExpired), errors.Is(err, nats.ErrAuthRevoked):
		return nil, "the NATS server at " + where + " does not accept the credentials; look at Options.URL and Options.NATS", notPermitted(cause)
	case errors.Is(err, nats.ErrNkeysNotSupported), errors.Is(err, nats.ErrNoUserCB), errors.Is(err, nats.ErrUserButNoSigCB):
		return nil, "the NATS server at " + where + " asks for other credentials; look at Options.NATS", notPermitted(cause)
	case errors.Is(err, nats.ErrTLS), errors.Is(err, nats.ErrSecureConnRequired), errors.Is(err, nats.ErrSecureConnWanted), isAlert(err), isCertificate(err):
		return nil, "no TLS with the NATS server at " + where + "; look at the certificates in Options.NATS", notPermitted(cause)
	}
	if isAddress(err) {
		kind = lahja.ErrInvalid
	}
	return kind, "no NATS server at " + where, cause
}

func notPermitted(err error) error { return fmt.Errorf("%w: %w", fs.ErrPermission, err) }

// isCertificate reports whether the client does not accept the server's.
func isCertificate(err error) bool {
	_, ok := errors.AsType[*tls.CertificateVerificationError](err)
	return ok
}

// isAddress reports whether the address is none.
func isAddress(err error) bool {
	_, none := errors.AsType[*net.AddrError](err)
	_, noURL := errors.AsType[*url.Error](err)
	return none || noURL
}

// isAlert tells whether an error is what the other side of TLS complained of. The
// client hands it on as it read it.
func isAlert(err error) bool {
	failed, ok := errors.AsType[*net.OpError](err)
	return ok && failed.Op == "remote error"
}

// redacted leaves credentials out of URLs with commas between them, and says nothing
// of what it cannot take apart: a secret may hold any sign.
func redacted(urls string) string {
	all := strings.Split(urls, ",")
	for i, one := range all {
		text := strings.TrimSpace(one)
		if !strings.Contains(text, "://") {
			text = "nats://" + text
		}
		parsed, err := url.Parse(text)
		if err != nil || strings.Contains(parsed.Path+parsed.RawQuery+parsed.Fragment, "@") || parsed.Host == "" ||
			i+1 < len(all) && parsed.User == nil && strings.Contains(strings.Join(all[i+1:], ","), "@") {
			return "Options.URL (which cannot be shown: it is no URL, or holds signs in a user or password that are to be escaped)"
		}
		all[i] = parsed.Host
	}
	return strings.Join(all, ",")
}

// withoutURL is an error that does not repeat a URL, in which a secret may stand.
func withoutURL(err error) error {
	if _, ok := errors.AsType[*url.Error](err); ok {
		return errors.New("it is no URL; escape the signs in user and password that mean something in one")
	}
	return err
}
