// Package secure makes franz-go connect as a security.Config says: for the driver of that client, and for kbench's own
// questions to a cluster, which that library asks.
package secure

import (
	"context"
	"fmt"

	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/sasl"
	"github.com/twmb/franz-go/pkg/sasl/oauth"
	"github.com/twmb/franz-go/pkg/sasl/plain"
	"github.com/twmb/franz-go/pkg/sasl/scram"

	"kbench/internal/driver/security"
)

// Options returns what makes the library connect so; none for connections in the clear and without a login.
func Options(c security.Config) (opts []kgo.Opt, err error) {
	encrypted, err := c.ForGo()
	if err != nil {
		return nil, err
	}
	if encrypted != nil {
		opts = append(opts, kgo.DialTLSConfig(encrypted))
	}
	if c.LogsIn() {
		m, err := mechanism(c.SASL)
		if err != nil {
			return nil, err
		}
		opts = append(opts, kgo.SASL(m))
	}
	return opts, nil
}

func mechanism(s security.SASL) (sasl.Mechanism, error) {
	user, password := s.User, string(s.Password)
	switch s.Mechanism {
	case security.Plain:
		return plain.Auth{User: user, Pass: password}.AsMechanism(), nil
	case security.ScramSHA256:
		return scram.Auth{User: user, Pass: password}.AsSha256Mechanism(), nil
	case security.ScramSHA512:
		return scram.Auth{User: user, Pass: password}.AsSha512Mechanism(), nil
	case security.OAuthBearer:
		return oauth.Oauth(func(ctx context.Context) (oauth.Auth, error) {
			token, err := s.Tokens.Token(ctx)
			return oauth.Auth{Token: string(token.Value), Extensions: token.Extensions}, err
		}), nil
	}
	return nil, fmt.Errorf("sasl.mechanism %q is not one that franz-go has here", s.Mechanism)
}
