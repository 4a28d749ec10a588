package sarama

import (
	"context"
	"errors"

	"github.com/IBM/sarama"
	"github.com/twmb/franz-go/pkg/sasl"
	"github.com/twmb/franz-go/pkg/sasl/scram"

	"kbench/internal/driver/security"
)

// secure makes the library connect so. It brings PLAIN alone: for SCRAM it wants a client, which is franz-go's here, and
// for OAUTHBEARER somebody who has tokens.
func secure(conf *sarama.Config, c security.Config) error {
	encrypted, err := c.ForGo()
	if err != nil {
		return err
	}
	n := &conf.Net
	n.TLS.Enable, n.TLS.Config = encrypted != nil, encrypted
	if !c.LogsIn() {
		return nil
	}
	user, password := c.SASL.User, string(c.SASL.Password)
	n.SASL.Enable, n.SASL.Mechanism, n.SASL.User, n.SASL.Password = true, sarama.SASLMechanism(c.SASL.Mechanism), user, password
	own := scram.Auth{User: user, Pass: password}
	switch c.SASL.Mechanism {
	case security.ScramSHA256:
		n.SASL.SCRAMClientGeneratorFunc = func() sarama.SCRAMClient { return &scramClient{mechanism: own.AsSha256Mechanism()} }
	case security.ScramSHA512:
		n.SASL.SCRAMClientGeneratorFunc = func() sarama.SCRAMClient { return &scramClient{mechanism: own.AsSha512Mechanism()} }
	case security.OAuthBearer:
		n.SASL.TokenProvider = tokens{c.SASL.Tokens}
	}
	return nil // the library checks the rest
}

// A scramClient is one login by SCRAM. The library calls it from one goroutine.
type scramClient struct {
	mechanism sasl.Mechanism
	session   sasl.Session
	first     []byte // what the client says before it is asked; nil once it has
	done      bool
}

// Begin implements sarama.SCRAMClient. The mechanism knows the user and the password.
func (s *scramClient) Begin(_, _, _ string) (err error) {
	s.session, s.first, err = s.mechanism.Authenticate(context.Background(), "")
	return err
}

// Step implements sarama.SCRAMClient.
func (s *scramClient) Step(challenge string) (response string, err error) {
	if s.session == nil {
		return "", errors.New("a step before the login has begun")
	}
	if s.first != nil {
		response, s.first = string(s.first), nil
		return response, nil
	}
	var answer []byte
	s.done, answer, err = s.session.Challenge([]byte(challenge))
	return string(answer), err
}

// Done implements sarama.SCRAMClient.
func (s *scramClient) Done() bool { return s.done }

// tokens are those that all of kbench logs in with.
type tokens struct{ from *security.Tokens }

// Token implements sarama.AccessTokenProvider. Getting a token has its own limit.
func (t tokens) Token() (*sarama.AccessToken, error) {
	token, err := t.from.Token(context.Background())
	if err != nil {
		return nil, err
	}
	return &sarama.AccessToken{Token: string(token.Value), Extensions: token.Extensions}, nil
}
