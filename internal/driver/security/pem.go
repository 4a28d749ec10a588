package security

import (
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
)

// pemCertificates returns the certificates of a text in PEM, each alone, in PEM again. What else it holds is left out.
func pemCertificates(text []byte) (string, error) {
	var ders [][]byte
	for block, rest := pem.Decode(text); block != nil; block, rest = pem.Decode(rest) {
		if block.Type == "CERTIFICATE" {
			ders = append(ders, block.Bytes)
		}
	}
	return toPEM(ders)
}

// toPEM writes certificates in PEM.
func toPEM(ders [][]byte) (string, error) {
	if len(ders) == 0 {
		return "", errors.New("there is no certificate in it")
	}
	var out []byte
	for i, der := range ders {
		if _, err := x509.ParseCertificate(der); err != nil {
			return "", fmt.Errorf("certificate %d of %d: %w", i+1, len(ders), err)
		}
		out = append(out, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})...)
	}
	return string(out), nil
}

// pemKey returns the one private key of a text in PEM, as PKCS #8 without encryption. password is for one that is encrypted.
func pemKey(text []byte, password string) (Secret, error) {
	var found *pem.Block
	for block, rest := pem.Decode(text); block != nil; block, rest = pem.Decode(rest) {
		switch block.Type {
		case "PRIVATE KEY", "ENCRYPTED PRIVATE KEY", "RSA PRIVATE KEY", "EC PRIVATE KEY":
			if found != nil {
				return "", errors.New("there is more than one private key in it")
			}
			found = block
		}
	}
	if found == nil {
		return "", errors.New("there is no private key in it")
	}
	if found.Headers["Proc-Type"] != "" {
		return "", errors.New("its private key is encrypted in a form that nothing but OpenSSL reads: write it anew with openssl pkcs8 -topk8 -v2 aes-256-cbc")
	}
	key, err := parseKey(found, password)
	if err != nil {
		return "", err
	}
	return keyPEM(key)
}

// parseKey reads a block that holds a private key.
func parseKey(block *pem.Block, password string) (any, error) {
	if password != "" && block.Type != "ENCRYPTED PRIVATE KEY" {
		return nil, errors.New("its private key is not encrypted: take ssl.key.password out")
	}
	switch block.Type {
	case "RSA PRIVATE KEY":
		return x509.ParsePKCS1PrivateKey(block.Bytes)
	case "EC PRIVATE KEY":
		return x509.ParseECPrivateKey(block.Bytes)
	case "ENCRYPTED PRIVATE KEY":
		if password == "" {
			return nil, errors.New("its private key is encrypted: give ssl.key.password")
		}
		der, err := decryptPKCS8(block.Bytes, password)
		if err != nil {
			return nil, fmt.Errorf("its private key: %w", err)
		}
		key, err := x509.ParsePKCS8PrivateKey(der)
		if err != nil {
			return nil, fmt.Errorf("its private key: %w", errKeyPassword) // the padding was right by chance
		}
		return key, nil
	}
	return x509.ParsePKCS8PrivateKey(block.Bytes)
}

// keyPEM writes a private key as PKCS #8 in PEM.
func keyPEM(key any) (Secret, error) {
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return "", err
	}
	return Secret(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der})), nil
}
