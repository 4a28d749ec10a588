// Package security reads out of a client's own properties how to connect: TLS and a login, under Kafka's names. It is for
// the libraries in Go, which know no such properties.
package security

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"maps"
	"os"
	"strings"
)

// A Connection says how to connect.
type Connection struct {
	TLS   *tls.Config // nil: not encrypted
	Login *Login      // nil: nobody logs in
}

// A Login is what SASL proves. Which mechanisms there are is the library's say.
type Login struct{ Mechanism, Username, Password string }

// Take returns how to connect, and the properties that are about something else. It reads the files that are named, which
// are PEM. Its errors name the property, and no secret.
func Take(own map[string]string) (c Connection, rest map[string]string, err error) {
	rest = maps.Clone(own)
	take := func(name string) string {
		value := rest[name]
		delete(rest, name)
		return value
	}
	protocol := take("security.protocol")
	login := Login{take("sasl.mechanism"), take("sasl.username"), take("sasl.password")}
	peer := trust{
		ca: take("ssl.ca.location"), certificate: take("ssl.certificate.location"), key: take("ssl.key.location"),
		identification: take("ssl.endpoint.identification.algorithm"),
	}
	encrypted, authenticated := false, false
	switch strings.ToUpper(protocol) {
	case "", "PLAINTEXT":
	case "SSL":
		encrypted = true
	case "SASL_PLAINTEXT":
		authenticated = true
	case "SASL_SSL":
		encrypted, authenticated = true, true
	default:
		return c, nil, fmt.Errorf("security.protocol %q is none of PLAINTEXT, SSL, SASL_PLAINTEXT, SASL_SSL", protocol)
	}
	switch {
	case !encrypted && peer != trust{}:
		return c, nil, errors.New("properties ssl.* need security.protocol SSL or SASL_SSL")
	case !authenticated && login != Login{}:
		return c, nil, errors.New("properties sasl.* need security.protocol SASL_PLAINTEXT or SASL_SSL")
	}
	if authenticated {
		c.Login = &login
	}
	if encrypted {
		c.TLS, err = peer.config()
	}
	return c, rest, err
}

// Protocol returns Kafka's security.protocol for a connection.
func Protocol(encrypted, authenticated bool) string {
	switch {
	case encrypted && authenticated:
		return "SASL_SSL"
	case encrypted:
		return "SSL"
	case authenticated:
		return "SASL_PLAINTEXT"
	}
	return "PLAINTEXT"
}

// A trust is whom to believe, and what to show.
type trust struct{ ca, certificate, key, identification string }

func (p trust) config() (*tls.Config, error) {
	c := &tls.Config{MinVersion: tls.VersionTLS12}
	if p.ca != "" {
		text, err := os.ReadFile(p.ca)
		if err != nil {
			return nil, fmt.Errorf("ssl.ca.location: %w", err)
		}
		c.RootCAs = x509.NewCertPool()
		if !c.RootCAs.AppendCertsFromPEM(text) {
			return nil, fmt.Errorf("ssl.ca.location: %s holds no certificate in PEM", p.ca)
		}
	}
	if p.certificate != "" || p.key != "" {
		pair, err := tls.LoadX509KeyPair(p.certificate, p.key)
		if err != nil {
			return nil, fmt.Errorf("ssl.certificate.location and ssl.key.location: %w", err)
		}
		c.Certificates = []tls.Certificate{pair}
	}
	switch strings.ToLower(p.identification) {
	case "", "https":
	case "none":
		trustAnyName(c)
	default:
		return nil, fmt.Errorf("ssl.endpoint.identification.algorithm %q is neither https nor none", p.identification)
	}
	return c, nil
}

// trustAnyName checks the broker's certificate, but not that it is for the name that was dialed.
func trustAnyName(c *tls.Config) {
	roots := c.RootCAs
	c.InsecureSkipVerify = true // of the usual check: the next one is all of it but the name
	c.VerifyConnection = func(state tls.ConnectionState) error {
		among := x509.NewCertPool()
		for _, cert := range state.PeerCertificates[1:] {
			among.AddCert(cert)
		}
		_, err := state.PeerCertificates[0].Verify(x509.VerifyOptions{Roots: roots, Intermediates: among})
		return err
	}
}
