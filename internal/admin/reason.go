package admin

import (
	"context"
	"errors"
	"net"
	"os"
	"strings"
	"syscall"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"

	"kbench/internal/driver/security"
)

// reason says in a few words why a broker did not answer, without the layers that a client library wraps around it.
func reason(err error) string {
	var (
		errno syscall.Errno
		dns   *net.DNSError
	)
	if errors.Is(err, security.ErrToken) {
		return strings.ReplaceAll(err.Error(), "\n", " ")
	}
	if said := security.Reason(err); said != "" {
		return said
	}
	if wantsOther(err) {
		return "it hung up at once, as a broker does that wants another security.protocol"
	}
	switch {
	case errors.As(err, &dns) && dns.IsNotFound:
		return "no such host"
	case errors.As(err, &errno):
		return errno.Error()
	case errors.Is(err, context.Canceled):
		return "canceled"
	case errors.Is(err, context.DeadlineExceeded), errors.Is(err, os.ErrDeadlineExceeded):
		return "no answer in time"
	}
	var timeout net.Error
	if errors.As(err, &timeout) && timeout.Timeout() {
		return "no answer in time"
	}
	return strings.ReplaceAll(err.Error(), "\n", " ")
}

// ofSecurity reports whether a broker did not answer because of how this client logs in, or of a certificate.
func ofSecurity(err error) bool {
	if errors.Is(err, security.ErrToken) || security.Reason(err) != "" {
		return true
	}
	if wantsOther(err) {
		return true
	}
	for _, e := range []error{kerr.SaslAuthenticationFailed, kerr.UnsupportedSaslMechanism, kerr.IllegalSaslState} {
		if errors.Is(err, e) {
			return true
		}
	}
	return false
}

// wantsOther reports whether a broker ended the connection because it speaks another protocol on that port: with TLS or
// without, with a login or without. Some say so by an alert of TLS, which the library has a text for and no type.
func wantsOther(err error) bool {
	_, ok := errors.AsType[*kgo.ErrFirstReadEOF](err)
	return ok || strings.Contains(err.Error(), "appear to be a tls alert record")
}
