package security

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
)

// ForGo returns how libraries in Go connect, which set the name that they dial; nil where connections are not encrypted.
func (c Config) ForGo() (*tls.Config, error) {
	if !c.Encrypted() {
		return nil, nil
	}
	out := &tls.Config{MinVersion: tls.VersionTLS12}
	if c.TLS.CA != "" {
		out.RootCAs = x509.NewCertPool()
		if !out.RootCAs.AppendCertsFromPEM([]byte(c.TLS.CA)) {
			return nil, errors.New("what is to be believed holds no certificate in PEM")
		}
	}
	if c.TLS.Certificate != "" {
		pair, err := c.TLS.pair()
		if err != nil {
			return nil, err
		}
		out.Certificates = []tls.Certificate{pair}
	}
	if c.TLS.AnyName {
		trustAnyName(out)
	}
	return out, nil
}

// pair returns the client's own certificate with its key.
func (t TLS) pair() (tls.Certificate, error) {
	pair, err := tls.X509KeyPair([]byte(t.Certificate), []byte(t.Key))
	if err != nil {
		return pair, fmt.Errorf("the certificate and its key: %w", err)
	}
	return pair, nil
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
		if err != nil {
			return &tls.CertificateVerificationError{UnverifiedCertificates: state.PeerCertificates, Err: err}
		}
		return nil
	}
}
