package security

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/x509"
	"encoding/pem"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/pavlo-v-chernykh/keystore-go/v4"
	"software.sslmate.com/src/go-pkcs12"

	"kbench/internal/driver/security/certtest"
)

// stores are one authority, and one certificate with its key, in each kind of store. The password is hunter2.
type stores struct {
	ca   *certtest.Authority
	pair certtest.Certificate

	trustJKS, trust12, ownJKS, own12 []byte
}

func makeStores(t *testing.T) stores {
	t.Helper()
	ca := certtest.New(t, "root")
	s := stores{ca: ca, pair: ca.Intermediate(t, "between").Issue(t, []string{"client"})}
	chain := s.pair.TLS.Certificate
	leaf, between, root := parsed(t, chain[0]), parsed(t, chain[1]), parsed(t, pemDER(t, ca.PEM))

	trust, own := keystore.New(), keystore.New()
	der, err := x509.MarshalPKCS8PrivateKey(s.pair.TLS.PrivateKey)
	if err != nil {
		t.Fatal(err)
	}
	x := func(der []byte) keystore.Certificate { return keystore.Certificate{Type: "X509", Content: der} }
	if err := trust.SetTrustedCertificateEntry("ca", keystore.TrustedCertificateEntry{CreationTime: time.Now(), Certificate: x(root.Raw)}); err != nil {
		t.Fatal(err)
	}
	if err := own.SetPrivateKeyEntry("me", keystore.PrivateKeyEntry{
		CreationTime: time.Now(), PrivateKey: der, CertificateChain: []keystore.Certificate{x(chain[0]), x(chain[1])},
	}, []byte("of the key")); err != nil {
		t.Fatal(err)
	}
	s.trustJKS, s.ownJKS = written(t, trust), written(t, own)
	if s.trust12, err = pkcs12.Modern.EncodeTrustStore([]*x509.Certificate{root}, "hunter2"); err != nil {
		t.Fatal(err)
	}
	if s.own12, err = pkcs12.Modern.Encode(s.pair.TLS.PrivateKey.(*ecdsa.PrivateKey), leaf, []*x509.Certificate{between}, "hunter2"); err != nil {
		t.Fatal(err)
	}
	return s
}

func written(t *testing.T, ks keystore.KeyStore) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := ks.Store(&b, []byte("hunter2")); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func parsed(t *testing.T, der []byte) *x509.Certificate {
	t.Helper()
	c, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestStores(t *testing.T) {
	t.Parallel()
	s := makeStores(t)
	for _, tt := range []struct {
		why   string
		store store
	}{
		{"JKS", store{text: s.trustJKS, kind: "JKS", password: "hunter2"}},
		{"PKCS12", store{text: s.trust12, kind: "pkcs12", password: "hunter2"}},
		{"Java takes one for the other", store{text: s.trust12, kind: "JKS", password: "hunter2"}},
		{"no type is said", store{text: s.trustJKS, password: "hunter2"}},
		{"PEM", store{text: []byte(s.ca.PEM)}},
	} {
		if got, err := tt.store.trusted(); err != nil || got != s.ca.PEM {
			t.Errorf("whom to believe, %s: got %q, error %v", tt.why, got, err)
		}
	}
	for _, tt := range []struct {
		why   string
		store store
	}{
		{"JKS whose key has a password of its own", store{text: s.ownJKS, password: "hunter2", key: "of the key"}},
		{"PKCS12", store{text: s.own12, kind: "PKCS12", password: "hunter2"}},
		{"PKCS12, and the password of the key is said too", store{text: s.own12, password: "hunter2", key: "hunter2"}},
		{"PEM", store{text: []byte(s.pair.PEM + s.pair.Key)}},
	} {
		certificate, key, err := tt.store.own()
		if err != nil || certificate != s.pair.PEM || string(key) != s.pair.Key {
			t.Errorf("what to show, %s: error %v; want the certificate with its chain, and the key", tt.why, err)
		}
	}
}

func TestStoresRefused(t *testing.T) {
	t.Parallel()
	s := makeStores(t)
	trust := func(s store) error { _, err := s.trusted(); return err }
	own := func(s store) error { _, _, err := s.own(); return err }
	for _, tt := range []struct {
		why   string
		read  func(store) error
		store store
		want  string
	}{
		{"a wrong password", trust, store{text: s.trustJKS, password: "wrong"}, "password is wrong"},
		{"a wrong password", trust, store{text: s.trust12, password: "wrong"}, "password is wrong"},
		{"a wrong password", own, store{text: s.ownJKS, password: "wrong"}, "password is wrong"},
		{"a wrong password", own, store{text: s.own12, password: "wrong"}, "password is wrong"},
		{"the store's password is not that of the key", own, store{text: s.ownJKS, password: "hunter2"}, "ssl.key.password is wrong"},
		{"no password", trust, store{text: s.trustJKS}, "give that too"},
		{"a password of the key that a PKCS12 has not", own, store{text: s.own12, password: "hunter2", key: "other"}, "take ssl.key.password out"},
		{"a truststore for a keystore", own, store{text: s.trustJKS, password: "hunter2"}, "0 private keys"},
		{"a keystore for a truststore", trust, store{text: s.ownJKS, password: "hunter2"}, "no certificate"},
		{"half a store", trust, store{text: s.trustJKS[:40], password: "hunter2"}, "broken"},
		{"half a store", trust, store{text: s.trust12[:40], password: "hunter2"}, ""},
		{"nothing", trust, store{}, "none of PEM, JKS and PKCS12"},
		{"an empty certificate", trust, store{text: []byte("-----BEGIN CERTIFICATE-----\n-----END CERTIFICATE-----\n")}, "certificate 1 of 1"},
	} {
		if err := tt.read(tt.store); err == nil || !strings.Contains(err.Error(), tt.want) || strings.Contains(err.Error(), "hunter2") {
			t.Errorf("%s: got %v, want %q", tt.why, err, tt.want)
		}
	}
}

// encryptedKeys are keys as OpenSSL 3 writes them, by their files' names; the password of each is hunter2.
func encryptedKeys(t testing.TB) map[string]string {
	t.Helper()
	files, err := filepath.Glob("testdata/keys/*.pem")
	if err != nil || len(files) == 0 {
		t.Fatalf("%d keys: %v", len(files), err)
	}
	keys := map[string]string{}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		keys[file] = string(text)
	}
	return keys
}

