package driver

import (
	"errors"
	"fmt"

	"kbench/internal/driver/security"
)

// ErrUnsupported is wrapped by the error for a setting that a library cannot honour.
var ErrUnsupported = errors.New("not supported by this client")

// Classes that no broker names, beside Kafka's own protocol errors (NOT_ENOUGH_REPLICAS, MESSAGE_TOO_LARGE, ...).
const (
	ErrQueueFull   = "QUEUE_FULL"   // the client's buffer had no room and OnFull is fail
	ErrTimedOut    = "TIMED_OUT"    // the delivery timeout passed; the record may or may not be in the log
	ErrUnreachable = "UNREACHABLE"  // no broker could be reached
	ErrAuth        = "AUTH_FAILED"  // the broker did not accept the client's credentials or certificate
	ErrCanceled    = "CANCELED"     // the caller's context ended
	ErrClosed      = "CLOSED"       // the client was closed before an answer came
	ErrClient      = "CLIENT_ERROR" // anything else that the library alone knows
)

// An Error is a failure that a library reported, under a class that is the same for every library.
type Error struct {
	Class string // one of those above, or the name of a Kafka protocol error in capitals, as Kafka's documentation has it
	Msg   string // the library's words
}

// Error prints the class and the library's words.
func (e *Error) Error() string {
	if e.Msg == "" {
		return e.Class
	}
	return e.Class + ": " + e.Msg
}

// ClassOf returns the class of err, ErrClient when it is no *Error, and "" when it is nil.
func ClassOf(err error) string {
	var e *Error
	switch {
	case err == nil:
		return ""
	case errors.As(err, &e):
		return e.Class
	}
	return ErrClient
}

// Unsupported returns the error for a setting, by its scenario path, that client cannot honour. instead may be "".
func Unsupported(client, path, value, instead string) error {
	if instead != "" {
		instead = "; " + instead
	}
	return fmt.Errorf("client %s cannot do %s: %s%s: %w", client, path, value, instead, ErrUnsupported)
}

// Passing reports whether a class is one that goes away while the coordinator of a group is found or starts, so that
// asking again is worth it. The first group of a new cluster meets some of them.
func Passing(class string) bool {
	switch class {
	case ErrTimedOut, ErrUnreachable, "COORDINATOR_LOAD_IN_PROGRESS", "COORDINATOR_NOT_AVAILABLE", "NOT_COORDINATOR":
		return true
	}
	return false
}

// CheckOwn refuses one of a client's own properties that says how to connect: kbench asks the brokers too, and all of it must
// connect alike. path is where the scenario has the property.
func CheckOwn(client, path, property string) error {
	if !security.Is(property) {
		return nil
	}
	return fmt.Errorf("%s: %s: %s: say how to connect by --client-config or -X, for all of kbench: %w", client, path, property, ErrUnsupported)
}
