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

// unreached describes a failed attempt to reach the servers at these URLs. The cause is
// fs.ErrPermission if a server refuses the endpoint, and the kind is lahja.ErrInvalid if
// the address is invalid: trying again does not help with either.
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

// isCertificate reports whether the client rejected the server's certificate.
func isCertificate(err error) bool {
	_, ok := errors.AsType[*tls.CertificateVerificationError](err)
	return ok
}

// isAddress reports whether the address is invalid.
func isAddress(err error) bool {
	_, none := errors.AsType[*net.AddrError](err)
	_, noURL := errors.AsType[*url.Error](err)
	return none || noURL
}

// isAlert reports whether the other side of TLS sent an alert. The client passes it on as
// it was read.
func isAlert(err error) bool {
	failed, ok := errors.AsType[*net.OpError](err)
	return ok && failed.Op == "remote error"
}

// redacted removes credentials from URLs separated by commas. It shows nothing of a URL
// that it cannot parse, because a secret may contain any character.
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
			return "Options.URL (not shown: it is not a URL, or its user or password has characters that must be escaped)"
		}
		all[i] = parsed.Host
	}
	return strings.Join(all, ",")
}

// withoutURL returns an error that does not repeat a URL, which may contain a secret.
func withoutURL(err error) error {
	if _, ok := errors.AsType[*url.Error](err); ok {
		return errors.New("it is not a URL; escape the special characters in the user and password")
	}
	return err
}
