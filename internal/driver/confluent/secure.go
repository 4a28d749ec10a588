//go:build cgo && (linux || darwin) && (amd64 || arm64)

package confluent

import (
	"context"
	"strings"
	"sync"

	"github.com/confluentinc/confluent-kafka-go/v2/kafka"

	"kbench/internal/driver/security"
)

// secure sets how to connect. Certificates and keys go as text, so that no file of a key is left anywhere.
func (p properties) secure(c security.Config) {
	p["security.protocol"] = strings.ToLower(string(security.ProtocolOf(c.Encrypted(), c.LogsIn())))
	if c.Encrypted() {
		p["ssl.endpoint.identification.algorithm"] = "https"
		if c.TLS.AnyName {
			p["ssl.endpoint.identification.algorithm"] = "none"
		}
		p.give("ssl.ca.pem", c.TLS.CA)
		p.give("ssl.certificate.pem", c.TLS.Certificate)
		p.give("ssl.key.pem", string(c.TLS.Key))
	}
	if c.LogsIn() {
		p["sasl.mechanism"] = string(c.SASL.Mechanism)
		p.give("sasl.username", c.SASL.User)
		p.give("sasl.password", string(c.SASL.Password))
	}
}

// give sets a property that there is a value for.
func (p properties) give(key, value string) {
	if value != "" {
		p[key] = value
	}
}

// A receiver of tokens is a producer or a consumer of the library's.
type receiver interface {
	SetOAuthBearerToken(kafka.OAuthBearerToken) error
	SetOAuthBearerTokenFailure(string) error
}

// A login brings the library tokens when it asks for one. It is safe for concurrent use; a nil one does nothing.
type login struct {
	token  func() (security.Token, error)
	cancel context.CancelFunc // ends what token is doing
	to     receiver

	mu    sync.Mutex
	ended bool
	runs  sync.WaitGroup
}

// newLogin returns nil where nobody logs in with tokens.
func newLogin(c security.Config, to receiver) *login {
	if !c.LogsIn() || c.SASL.Tokens == nil {
		return nil
	}
	ctx, cancel := context.WithCancel(context.Background())
	return &login{token: func() (security.Token, error) { return c.SASL.Tokens.Token(ctx) }, cancel: cancel, to: to}
}

// renew gets a token and hands it over, without waiting for that: who calls it has acks or records to deal with. The library
// asks again 10 s after a failure, and tells of it as an error.
func (l *login) renew() {
	if l == nil {
		return
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.ended {
		return
	}
	l.runs.Go(func() {
		token, err := l.token()
		if err == nil {
			err = l.to.SetOAuthBearerToken(kafka.OAuthBearerToken{
				TokenValue: string(token.Value), Expiration: token.Expires, Principal: token.Principal, Extensions: token.Extensions,
			})
		}
		if err != nil {
			_ = l.to.SetOAuthBearerTokenFailure(err.Error()) // fails only without a text
		}
	})
}

// end is called before the client is freed, after which no token may be handed over.
func (l *login) end() {
	if l == nil {
		return
	}
	l.mu.Lock()
	l.ended = true
	l.mu.Unlock()
	l.cancel()
	l.runs.Wait()
}
