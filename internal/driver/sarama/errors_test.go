package sarama

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"slices"
	"strings"
	"syscall"
	"testing"

	"github.com/IBM/sarama"
	"github.com/eapache/go-resiliency/breaker"

	"kbench/internal/driver"
)

func TestClass(t *testing.T) {
	t.Parallel()
	rows := []struct {
		err  error
		want string
	}{
		{sarama.ErrUnknown, "UNKNOWN_SERVER_ERROR"},
		{sarama.ErrMessageSizeTooLarge, "MESSAGE_TOO_LARGE"},
		{sarama.ErrMessageTooLarge, "MESSAGE_TOO_LARGE"},
		{sarama.ConfigurationError("Attempt to produce message larger than configured Producer.MaxMessageBytes: 2 > 1"), "MESSAGE_TOO_LARGE"},
		{sarama.ConfigurationError("anything else"), driver.ErrClient},
		{sarama.ErrNotEnoughReplicas, "NOT_ENOUGH_REPLICAS"},
		{sarama.ErrNotLeaderForPartition, "NOT_LEADER_OR_FOLLOWER"},
		{sarama.ErrRequestTimedOut, "REQUEST_TIMED_OUT"},
		{sarama.ErrInvalidPartition, "UNKNOWN_TOPIC_OR_PARTITION"},
		{fmt.Errorf("topic: %w", sarama.ErrUnknownTopicOrPartition), "UNKNOWN_TOPIC_OR_PARTITION"},
		{&sarama.ConsumerError{Err: sarama.ErrIllegalGeneration}, "ILLEGAL_GENERATION"},
		{sarama.ErrSASLAuthenticationFailed, driver.ErrAuth},
		{tls.AlertError(42), driver.ErrAuth},
		{&tls.CertificateVerificationError{Err: errors.New("x")}, driver.ErrAuth},
		{sarama.ErrShuttingDown, driver.ErrClosed},
		{sarama.Wrap(sarama.ErrOutOfBrokers, io.EOF), driver.ErrUnreachable},
		{breaker.ErrBreakerOpen, driver.ErrUnreachable},
		{io.EOF, driver.ErrUnreachable},
		{&net.OpError{Op: "dial", Err: syscall.ECONNREFUSED}, driver.ErrUnreachable},
		{&net.OpError{Op: "read", Err: os.ErrDeadlineExceeded}, driver.ErrTimedOut},
		{context.Canceled, driver.ErrCanceled},
		{errors.New("other"), driver.ErrClient},
	}
	for _, r := range rows {
		if got := class(r.err); got != r.want {
			t.Errorf("%v: got %s, want %s", r.err, got, r.want)
		}
	}
	login := []sarama.KError{sarama.ErrUnsupportedSASLMechanism, sarama.ErrIllegalSASLState, sarama.ErrSASLAuthenticationFailed}
	for code := sarama.KError(-1); code < 200; code++ {
		known := !strings.HasPrefix(code.Error(), "Unknown error") // what the library says of a code that it does not have
		if got := class(code); known && code != 0 && !slices.Contains(login, code) && got != driver.ProtocolClass(int16(code)) {
			t.Errorf("code %d, which the library knows as %q, has class %q", code, code.Error(), got)
		}
	}
}

func TestAsError(t *testing.T) {
	t.Parallel()
	if err := asError(nil); err != nil {
		t.Errorf("no error became %v", err)
	}
	err := asError(sarama.ErrNotEnoughReplicas)
	if driver.ClassOf(err) != "NOT_ENOUGH_REPLICAS" || !strings.Contains(err.Error(), sarama.ErrNotEnoughReplicas.Error()) {
		t.Errorf("got %v, want NOT_ENOUGH_REPLICAS with the library's words", err)
	}
}

// An open circuit breaker says nothing of why. The producer tells the reason that it had before.
func TestFailure(t *testing.T) {
	t.Parallel()
	var p producer
	if got := driver.ClassOf(p.failure(breaker.ErrBreakerOpen)); got != driver.ErrUnreachable {
		t.Errorf("without a reason: got %s, want %s", got, driver.ErrUnreachable)
	}
	_ = p.failure(sarama.ErrLeaderNotAvailable)
	if got := driver.ClassOf(p.failure(breaker.ErrBreakerOpen)); got != "LEADER_NOT_AVAILABLE" {
		t.Errorf("after a reason: got %s, want it", got)
	}
	p.cfg.Retries = driver.MaxRetries
	if got := driver.ClassOf(p.failure(io.EOF)); got != driver.ErrTimedOut {
		t.Errorf("with endless retries: got %s, want %s, which alone ends them", got, driver.ErrTimedOut)
	}
	p.closed.Store(true)
	if got := driver.ClassOf(p.failure(io.EOF)); got != driver.ErrClosed {
		t.Errorf("while closing: got %s, want %s", got, driver.ErrClosed)
	}
}
