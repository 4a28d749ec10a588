// Package certtest makes certificates for tests: authorities, and what they sign.
package certtest

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"testing"
	"time"
)

// An Authority signs certificates.
type Authority struct {
	PEM string // its own certificate

	cert  *x509.Certificate
	key   *ecdsa.PrivateKey
	chain string // PEM of what lies between those it signs and the root
}

// A Certificate is one with its key.
type Certificate struct {
	PEM string // itself, and what lies between it and the root
	Key string // PKCS #8 in PEM
	TLS tls.Certificate
}

// New makes an authority that signs itself.
func New(t testing.TB, name string) *Authority {
	t.Helper()
	key := newKey(t)
	about := template(name)
	about.IsCA, about.KeyUsage = true, x509.KeyUsageCertSign
	cert := sign(t, about, about, key, key)
	return &Authority{PEM: encode("CERTIFICATE", cert.Raw), cert: cert, key: key}
}

// Intermediate makes an authority that a signs.
func (a *Authority) Intermediate(t testing.TB, name string) *Authority {
	t.Helper()
	key := newKey(t)
	about := template(name)
	about.IsCA, about.KeyUsage = true, x509.KeyUsageCertSign
	cert := sign(t, about, a.cert, key, a.key)
	own := encode("CERTIFICATE", cert.Raw)
	return &Authority{PEM: own, cert: cert, key: key, chain: own + a.chain}
}

// Issue makes a certificate for hosts, by name or address. change may alter it before it is signed.
func (a *Authority) Issue(t testing.TB, hosts []string, change ...func(*x509.Certificate)) Certificate {
	t.Helper()
	about := template("")
	about.KeyUsage = x509.KeyUsageDigitalSignature
	about.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageClientAuth}
	for _, h := range hosts {
		about.Subject.CommonName = h
		if ip := net.ParseIP(h); ip != nil {
			about.IPAddresses = append(about.IPAddresses, ip)
		} else {
			about.DNSNames = append(about.DNSNames, h)
		}
	}
	for _, f := range change {
		f(about)
	}
	key := newKey(t)
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	c := Certificate{PEM: encode("CERTIFICATE", sign(t, about, a.cert, key, a.key).Raw) + a.chain, Key: encode("PRIVATE KEY", der)}
	if c.TLS, err = tls.X509KeyPair([]byte(c.PEM), []byte(c.Key)); err != nil {
		t.Fatal(err)
	}
	return c
}

// Expired is a change: the certificate was good until an hour ago.
func Expired(c *x509.Certificate) {
	c.NotBefore, c.NotAfter = time.Now().Add(-48*time.Hour), time.Now().Add(-time.Hour)
}

// File writes text to a file that goes with the test, and returns its path.
func File(t testing.TB, name, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func template(name string) *x509.Certificate {
	serial, err := rand.Int(rand.Reader, big.NewInt(1<<62))
	if err != nil { // never: the system's random numbers do not fail
		serial = big.NewInt(1)
	}
	return &x509.Certificate{
		SerialNumber: serial, Subject: pkix.Name{CommonName: name}, BasicConstraintsValid: true,
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(24 * time.Hour),
	}
}

func newKey(t testing.TB) *ecdsa.PrivateKey {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

func sign(t testing.TB, about, parent *x509.Certificate, key, by *ecdsa.PrivateKey) *x509.Certificate {
	t.Helper()
	der, err := x509.CreateCertificate(rand.Reader, about, parent, &key.PublicKey, by)
	if err != nil {
		t.Fatal(err)
	}
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	return cert
}

func encode(kind string, der []byte) string {
	return string(pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der}))
}
