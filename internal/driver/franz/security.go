package franz

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"os"
	"strings"

	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/sasl"
	"github.com/twmb/franz-go/pkg/sasl/plain"
	"github.com/twmb/franz-go/pkg/sasl/scram"
)

// A security is how to connect, as Kafka's properties have it. Files are PEM.
type security struct {
	protocol, mechanism, username, password string
	ca, certificate, key, identification    string
}

// words returns where the value of each property goes.
func (s *security) words() map[string]*string {
	return map[string]*string{
		"security.protocol":                     &s.protocol,
		"sasl.mechanism":                        &s.mechanism,
		"sasl.username":                         &s.username,
		"sasl.password":                         &s.password,
		"ssl.ca.location":                       &s.ca,
		"ssl.certificate.location":              &s.certificate,
		"ssl.key.location":                      &s.key,
		"ssl.endpoint.identification.algorithm": &s.identification,
	}
}

// options returns what makes the library connect so. Errors name the property, and no secret.
func (s *security) options() (opts []kgo.Opt, err error) {
	protocol := strings.ToUpper(s.protocol)
	switch protocol {
	case "", "PLAINTEXT", "SSL", "SASL_PLAINTEXT", "SASL_SSL":
	default:
		return nil, fmt.Errorf("security.protocol %q is none of PLAINTEXT, SSL, SASL_PLAINTEXT, SASL_SSL", s.protocol)
	}
	encrypted, authenticated := strings.HasSuffix(protocol, "SSL"), strings.HasPrefix(protocol, "SASL_")
	switch {
	case !encrypted && s.ca+s.certificate+s.key+s.identification != "":
		return nil, errors.New("properties ssl.* need security.protocol SSL or SASL_SSL")
	case !authenticated && s.mechanism+s.username+s.password != "":
		return nil, errors.New("properties sasl.* need security.protocol SASL_PLAINTEXT or SASL_SSL")
	}
	if encrypted {
		c, err := s.tls()
		if err != nil {
			return nil, err
		}
		opts = append(opts, kgo.DialTLSConfig(c))
	}
	if authenticated {
		m, err := s.sasl()
		if err != nil {
			return nil, err
		}
		opts = append(opts, kgo.SASL(m))
	}
	return opts, nil
}

func (s *security) sasl() (sasl.Mechanism, error) {
	switch s.mechanism {
	case "PLAIN":
		return plain.Auth{User: s.username, Pass: s.password}.AsMechanism(), nil
	case "SCRAM-SHA-256":
		return scram.Auth{User: s.username, Pass: s.password}.AsSha256Mechanism(), nil
	case "SCRAM-SHA-512":
		return scram.Auth{User: s.username, Pass: s.password}.AsSha512Mechanism(), nil
	}
	return nil, fmt.Errorf("sasl.mechanism %q is none of PLAIN, SCRAM-SHA-256, SCRAM-SHA-512", s.mechanism)
}

func (s *security) tls() (*tls.Config, error) {
	c := &tls.Config{MinVersion: tls.VersionTLS12}
	if s.ca != "" {
		text, err := os.ReadFile(s.ca)
		if err != nil {
			return nil, fmt.Errorf("ssl.ca.location: %w", err)
		}
		c.RootCAs = x509.NewCertPool()
		if !c.RootCAs.AppendCertsFromPEM(text) {
			return nil, fmt.Errorf("ssl.ca.location: %s holds no certificate in PEM", s.ca)
		}
	}
	if s.certificate != "" || s.key != "" {
		pair, err := tls.LoadX509KeyPair(s.certificate, s.key)
		if err != nil {
			return nil, fmt.Errorf("ssl.certificate.location and ssl.key.location: %w", err)
		}
		c.Certificates = []tls.Certificate{pair}
	}
	switch strings.ToLower(s.identification) {
	case "", "https":
	case "none":
		trustAnyName(c)
	default:
		return nil, fmt.Errorf("ssl.endpoint.identification.algorithm %q is neither https nor none", s.identification)
	}
	return c, nil
}

// trustAnyName checks the broker's certificate, but not that it is for the name that was dialed.
func trustAnyName(c *tls.Config) {
	roots := c.RootCAs
	c.InsecureSkipVerify = true // of the library's own check: the next one is all of it but the name
	c.VerifyConnection = func(state tls.ConnectionState) error {
		among := x509.NewCertPool()
		for _, cert := range state.PeerCertificates[1:] {
			among.AddCert(cert)
		}
		_, err := state.PeerCertificates[0].Verify(x509.VerifyOptions{Roots: roots, Intermediates: among})
		return err
	}
}
