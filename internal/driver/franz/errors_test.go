package franz

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"syscall"
	"testing"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"

	"kbench/internal/driver"
)

func TestClass(t *testing.T) {
	t.Parallel()
	refused := &net.OpError{Op: "dial", Err: os.NewSyscallError("connect", syscall.ECONNREFUSED)}
	rows := []struct {
		err  error
		want string
		why  string
	}{
		{nil, "", "no error"},
		{kerr.UnknownServerError, "UNKNOWN_SERVER_ERROR", "a broker's, below zero"},
		{kerr.NotEnoughReplicas, "NOT_ENOUGH_REPLICAS", "a broker's"},
		{fmt.Errorf("%w (uncompressed_bytes=9)", kerr.MessageTooLarge), "MESSAGE_TOO_LARGE", "the library's own, in the broker's words"},
		{&kgo.ErrGroupSession{Err: kerr.GroupAuthorizationFailed}, "GROUP_AUTHORIZATION_FAILED", "wrapped"},
		{kerr.SaslAuthenticationFailed, driver.ErrAuth, "a password"},
		{kerr.UnsupportedSaslMechanism, driver.ErrAuth, "no way to log in"},
		{kgo.ErrMaxBuffered, driver.ErrQueueFull, "no room"},
		{kgo.ErrRecordTimeout, driver.ErrTimedOut, "the delivery timeout"},
		{fmt.Errorf("%w, last err: %w", kgo.ErrRecordTimeout, kerr.LeaderNotAvailable), driver.ErrTimedOut, "it was the timeout that ended it"},
		{kgo.ErrRecordRetries, driver.ErrUnreachable, "a broker's answer would have been passed on"},
		{kgo.ErrClientClosed, driver.ErrClosed, "closed"},
		{kgo.ErrAborting, driver.ErrClosed, "given up"},
		{context.Canceled, driver.ErrCanceled, "the caller's"},
		{context.DeadlineExceeded, driver.ErrTimedOut, "no answer in time"},
		{&net.OpError{Op: "read", Err: os.ErrDeadlineExceeded}, driver.ErrTimedOut, "a broker that says nothing"},
		{&net.OpError{Op: "dial", Err: os.ErrDeadlineExceeded}, driver.ErrUnreachable, "a broker that is not there"},
		{refused, driver.ErrUnreachable, "nobody listens"},
		{&net.DNSError{IsNotFound: true}, driver.ErrUnreachable, "no such host"},
		{io.EOF, driver.ErrUnreachable, "who listens hangs up"},
		{&tls.CertificateVerificationError{Err: x509.UnknownAuthorityError{}}, driver.ErrAuth, "the broker's certificate"},
		{&net.OpError{Op: "remote error", Err: errors.New("tls: bad certificate")}, driver.ErrAuth, "ours"},
		{errors.New("other"), driver.ErrClient, "what the library alone knows"},
	}
	for _, r := range rows {
		if got := class(r.err); got != r.want {
			t.Errorf("%v: got %q, want %q: %s", r.err, got, r.want, r.why)
		}
	}
	for code := int16(-1); code < 200; code++ {
		if err := kerr.ErrorForCode(code); err != nil && !errors.Is(err, kerr.UnknownServerError) {
			if word := class(err); word != driver.ErrAuth && word != driver.ProtocolClass(code) {
				t.Errorf("code %d has class %q", code, word)
			}
		}
	}
}

func TestAsError(t *testing.T) {
	t.Parallel()
	if err := asError(nil); err != nil {
		t.Errorf("no error became %v", err)
	}
	if err := asError(errors.Join(io.EOF, io.EOF)); err.Error() != "UNREACHABLE: EOF; EOF" {
		t.Errorf("got %q, want it in one line", err)
	}
}

// TestRecordError holds what a producer adds to the library's words.
func TestRecordError(t *testing.T) {
	t.Parallel()
	rows := []struct {
		err                     error
		astray, closed, endless bool
		want                    string
		why                     string
	}{
		{err: errors.New("invalid choice"), astray: true, want: "UNKNOWN_TOPIC_OR_PARTITION", why: "a partition that is not there"},
		{err: io.EOF, endless: true, want: driver.ErrTimedOut, why: "only the timeout ends endless tries"},
		{err: io.EOF, want: driver.ErrUnreachable, why: "the tries were used up"},
		{err: io.EOF, closed: true, endless: true, want: driver.ErrClosed, why: "closing ended the connection"},
		{err: kerr.InvalidRecord, closed: true, want: "INVALID_RECORD", why: "the broker had answered"},
		{err: kgo.ErrRecordTimeout, closed: true, want: driver.ErrTimedOut, why: "it was late before"},
	}
	for _, r := range rows {
		p := producer{endless: r.endless}
		p.closed.Store(r.closed)
		if got := driver.ClassOf(p.asError(&slot{astray: r.astray}, r.err)); got != r.want {
			t.Errorf("%v: got %s, want %s: %s", r.err, got, r.want, r.why)
		}
	}
}
