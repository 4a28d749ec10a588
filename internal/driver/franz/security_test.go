package franz

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"math/big"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kfake"

	"kbench/internal/driver"
)

func TestSecurity(t *testing.T) {
	t.Parallel()
	text := filepath.Join(t.TempDir(), "no.pem")
	if err := os.WriteFile(text, []byte("no certificate"), 0o600); err != nil {
		t.Fatal(err)
	}
	rows := []struct {
		s    security
		opts int    // how many options it makes
		want string // in the error; "" for none
	}{
		{security{}, 0, ""},
		{security{protocol: "plaintext"}, 0, ""},
		{security{protocol: "SSL"}, 1, ""},
		{security{protocol: "SSL", identification: "none"}, 1, ""},
		{security{protocol: "SASL_SSL", mechanism: "PLAIN", username: "u", password: "p"}, 2, ""},
		{security{protocol: "SASL_PLAINTEXT", mechanism: "SCRAM-SHA-512", username: "u", password: "p"}, 1, ""},
		{security{protocol: "TLS"}, 0, "security.protocol"},
		{security{ca: "x"}, 0, "ssl.*"},
		{security{protocol: "SSL", password: "p"}, 0, "sasl.*"},
		{security{protocol: "SSL", ca: text}, 0, "ssl.ca.location"},
		{security{protocol: "SSL", ca: text + "-missing"}, 0, "ssl.ca.location"},
		{security{protocol: "SSL", certificate: text, key: text}, 0, "ssl.key.location"},
		{security{protocol: "SSL", identification: "no-such"}, 0, "ssl.endpoint.identification.algorithm"},
		{security{protocol: "SASL_SSL", mechanism: "GSSAPI"}, 0, "sasl.mechanism"},
	}
	for i, r := range rows {
		opts, err := r.s.options()
		switch {
		case r.want == "" && (err != nil || len(opts) != r.opts):
			t.Errorf("row %d: got %d options and error %v, want %d", i, len(opts), err, r.opts)
		case r.want != "" && (err == nil || !strings.Contains(err.Error(), r.want)):
			t.Errorf("row %d: got %v, want an error about %s", i, err, r.want)
		}
	}
}

// TestTLS connects to a broker whose certificate is for another name than the one that is dialed.
func TestTLS(t *testing.T) {
	ca, _ := selfSigned(t)
	other, pair := selfSigned(t)
	broker, err := kfake.NewCluster(kfake.NumBrokers(1), kfake.TLS(&tls.Config{Certificates: []tls.Certificate{pair}, MinVersion: tls.VersionTLS12}))
	if err != nil {
		t.Fatal(err)
	}
	defer broker.Close()
	rows := []struct {
		ca, identification string
		want               string // class of the error
		why                string
	}{
		{other, "none", "", "the certificate is trusted, and any name will do"},
		{other, "https", driver.ErrAuth, "the name is another"},
		{ca, "none", driver.ErrAuth, "the certificate is not trusted"},
	}
	for _, r := range rows {
		cfg := driver.DefaultProducer()
		cfg.Topic = "any"
		cfg.Config = map[string]string{
			"security.protocol": "SSL", "ssl.ca.location": r.ca, "ssl.endpoint.identification.algorithm": r.identification,
		}
		p, err := library{}.NewProducer(t.Context(), driver.Cluster{Brokers: broker.ListenAddrs()}, cfg, nil)
		if err == nil {
			err = p.Close()
		}
		if got := driver.ClassOf(err); got != r.want {
			t.Errorf("got %v, want class %q: %s", err, r.want, r.why)
		}
	}
}

// selfSigned makes a certificate for the name elsewhere.test, and a file of it.
func selfSigned(t *testing.T) (file string, pair tls.Certificate) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	about := &x509.Certificate{
		SerialNumber: big.NewInt(1), DNSNames: []string{"elsewhere.test"}, IsCA: true, BasicConstraintsValid: true,
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
	}
	cert, err := x509.CreateCertificate(rand.Reader, about, about, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	file = filepath.Join(t.TempDir(), "ca.pem")
	if err := os.WriteFile(file, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: cert}), 0o600); err != nil {
		t.Fatal(err)
	}
	return file, tls.Certificate{Certificate: [][]byte{cert}, PrivateKey: key}
}
