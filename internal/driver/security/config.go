// Package security says how to connect to brokers, encrypted and logged in: one Config for every client library, read out of
// properties by the names that Kafka's own client and librdkafka have for them.
package security

import (
	"fmt"
	"io"
)

// A Config says how to connect. The zero value connects without encryption and as nobody. It is not changed once it is made,
// and may be copied; copies share Tokens.
type Config struct {
	Protocol Protocol // unset means Plaintext
	TLS      TLS      // for SSL and SASLSSL; else zero
	SASL     SASL     // for SASLPlaintext and SASLSSL; else zero
}

// A Protocol is Kafka's security.protocol.
type Protocol string

// The values of Protocol.
const (
	Plaintext     Protocol = "PLAINTEXT"
	SSL           Protocol = "SSL"
	SASLPlaintext Protocol = "SASL_PLAINTEXT"
	SASLSSL       Protocol = "SASL_SSL"
)

// A TLS says whom to believe, and what to show.
type TLS struct {
	CA          string // PEM of the certificates that are believed; "" for those of the system
	Certificate string // PEM of the client's own, the leaf first; "" for none
	Key         Secret // PEM of its key in PKCS #8, not encrypted; "" for none
	AnyName     bool   // a certificate may be for another name than the one that is dialed
}

// A Mechanism is Kafka's sasl.mechanism.
type Mechanism string

// The values of Mechanism.
const (
	Plain       Mechanism = "PLAIN"
	ScramSHA256 Mechanism = "SCRAM-SHA-256"
	ScramSHA512 Mechanism = "SCRAM-SHA-512"
	OAuthBearer Mechanism = "OAUTHBEARER"
)

// A SASL says who logs in, and by what.
type SASL struct {
	Mechanism Mechanism
	User      string // for all but OAuthBearer
	Password  Secret
	Tokens    *Tokens // for OAuthBearer; else nil
}

// Encrypted reports whether connections are by TLS.
func (c Config) Encrypted() bool { return c.Protocol == SSL || c.Protocol == SASLSSL }

// LogsIn reports whether connections begin with a login.
func (c Config) LogsIn() bool { return c.Protocol == SASLPlaintext || c.Protocol == SASLSSL }

// String says how, without who: SASL_SSL by SCRAM-SHA-512.
func (c Config) String() string {
	text := string(Plaintext)
	if c.Protocol != "" {
		text = string(c.Protocol)
	}
	if c.LogsIn() {
		text += " by " + string(c.SASL.Mechanism)
	}
	return text
}

// MarshalText implements encoding.TextMarshaler, by String: nothing that a Config holds belongs into a file.
func (c Config) MarshalText() ([]byte, error) { return []byte(c.String()), nil }

// ProtocolOf returns Kafka's security.protocol for a connection.
func ProtocolOf(encrypted, authenticated bool) Protocol {
	switch {
	case encrypted && authenticated:
		return SASLSSL
	case encrypted:
		return SSL
	case authenticated:
		return SASLPlaintext
	}
	return Plaintext
}

// A Secret prints as ***, whatever prints it. string(s) is what it is.
type Secret string

// masked stands for a secret.
const masked = "***"

// Format implements fmt.Formatter for every verb.
func (Secret) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, masked) }

// MarshalText implements encoding.TextMarshaler.
func (Secret) MarshalText() ([]byte, error) { return []byte(masked), nil }
