package driver

import (
	"errors"
	"fmt"
	"reflect"
	"regexp"
	"testing"
)

func TestProtocolClass(t *testing.T) {
	t.Parallel()
	rows := []struct {
		code int16
		want string
	}{
		{-1, "UNKNOWN_SERVER_ERROR"},
		{0, ""},
		{1, "OFFSET_OUT_OF_RANGE"},
		{10, "MESSAGE_TOO_LARGE"},
		{19, "NOT_ENOUGH_REPLICAS"},
		{58, "SASL_AUTHENTICATION_FAILED"},
		{90, "PRODUCER_FENCED"},
		{110, "FENCED_MEMBER_EPOCH"},
		{133, "SHARE_SESSION_LIMIT_REACHED"},
		{134, "ERROR_CODE_134"},
		{-2, "ERROR_CODE_-2"},
	}
	for _, r := range rows {
		if got := ProtocolClass(r.code); got != r.want {
			t.Errorf("%d: got %s, want %s", r.code, got, r.want)
		}
	}
	seen := map[string]bool{}
	for _, name := range protocolNames() {
		if seen[name] || !regexp.MustCompile(`^[A-Z]+(_[A-Z]+)*$`).MatchString(name) {
			t.Errorf("%q stands twice, or is no name of Kafka's", name)
		}
		seen[name] = true
	}
}

func TestClassOf(t *testing.T) {
	t.Parallel()
	e := &Error{Class: ErrTimedOut, Msg: "30 s"}
	for err, want := range map[error]string{nil: "", e: ErrTimedOut, fmt.Errorf("x: %w", e): ErrTimedOut, errors.New("x"): ErrClient} {
		if got := ClassOf(err); got != want {
			t.Errorf("%v: got %q, want %q", err, got, want)
		}
	}
}

func TestErrors(t *testing.T) {
	t.Parallel()
	rows := []struct {
		err  error
		want string
	}{
		{&Error{Class: ErrTimedOut}, "TIMED_OUT"},
		{&Error{Class: ErrTimedOut, Msg: "30 s"}, "TIMED_OUT: 30 s"},
		{Unsupported("x", "producer.acks", "2", ""), "client x cannot do producer.acks: 2: not supported by this client"},
		{Unsupported("x", "producer.acks", "2", "use 1"), "client x cannot do producer.acks: 2; use 1: not supported by this client"},
	}
	for _, r := range rows {
		if got := r.err.Error(); got != r.want {
			t.Errorf("got %q, want %q", got, r.want)
		}
	}
	if !errors.Is(Unsupported("x", "y", "z", ""), ErrUnsupported) {
		t.Error("what Unsupported returns is not ErrUnsupported")
	}
}

func TestDifferences(t *testing.T) {
	t.Parallel()
	asked := map[string]string{"b": "1", "a": "2", "same": "3", "unknown": "4"}
	got := Differences(asked, map[string]string{"a": "9", "b": "8", "same": "3", "more": "5"})
	want := []string{"a: asked for 2, in force is 9", "b: asked for 1, in force is 8"}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got %q, want %q: sorted, and neither what is unknown nor what was not asked", got, want)
	}
}

func TestAsked(t *testing.T) {
	t.Parallel()
	p := DefaultProducer()
	p.Linger = 1500e3
	if got, want := p.Asked(), map[string]string{
		"acks": "all", "enable.idempotence": "false", "compression.type": "none", "linger.ms": "1.5", "batch.size": "1000000",
		"max.in.flight.requests.per.connection": "5", "retries": "2147483647", "delivery.timeout.ms": "30000",
	}; !reflect.DeepEqual(got, want) {
		t.Errorf("a producer: got %v, want %v", got, want)
	}
	c := DefaultConsumer()
	if got, want := c.Asked(), map[string]string{
		"auto.offset.reset": "latest", "isolation.level": "read_uncommitted", "enable.auto.commit": "true",
		"auto.commit.interval.ms": "5000", "group.protocol": "classic",
	}; !reflect.DeepEqual(got, want) {
		t.Errorf("a consumer: got %v, want %v", got, want)
	}
	c.Commit, c.Assign = CommitSync, AssignStatic
	if got, want := c.Asked(), map[string]string{
		"auto.offset.reset": "latest", "isolation.level": "read_uncommitted", "enable.auto.commit": "false",
	}; !reflect.DeepEqual(got, want) {
		t.Errorf("a static one with commits of its own: got %v, want %v", got, want)
	}
}

func TestSecret(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]bool{
		"sasl.password": true, "SSL.Key.Password": true, "ssl.key.pem": true, "sasl.oauthbearer.client.secret": true,
		"sasl.jaas.config": true, "ssl.keystore.password": true, "ssl.truststore.password": true,
		"linger.ms": false, "acks": false, "sasl.mechanism": false, "security.protocol": false, "max.in.flight": false,
	} {
		if got := Secret(name); got != want {
			t.Errorf("%s: got %v, want %v", name, got, want)
		}
	}
}

// The defaults are the choices' own words.
func TestDefaultsAreChoices(t *testing.T) {
	t.Parallel()
	for _, v := range []reflect.Value{reflect.ValueOf(DefaultProducer()), reflect.ValueOf(DefaultConsumer())} {
		for i := range v.NumField() {
			words := Choices(v.Field(i).Interface())
			found := words == nil
			for _, word := range words {
				found = found || word == v.Field(i).String()
			}
			if !found {
				t.Errorf("%s is %q, which is none of %q", v.Type().Field(i).Name, v.Field(i), words)
			}
		}
	}
}
