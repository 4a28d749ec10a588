package sarama

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"os"
	"strings"

	"github.com/IBM/sarama"
)

// A security is how to connect, under the names that clients share. Files are PEM.
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

// apply tells the library. Errors name the property, and no secret.
func (s *security) apply(conf *sarama.Config) (err error) {
	protocol := strings.ToUpper(s.protocol)
	switch protocol {
	case "", "PLAINTEXT", "SSL", "SASL_PLAINTEXT", "SASL_SSL":
	default:
		return fmt.Errorf("security.protocol %q is none of PLAINTEXT, SSL, SASL_PLAINTEXT, SASL_SSL", s.protocol)
	}
	n := &conf.Net
	n.TLS.Enable, n.SASL.Enable = strings.HasSuffix(protocol, "SSL"), strings.HasPrefix(protocol, "SASL_")
	switch {
	case !n.TLS.Enable && s.ca+s.certificate+s.key+s.identification != "":
		return errors.New("properties ssl.* need security.protocol SSL or SASL_SSL")
	case !n.SASL.Enable && s.mechanism+s.username+s.password != "":
		return errors.New("properties sasl.* need security.protocol SASL_PLAINTEXT or SASL_SSL")
	}
	if n.SASL.Enable {
		if s.mechanism != sarama.SASLTypePlaintext {
			return fmt.Errorf("sasl.mechanism %q needs code that the library leaves to others, use PLAIN", s.mechanism)
		}
		n.SASL.Mechanism, n.SASL.User, n.SASL.Password = sarama.SASLTypePlaintext, s.username, s.password
	}
	if n.TLS.Enable {
		n.TLS.Config, err = s.tls()
	}
	return err
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

// protocol returns Kafka's word for how conf connects.
func protocol(conf *sarama.Config) string {
	switch tls, sasl := conf.Net.TLS.Enable, conf.Net.SASL.Enable; {
	case tls && sasl:
		return "SASL_SSL"
	case tls:
		return "SSL"
	case sasl:
		return "SASL_PLAINTEXT"
	}
	return "PLAINTEXT"
}
