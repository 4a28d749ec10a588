//go:build cgo && (linux || darwin) && (amd64 || arm64)

package confluent

import (
	"errors"
	"strings"
	"testing"

	"github.com/confluentinc/confluent-kafka-go/v2/kafka"

	"kbench/internal/driver"
)

func TestClass(t *testing.T) {
	t.Parallel()
	rows := []struct {
		code kafka.ErrorCode
		want string
	}{
		{kafka.ErrUnknown, "UNKNOWN_SERVER_ERROR"},
		{kafka.ErrMsgSizeTooLarge, "MESSAGE_TOO_LARGE"},
		{kafka.ErrNotEnoughReplicas, "NOT_ENOUGH_REPLICAS"},
		{kafka.ErrUnknownTopicOrPart, "UNKNOWN_TOPIC_OR_PARTITION"},
		{kafka.ErrUnknownTopic, "UNKNOWN_TOPIC_OR_PARTITION"},
		{kafka.ErrTopicAuthorizationFailed, "TOPIC_AUTHORIZATION_FAILED"},
		{kafka.ErrNotLeaderForPartition, "NOT_LEADER_OR_FOLLOWER"},
		{kafka.ErrRequestTimedOut, "REQUEST_TIMED_OUT"},
		{kafka.ErrMsgTimedOut, driver.ErrTimedOut},
		{kafka.ErrQueueFull, driver.ErrQueueFull},
		{kafka.ErrAllBrokersDown, driver.ErrUnreachable},
		{kafka.ErrResolve, driver.ErrUnreachable},
		{kafka.ErrAuthentication, driver.ErrAuth},
		{kafka.ErrSsl, driver.ErrAuth},
		{kafka.ErrPurgeQueue, driver.ErrClosed},
		{kafka.ErrPurgeInflight, driver.ErrClosed},
		{kafka.ErrInvalidArg, driver.ErrClient},
	}
	for _, r := range rows {
		if got := class(r.code); got != r.want {
			t.Errorf("%s: got %s, want %s", r.code, got, r.want)
		}
	}
	for code := kafka.ErrorCode(-200); code < 300; code++ {
		known := !strings.HasPrefix(code.String(), "Err-") // what the library says of a code that it does not have
		if got := class(code); known && code != 0 && (got == "" || strings.HasPrefix(got, "ERROR_CODE_")) {
			t.Errorf("code %d, which the library knows as %q, has class %q", code, code, got)
		}
	}
}

func TestAsError(t *testing.T) {
	t.Parallel()
	if err := asError(nil); err != nil {
		t.Errorf("no error became %v", err)
	}
	err := asError(kafka.NewError(kafka.ErrMsgTimedOut, "too late", false))
	if driver.ClassOf(err) != driver.ErrTimedOut || err.Error() != "TIMED_OUT: too late" {
		t.Errorf("got %v, want TIMED_OUT with the library's words", err)
	}
	if got := driver.ClassOf(asError(errors.New("other"))); got != driver.ErrClient {
		t.Errorf("an error without a code: got %s, want %s", got, driver.ErrClient)
	}
}
