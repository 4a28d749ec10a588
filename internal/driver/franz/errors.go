package franz

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"net"
	"strings"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"

	"kbench/internal/driver"
	"kbench/internal/driver/security"
)

// class maps an error of the library's to a class; "" for nil. What the library itself decided goes before the broker's
// error that it may wrap as the last one seen.
func class(err error) string {
	switch {
	case err == nil:
		return ""
	case errors.Is(err, kgo.ErrMaxBuffered):
		return driver.ErrQueueFull
	case errors.Is(err, kgo.ErrRecordTimeout):
		return driver.ErrTimedOut
	case errors.Is(err, kgo.ErrClientClosed), errors.Is(err, kgo.ErrAborting):
		return driver.ErrClosed
	case errors.Is(err, security.ErrToken):
		return driver.ErrAuth
	}
	if e, ok := errors.AsType[*kerr.Error](err); ok {
		return protocolClass(e)
	}
	switch {
	case isCertificate(err):
		return driver.ErrAuth
	case errors.Is(err, context.Canceled):
		return driver.ErrCanceled
	case isTimeout(err):
		return driver.ErrTimedOut
	case isNetwork(err), errors.Is(err, kgo.ErrRecordRetries): // which hides why, where the record may be in the log
		return driver.ErrUnreachable
	}
	return driver.ErrClient
}

func protocolClass(e *kerr.Error) string {
	switch e.Code {
	case kerr.SaslAuthenticationFailed.Code, kerr.UnsupportedSaslMechanism.Code, kerr.IllegalSaslState.Code:
		return driver.ErrAuth
	}
	return driver.ProtocolClass(e.Code)
}

func isCertificate(err error) bool {
	if _, ok := errors.AsType[*tls.CertificateVerificationError](err); ok {
		return true
	}
	if _, ok := errors.AsType[x509.UnknownAuthorityError](err); ok {
		return true
	}
	op, ok := errors.AsType[*net.OpError](err)
	return ok && op.Op == "remote error" // what crypto/tls calls an alert that the other side sent
}

// isTimeout is about brokers that are there and say nothing. One that nobody could connect to is unreachable.
func isTimeout(err error) bool {
	if op, ok := errors.AsType[*net.OpError](err); ok && op.Op == "dial" {
		return false
	}
	e, ok := errors.AsType[net.Error](err)
	return ok && e.Timeout()
}

func isNetwork(err error) bool {
	if _, ok := errors.AsType[net.Error](err); ok {
		return true
	}
	return errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, net.ErrClosed) || kgo.IsRetryableBrokerErr(err)
}

// asError returns err as an *driver.Error; nil for nil.
func asError(err error) error {
	if err == nil {
		return nil
	}
	return &driver.Error{Class: class(err), Msg: oneLine(err.Error())}
}

func oneLine(s string) string { return strings.ReplaceAll(s, "\n", "; ") }
