package security

import (
	"bytes"
	"crypto/aes"
	"crypto/cipher"
	"crypto/des"
	"crypto/pbkdf2"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/sha512"
	"crypto/x509/pkix"
	"encoding/asn1"
	"errors"
	"fmt"
	"hash"
)

// mostIterations bounds what a key's file can make this process compute. OpenSSL takes 2,048, and the most that anybody
// recommends today is 1.3 million.
const mostIterations = 2_000_000

// errKeyPassword is what a wrong password comes to, and a file that is broken.
var errKeyPassword = errors.New("ssl.key.password is wrong, or it is broken")

// encryptedKey is EncryptedPrivateKeyInfo of RFC 5958.
type encryptedKey struct {
	Algorithm pkix.AlgorithmIdentifier
	Data      []byte
}

// pbes2 is PBES2-params of RFC 8018.
type pbes2 struct{ Derivation, Cipher pkix.AlgorithmIdentifier }

// pbkdf2Params are PBKDF2-params of RFC 8018, with a salt that is given, as it always is.
type pbkdf2Params struct {
	Salt       []byte
	Iterations int
	KeyLength  int                      `asn1:"optional"`
	Hash       pkix.AlgorithmIdentifier `asn1:"optional"`
}

// decryptPKCS8 returns the private key in an ENCRYPTED PRIVATE KEY, which Go's own library does not read. It knows PBES2
// with PBKDF2, by AES or triple DES: what OpenSSL and Java write.
func decryptPKCS8(der []byte, password string) ([]byte, error) {
	var info encryptedKey
	var params pbes2
	var derive pbkdf2Params
	if rest, err := asn1.Unmarshal(der, &info); err != nil || len(rest) > 0 {
		return nil, errors.New("it is no PKCS #8")
	}
	if name := info.Algorithm.Algorithm.String(); name != "1.2.840.113549.1.5.13" {
		return nil, unknownCipher(name)
	}
	if _, err := asn1.Unmarshal(info.Algorithm.Parameters.FullBytes, &params); err != nil {
		return nil, errors.New("it is no PBES2")
	}
	if name := params.Derivation.Algorithm.String(); name != "1.2.840.113549.1.5.12" {
		return nil, unknownCipher(name)
	}
	if _, err := asn1.Unmarshal(params.Derivation.Parameters.FullBytes, &derive); err != nil {
		return nil, errors.New("it is no PBKDF2")
	}
	if derive.Iterations < 1 || derive.Iterations > mostIterations {
		return nil, fmt.Errorf("its password is hashed %d times; kbench does that 1 to %d times", derive.Iterations, mostIterations)
	}
	sum, err := hashOf(derive.Hash.Algorithm.String())
	if err != nil {
		return nil, err
	}
	size, open, err := cipherOf(params.Cipher.Algorithm.String())
	if err != nil {
		return nil, err
	}
	key, err := pbkdf2.Key(sum, password, derive.Salt, derive.Iterations, size)
	if err != nil {
		return nil, err
	}
	block, err := open(key)
	if err != nil {
		return nil, err
	}
	var iv []byte
	if _, err := asn1.Unmarshal(params.Cipher.Parameters.FullBytes, &iv); err != nil || len(iv) != block.BlockSize() {
		return nil, errors.New("its cipher has no right beginning")
	}
	return decryptCBC(cipher.NewCBCDecrypter(block, iv), info.Data)
}

func unknownCipher(name string) error {
	return fmt.Errorf("it is encrypted by %s, which kbench does not know: write it anew with openssl pkcs8 -topk8 -v2 aes-256-cbc", name)
}

// hashOf returns the hash of an HMAC; without a name it is SHA-1.
func hashOf(name string) (func() hash.Hash, error) {
	switch name {
	case "", "1.2.840.113549.2.7":
		return sha1.New, nil
	case "1.2.840.113549.2.9":
		return sha256.New, nil
	case "1.2.840.113549.2.10":
		return sha512.New384, nil
	case "1.2.840.113549.2.11":
		return sha512.New, nil
	}
	return nil, unknownCipher(name)
}

// cipherOf returns the length of a cipher's key, in bytes, and the cipher.
func cipherOf(name string) (size int, open func(key []byte) (cipher.Block, error), err error) {
	switch name {
	case "2.16.840.1.101.3.4.1.2":
		return 16, aes.NewCipher, nil
	case "2.16.840.1.101.3.4.1.22":
		return 24, aes.NewCipher, nil
	case "2.16.840.1.101.3.4.1.42":
		return 32, aes.NewCipher, nil
	case "1.2.840.113549.3.7":
		return 24, des.NewTripleDESCipher, nil
	}
	return 0, nil, unknownCipher(name)
}

// decryptCBC takes the padding off too, which a wrong password spoils, all but once in some hundred times.
func decryptCBC(mode cipher.BlockMode, data []byte) ([]byte, error) {
	if len(data) == 0 || len(data)%mode.BlockSize() != 0 {
		return nil, errKeyPassword
	}
	out := make([]byte, len(data))
	mode.CryptBlocks(out, data)
	pad := int(out[len(out)-1])
	if pad < 1 || pad > mode.BlockSize() || !bytes.Equal(out[len(out)-pad:], bytes.Repeat([]byte{byte(pad)}, pad)) {
		return nil, errKeyPassword
	}
	return out[:len(out)-pad], nil
}
