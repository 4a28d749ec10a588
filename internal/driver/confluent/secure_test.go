//go:build cgo && (linux || darwin) && (amd64 || arm64)

package confluent

import (
	"errors"
	"sync/atomic"
	"testing"

	"github.com/confluentinc/confluent-kafka-go/v2/kafka"

	"kbench/internal/driver/security"
	"kbench/internal/driver/security/certtest"
)

// receives is what a client of the library's was told.
type receives struct {
	token   chan kafka.OAuthBearerToken
	failure chan string
	refuse  atomic.Bool // the next token
}

func (t *receives) SetOAuthBearerToken(token kafka.OAuthBearerToken) error {
	t.token <- token
	if t.refuse.Load() {
		return errors.New("it is too old")
	}
	return nil
}

func (t *receives) SetOAuthBearerTokenFailure(why string) error {
	t.failure <- why
	return nil
}

func TestLogin(t *testing.T) {
	t.Parallel()
	c, _, err := security.Take(map[string]string{
		"security.protocol": "SASL_SSL", "sasl.mechanism": "OAUTHBEARER",
		"sasl.oauthbearer.token.endpoint.url": "file://" + certtest.File(t, "token", "right-one"), "sasl.oauthbearer.extensions": "a=b",
	})
	if err != nil {
		t.Fatal(err)
	}
	to := &receives{token: make(chan kafka.OAuthBearerToken, 1), failure: make(chan string, 1)}
	l := newLogin(c, to)
	l.renew()
	if got := <-to.token; got.TokenValue != "right-one" || got.Principal == "" || got.Expiration.IsZero() || got.Extensions["a"] != "b" {
		t.Errorf("got %+v", got)
	}
	to.refuse.Store(true)
	l.renew()
	if <-to.token; <-to.failure != "it is too old" {
		t.Error("the library is not told that it has refused the token")
	}
	l.end()
	l.renew()
	select {
	case got := <-to.token:
		t.Errorf("after its end it handed over %+v", got)
	default:
	}
	if none := newLogin(security.Config{}, to); none != nil {
		t.Error("there is a login where nobody logs in")
	} else {
		none.renew()
		none.end()
	}
}
