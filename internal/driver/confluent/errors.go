//go:build cgo && (linux || darwin) && (amd64 || arm64)

package confluent

import (
	"github.com/confluentinc/confluent-kafka-go/v2/kafka"

	"kbench/internal/driver"
)

// class maps an error code to a class. Codes of the protocol are positive and Kafka's own; the library's are negative.
func class(code kafka.ErrorCode) string {
	if code >= -1 {
		return driver.ProtocolClass(int16(code))
	}
	switch code {
	case kafka.ErrQueueFull:
		return driver.ErrQueueFull
	case kafka.ErrMsgTimedOut, kafka.ErrTimedOut, kafka.ErrTimedOutQueue:
		return driver.ErrTimedOut
	case kafka.ErrTransport, kafka.ErrAllBrokersDown, kafka.ErrResolve, kafka.ErrWaitCoord:
		return driver.ErrUnreachable
	case kafka.ErrAuthentication, kafka.ErrSsl:
		return driver.ErrAuth
	case kafka.ErrPurgeQueue, kafka.ErrPurgeInflight, kafka.ErrDestroy:
		return driver.ErrClosed
	case kafka.ErrUnknownTopic, kafka.ErrUnknownPartition:
		return "UNKNOWN_TOPIC_OR_PARTITION"
	case kafka.ErrIsrInsuff:
		return "NOT_ENOUGH_REPLICAS"
	case kafka.ErrUnknownGroup:
		return "GROUP_ID_NOT_FOUND"
	case kafka.ErrBadMsg:
		return "CORRUPT_MESSAGE"
	case kafka.ErrState: // such as sending in a transaction that a record has spoilt
		return "INVALID_TXN_STATE"
	case kafka.ErrFenced:
		return "PRODUCER_FENCED"
	}
	return driver.ErrClient
}

// asError returns err as an *driver.Error; nil for nil.
func asError(err error) error {
	if err == nil {
		return nil
	}
	return &driver.Error{Class: class(codeOf(err)), Msg: err.Error()}
}

// codeOf returns the library's code of err. The library never wraps its errors, and on the path of a full buffer
// errors.As would allocate.
func codeOf(err error) kafka.ErrorCode {
	if e, ok := err.(kafka.Error); ok { //nolint:errorlint // see above
		return e.Code()
	}
	return kafka.ErrFail
}
