package sarama

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"net"
	"os"
	"strings"
	"syscall"

	"github.com/IBM/sarama"
	"github.com/eapache/go-resiliency/breaker"

	"kbench/internal/driver"
	"kbench/internal/driver/security"
)

// class maps an error to a class. Codes of the protocol are Kafka's own; all else is the library's, or the network's.
func class(err error) string {
	var (
		code    sarama.KError
		config  sarama.ConfigurationError
		network net.Error
	)
	switch {
	case isAny(err, sarama.ErrSASLAuthenticationFailed, sarama.ErrUnsupportedSASLMechanism, sarama.ErrIllegalSASLState, security.ErrToken), ofCertificate(err):
		return driver.ErrAuth
	case errors.As(err, &code):
		return driver.ProtocolClass(int16(code))
	case errors.As(err, &config) && strings.Contains(string(config), "produce message larger"):
		return "MESSAGE_TOO_LARGE"
	case errors.Is(err, sarama.ErrMessageTooLarge):
		return "MESSAGE_TOO_LARGE"
	case errors.Is(err, sarama.ErrInvalidPartition):
		return "UNKNOWN_TOPIC_OR_PARTITION"
	case isAny(err, sarama.ErrShuttingDown, sarama.ErrClosedClient, sarama.ErrClosedConsumerGroup):
		return driver.ErrClosed
	case isAny(err, sarama.ErrOutOfBrokers, sarama.ErrNotConnected, sarama.ErrBrokerNotFound, breaker.ErrBreakerOpen):
		return driver.ErrUnreachable
	case errors.Is(err, os.ErrDeadlineExceeded):
		return driver.ErrTimedOut
	case isAny(err, io.EOF, io.ErrUnexpectedEOF, net.ErrClosed, syscall.ECONNRESET, syscall.EPIPE), errors.As(err, &network):
		return driver.ErrUnreachable
	case errors.Is(err, context.Canceled):
		return driver.ErrCanceled
	}
	return driver.ErrClient
}

// ofCertificate reports whether one side did not accept the other's certificate.
func ofCertificate(err error) bool {
	var (
		alert    tls.AlertError
		check    *tls.CertificateVerificationError
		unknown  x509.UnknownAuthorityError
		invalid  x509.CertificateInvalidError
		hostname x509.HostnameError
		op       *net.OpError
	)
	if errors.As(err, &op) && op.Op == "remote error" { // what crypto/tls calls an alert that the other side sent
		return true
	}
	return errors.As(err, &alert) || errors.As(err, &check) || errors.As(err, &unknown) || errors.As(err, &invalid) || errors.As(err, &hostname)
}

func isAny(err error, targets ...error) bool {
	for _, target := range targets {
		if errors.Is(err, target) {
			return true
		}
	}
	return false
}

// asError returns err as an *driver.Error; nil for nil.
func asError(err error) error {
	if err == nil {
		return nil
	}
	return &driver.Error{Class: class(err), Msg: err.Error()}
}

// refusal reports whether a class is one that asking again will not change.
func refusal(class string) bool {
	switch class {
	case driver.ErrAuth, "TOPIC_AUTHORIZATION_FAILED", "GROUP_AUTHORIZATION_FAILED", "CLUSTER_AUTHORIZATION_FAILED",
		"INVALID_GROUP_ID", "INVALID_TOPIC_EXCEPTION", "INCONSISTENT_GROUP_PROTOCOL", "INVALID_SESSION_TIMEOUT",
		"GROUP_MAX_SIZE_REACHED", "UNSUPPORTED_VERSION", "FENCED_INSTANCE_ID":
		return true
	}
	return false
}

// ofCommit reports whether a class is one that a consumer meets by committing, and not by reading.
func ofCommit(class string) bool {
	switch class {
	case "ILLEGAL_GENERATION", "UNKNOWN_MEMBER_ID", "REBALANCE_IN_PROGRESS", "FENCED_INSTANCE_ID", "INVALID_GROUP_ID",
		"GROUP_AUTHORIZATION_FAILED", "GROUP_ID_NOT_FOUND", "OFFSET_METADATA_TOO_LARGE", "INVALID_COMMIT_OFFSET_SIZE":
		return true
	}
	return false
}