func TestEncryptedKeys(t *testing.T) {
	t.Parallel()
	for why, text := range encryptedKeys(t) {
		key, err := pemKey([]byte(text), "hunter2")
		if err != nil || !strings.Contains(string(key), "BEGIN PRIVATE KEY") {
			t.Errorf("%s: %v", why, err)
		}
		for _, password := range []string{"", "wrong"} {
			if _, err := pemKey([]byte(text), password); err == nil || !strings.Contains(err.Error(), "ssl.key.password") {
				t.Errorf("%s, password %q: got %v, want an error about ssl.key.password", why, password, err)
			}
		}
	}
	pbes1, err := os.ReadFile("testdata/pbes1.pem")
	if err != nil {
		t.Fatal(err)
	}
	for why, text := range map[string]string{
		"a cipher of old":       string(pbes1),
		"two keys":              certtest.New(t, "a").Issue(t, nil).Key + certtest.New(t, "b").Issue(t, nil).Key,
		"OpenSSL's own form":    "-----BEGIN RSA PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\nDEK-Info: AES-128-CBC,00\n\nAAAA\n-----END RSA PRIVATE KEY-----\n",
		"no PKCS #8":            "-----BEGIN ENCRYPTED PRIVATE KEY-----\nAAAA\n-----END ENCRYPTED PRIVATE KEY-----\n",
		"a certificate, no key": certtest.New(t, "a").PEM,
	} {
		if _, err := pemKey([]byte(text), "hunter2"); err == nil {
			t.Errorf("%s: no error", why)
		}
	}
}

func FuzzStore(f *testing.F) {
	f.Add([]byte{0xfe, 0xed, 0xfe, 0xed, 0, 0, 0, 2, 0, 0, 0, 1, 0, 0, 0, 2}, "JKS")
	for _, text := range encryptedKeys(f) {
		f.Add([]byte(text), "PEM")
	}
	f.Fuzz(func(t *testing.T, text []byte, kind string) {
		if bytes.HasPrefix(text, []byte{0x30}) {
			return // the library would hash for hours where the file says so
		}
		s := store{text: text, kind: kind, password: "hunter2", key: "hunter2"}
		if strings.EqualFold(kind, kindPEM) {
			s.password = ""
		}
		if ca, err := s.trusted(); err == nil && ca == "" {
			t.Error("nothing is believed, and there is no error")
		}
		if certificate, key, err := s.own(); err == nil && (certificate == "" || key == "") {
			t.Error("a half is missing, and there is no error")
		}
	})
}

func pemDER(t *testing.T, text string) []byte {
	t.Helper()
	block, _ := pem.Decode([]byte(text))
	if block == nil {
		t.Fatal("no PEM")
	}
	return block.Bytes
}
