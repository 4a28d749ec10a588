package security

import (
	"bytes"
	"crypto"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/pavlo-v-chernykh/keystore-go/v4"
	"software.sslmate.com/src/go-pkcs12"
)

// mostFile bounds a file of certificates. The largest that systems bring have a quarter of it.
const mostFile = 4 << 20

// readFile reads a file of certificates or keys.
func readFile(path string) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err // names the file
	}
	defer func() { _ = f.Close() }() // it was only read
	text, err := io.ReadAll(io.LimitReader(f, mostFile+1))
	if err == nil && len(text) > mostFile {
		err = fmt.Errorf("%s is larger than %d bytes", path, mostFile)
	}
	return text, err
}

// A store is a file of certificates or keys: PEM, JKS or PKCS12.
type store struct {
	text     []byte
	kind     string // as the property says, in any case; "" for whatever it is
	password string // of the store
	key      string // password of the key; "" for that of the store
}

// The kinds of stores.
const (
	kindPEM    = "PEM"
	kindJKS    = "JKS"
	kindPKCS12 = "PKCS12"
)

// format finds out what a store is. As Java does it takes JKS and PKCS12 for each other; what is said to be PEM must be.
func (s store) format() (string, error) {
	var is string
	switch {
	case bytes.HasPrefix(s.text, []byte{0xfe, 0xed, 0xfe, 0xed}):
		is = kindJKS
	case bytes.Contains(s.text, []byte("-----BEGIN ")):
		is = kindPEM
	case bytes.HasPrefix(s.text, []byte{0x30}): // a sequence of ASN.1
		is = kindPKCS12
	default:
		return "", errors.New("it is none of PEM, JKS and PKCS12")
	}
	switch said := strings.ToUpper(s.kind); {
	case said != "" && said != kindPEM && said != kindJKS && said != kindPKCS12:
		return "", fmt.Errorf("its type is said to be %s, which kbench does not read: it is one of PEM, JKS and PKCS12", s.kind)
	case said != "" && (said == kindPEM) != (is == kindPEM):
		return "", fmt.Errorf("its type is said to be %s, and it is %s", s.kind, is)
	case is == kindPEM && s.password != "":
		return "", errors.New("it is PEM, which has no password of its own: take that out; a key's is ssl.key.password")
	}
	return is, nil
}

// trusted returns the certificates that a truststore believes, in PEM.
func (s store) trusted() (string, error) {
	format, err := s.format()
	if err != nil {
		return "", err
	}
	var ders [][]byte
	switch format {
	case kindPEM:
		return pemCertificates(s.text)
	case kindJKS:
		ks, err := s.jks()
		if err != nil {
			return "", err
		}
		for _, alias := range ks.Aliases() {
			if entry, err := ks.GetTrustedCertificateEntry(alias); err == nil { // else it is a key
				ders = append(ders, entry.Certificate.Content)
			}
		}
	default:
		certs, err := pkcs12.DecodeTrustStore(s.text, s.password)
		if err != nil {
			return "", pkcs12Error(err)
		}
		for _, c := range certs {
			ders = append(ders, c.Raw)
		}
	}
	return toPEM(ders)
}

// own returns the certificate that a keystore has for the client, with its chain, and the key; both in PEM.
func (s store) own() (certificate string, key Secret, err error) {
	format, err := s.format()
	if err != nil {
		return "", "", err
	}
	switch format {
	case kindPEM:
		if certificate, err = pemCertificates(s.text); err != nil {
			return "", "", err
		}
		key, err = pemKey(s.text, s.key)
		return certificate, key, err
	case kindJKS:
		return s.ownJKS()
	}
	return s.ownPKCS12()
}

// jks opens a store in Java's old format.
func (s store) jks() (keystore.KeyStore, error) {
	ks := keystore.New(keystore.WithOrderedAliases(), keystore.WithCaseExactAliases())
	if s.password == "" {
		return ks, errors.New("it is a JKS, whose password is needed to tell whether it is whole: give that too")
	}
	if err := ks.Load(bytes.NewReader(s.text), []byte(s.password)); err != nil {
		return ks, fmt.Errorf("its password is wrong, or it is broken (%w)", err)
	}
	return ks, nil
}

func (s store) ownJKS() (certificate string, key Secret, err error) {
	ks, err := s.jks()
	if err != nil {
		return "", "", err
	}
	var found []string
	for _, alias := range ks.Aliases() {
		if ks.IsPrivateKeyEntry(alias) {
			found = append(found, alias)
		}
	}
	if len(found) != 1 {
		return "", "", fmt.Errorf("it holds %d private keys, and one is needed", len(found))
	}
	password := s.key
	if password == "" {
		password = s.password
	}
	entry, err := ks.GetPrivateKeyEntry(found[0], []byte(password))
	if err != nil {
		return "", "", errKeyPassword
	}
	var ders [][]byte
	for _, c := range entry.CertificateChain {
		ders = append(ders, c.Content)
	}
	if certificate, err = toPEM(ders); err != nil {
		return "", "", err
	}
	parsed, err := x509.ParsePKCS8PrivateKey(entry.PrivateKey)
	if err != nil {
		return "", "", err
	}
	key, err = keyPEM(parsed)
	return certificate, key, err
}

func (s store) ownPKCS12() (certificate string, key Secret, err error) {
	if s.key != "" && s.key != s.password {
		return "", "", errors.New("it is a PKCS12, whose key has the store's password: take ssl.key.password out")
	}
	private, leaf, others, err := pkcs12.DecodeChain(s.text, s.password)
	if err != nil {
		return "", "", pkcs12Error(err)
	}
	var ders [][]byte
	for _, c := range append([]*x509.Certificate{leaf}, others...) {
		if belongs(private, c) { // it need not stand first
			ders = append([][]byte{c.Raw}, ders...)
		} else {
			ders = append(ders, c.Raw)
		}
	}
	if certificate, err = toPEM(ders); err != nil {
		return "", "", err
	}
	key, err = keyPEM(private)
	return certificate, key, err
}

// belongs reports whether a certificate is for a private key.
func belongs(private any, c *x509.Certificate) bool {
	signer, ok := private.(crypto.Signer)
	if !ok {
		return false
	}
	public, ok := signer.Public().(interface{ Equal(crypto.PublicKey) bool })
	return ok && public.Equal(c.PublicKey)
}

func pkcs12Error(err error) error {
	if errors.Is(err, pkcs12.ErrIncorrectPassword) {
		return errors.New("its password is wrong")
	}
	return err
}
