package sarama

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

	"github.com/IBM/sarama"
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
		s         security
		protocol  string // in force
		want, why string // want is in the error; "" for none
	}{
		{security{}, "PLAINTEXT", "", "nothing said"},
		{security{protocol: "plaintext"}, "PLAINTEXT", "", "in small letters"},
		{security{protocol: "SSL"}, "SSL", "", "the system's authorities"},
		{security{protocol: "SSL", identification: "none"}, "SSL", "", "any name"},
		{security{protocol: "SASL_SSL", mechanism: "PLAIN", username: "u", password: "p"}, "SASL_SSL", "", "both"},
		{security{protocol: "SASL_PLAINTEXT", mechanism: "PLAIN", username: "u", password: "p"}, "SASL_PLAINTEXT", "", "a login alone"},
		{security{protocol: "TLS"}, "", "security.protocol", "no word of Kafka's"},
		{security{ca: "x"}, "", "ssl.*", "it would be ignored"},
		{security{protocol: "SSL", password: "p"}, "", "sasl.*", "it would be ignored"},
		{security{protocol: "SSL", ca: text}, "", "ssl.ca.location", "a file that is no certificate"},
		{security{protocol: "SSL", ca: text + "-missing"}, "", "ssl.ca.location", "no file"},
		{security{protocol: "SSL", certificate: text, key: text}, "", "ssl.key.location", "neither is one"},
		{security{protocol: "SSL", identification: "no-such"}, "", "ssl.endpoint.identification.algorithm", "no word of Kafka's"},
		{security{protocol: "SASL_SSL", mechanism: "SCRAM-SHA-256"}, "", "sasl.mechanism", "the library brings no code for it"},
	}
	for _, r := range rows {
		conf := sarama.NewConfig()
		err := r.s.apply(conf)
		switch {
		case r.want == "" && (err != nil || protocol(conf) != r.protocol):
			t.Errorf("%s: got %s and error %v, want %s", r.why, protocol(conf), err, r.protocol)
		case r.want != "" && (err == nil || !strings.Contains(err.Error(), r.want)):
			t.Errorf("%s: got %v, want an error about %s", r.why, err, r.want)
		}
	}
}

// TestTLS connects to a broker whose certificate is for another name than the one that is dialed.
func TestTLS(t *testing.T) {
	stranger, _ := selfSigned(t)
	own, pair := selfSigned(t)
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
		{own, "none", "", "the certificate is trusted, and any name will do"},
		{own, "https", driver.ErrAuth, "the name is another"},
		{stranger, "none", driver.ErrAuth, "the certificate is not trusted"},
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
