package drivertest

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

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kmsg"

	"kbench/internal/driver"
)

// secured is the suite against a fake broker of its own, made with opts, and settings with the client's own properties.
func (s suite) secured(t *testing.T, own map[string]string, opts ...kfake.Opt) (suite, *kfake.Cluster, driver.ProducerConfig) {
	t.Helper()
	broker := fake(t, opts...)
	s.o = Options{Brokers: broker.ListenAddrs()}
	cfg := config("any")
	cfg.Config = own
	return s, broker, cfg
}

// logsIn does so by each mechanism that the library has, which is PLAIN at least.
func (s suite) logsIn(t *testing.T) {
	for _, mechanism := range []string{"PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"} {
		cfg := config("any")
		cfg.Config = map[string]string{"security.protocol": "SASL_PLAINTEXT", "sasl.mechanism": mechanism, "sasl.username": "u", "sasl.password": "p"}
		if mechanism == "PLAIN" || s.d.CheckProducer(cfg) == nil {
			s.logsInBy(t, mechanism)
		}
	}
}

// logsInBy does so rightly and wrongly, and tells nobody the password.
func (s suite) logsInBy(t *testing.T, mechanism string) {
	t.Helper()
	const user, password = "anna", "hunter2"
	s, broker, cfg := s.secured(t, map[string]string{
		"security.protocol": "SASL_PLAINTEXT", "sasl.mechanism": mechanism, "sasl.username": user, "sasl.password": password,
	}, kfake.EnableSASL(), kfake.Superuser(mechanism, user, password))
	p, err := s.d.NewProducer(t.Context(), s.cluster(), cfg, nil)
	if err != nil {
		t.Fatal(err)
	}
	settings := p.Settings()
	if err := p.Close(); err != nil {
		t.Error(err)
	}
	for _, key := range []string{"security.protocol", "sasl.mechanism"} {
		if settings[key] != cfg.Config[key] {
			t.Errorf("%s: %s: in force is %q, want %q", mechanism, key, settings[key], cfg.Config[key])
		}
	}
	for key, value := range settings {
		if strings.Contains(value, user) || strings.Contains(value, password) {
			t.Errorf("%s: a secret is in the settings: %s=%s", mechanism, key, value)
		}
	}
	// The fake hangs up on a wrong password. Kafka says what is wrong.
	broker.ControlKey(int16(kmsg.SASLAuthenticate), func(r kmsg.Request) (kmsg.Response, error, bool) {
		broker.KeepControl()
		answer := r.ResponseKind().(*kmsg.SASLAuthenticateResponse)
		answer.ErrorCode = kerr.SaslAuthenticationFailed.Code
		return answer, nil, true
	})
	cfg.Config["sasl.password"] = "wrong-one"
	_, err = s.d.NewProducer(t.Context(), s.cluster(), cfg, nil)
	if driver.ClassOf(err) != driver.ErrAuth || strings.Contains(err.Error(), "wrong-one") {
		t.Errorf("%s: a wrong password: got %v, want class %s and no secret", mechanism, err, driver.ErrAuth)
	}
}

// checksCertificates connects to a broker whose certificate is for another name than the one that is dialed.
func (s suite) checksCertificates(t *testing.T) {
	stranger, _ := selfSigned(t)
	own, pair := selfSigned(t)
	s, _, cfg := s.secured(t, map[string]string{"security.protocol": "SSL"},
		kfake.TLS(&tls.Config{Certificates: []tls.Certificate{pair}, MinVersion: tls.VersionTLS12}))
	for _, row := range []struct {
		ca, identification string
		want               string // class of the error
		why                string
	}{
		{own, "none", "", "the certificate is trusted, and any name will do"},
		{own, "https", driver.ErrAuth, "the name is another"},
		{stranger, "none", driver.ErrAuth, "the certificate is not trusted"},
	} {
		cfg.Config["ssl.ca.location"], cfg.Config["ssl.endpoint.identification.algorithm"] = row.ca, row.identification
		p, err := s.d.NewProducer(t.Context(), s.cluster(), cfg, nil)
		if err == nil {
			if got := p.Settings()["security.protocol"]; got != "SSL" {
				t.Errorf("security.protocol: in force is %q, want SSL", got)
			}
			err = p.Close()
		}
		if got := driver.ClassOf(err); got != row.want {
			t.Errorf("got %v, want class %q: %s", err, row.want, row.why)
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
