package security

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// Is reports whether a property is about how to connect. Take takes all that are.
func Is(name string) bool {
	return name == "enable.ssl.certificate.verification" ||
		slices.ContainsFunc([]string{"security.", "ssl.", "sasl."}, func(p string) bool { return strings.HasPrefix(name, p) })
}

// Take returns how to connect, and the properties that are about something else. It reads the files that are named. A
// property about security that it does not know, or that the others leave without effect, is an error. The error holds all
// that is wrong, a line each, by the names of properties and without a secret.
func Take(own map[string]string) (c Config, rest map[string]string, err error) {
	t := taker{left: map[string]string{}}
	rest = map[string]string{}
	for name, value := range own {
		if Is(name) {
			t.left[name] = value
		} else {
			rest[name] = value
		}
	}
	c.Protocol = t.protocol()
	if c.Encrypted() {
		c.TLS = t.tls()
	}
	if c.LogsIn() {
		c.SASL = t.sasl()
	}
	for _, name := range slices.Sorted(maps.Keys(t.left)) {
		t.leftOver(name, c)
	}
	if len(t.errs) > 0 {
		return Config{}, nil, errors.Join(t.errs...)
	}
	return c, rest, nil
}

// A taker takes properties out of a map, and gathers what is wrong with them.
type taker struct {
	left map[string]string
	errs []error
}

func (t *taker) fail(format string, args ...any) {
	t.errs = append(t.errs, fmt.Errorf(format, args...))
}

// take returns the value of a property that has several names, and the name that was used; "" for none.
func (t *taker) take(names ...string) (value, name string) {
	for _, n := range names {
		v, there := t.left[n]
		delete(t.left, n)
		switch {
		case !there:
		case name != "":
			t.fail("%s and %s say the same: keep one of them", name, n)
		default:
			value, name = v, n
		}
	}
	return value, name
}

// value is take for those of which only the value matters.
func (t *taker) value(names ...string) string {
	v, _ := t.take(names...)
	return v
}

func (t *taker) protocol() Protocol {
	given, name := t.take("security.protocol")
	p := Protocol(strings.ToUpper(given))
	switch p {
	case Plaintext, SSL, SASLPlaintext, SASLSSL:
		return p
	}
	if name != "" {
		t.fail("security.protocol: %q is none of PLAINTEXT, SSL, SASL_PLAINTEXT, SASL_SSL", given)
		clear(t.left) // what the others are for can't be told
	}
	return ""
}

// leftOver says what is wrong with a property that nobody took; nothing for those that change nothing here.
func (t *taker) leftOver(name string, c Config) {
	login, value := strings.HasPrefix(name, "sasl."), t.left[name]
	switch {
	case login && !c.LogsIn():
		t.fail("%s: it needs security.protocol SASL_PLAINTEXT or SASL_SSL", name)
	case !login && !c.Encrypted():
		t.fail("%s: it needs security.protocol SSL or SASL_SSL", name)
	case strings.HasPrefix(name, "sasl.login.refresh."): // tokens are renewed in time, whatever it says
	case login:
		t.fail("%s: kbench has no use for it with sasl.mechanism %q: take it out; docs/security.md lists what there is", name, c.SASL.Mechanism)
	case name == "ssl.protocol" || name == "ssl.enabled.protocols":
		if !strings.Contains(value, "TLSv1.3") && value != "TLS" { // what both sides know best is agreed upon
			t.fail("%s: kbench speaks TLS 1.3 and 1.2, and can't be kept to less: take it out, and let the brokers decide", name)
		}
	case name == "enable.ssl.certificate.verification":
		if value != "true" {
			t.fail("%s: kbench always checks certificates: say whom to believe by ssl.ca.location or ssl.truststore.location; ssl.endpoint.identification.algorithm=none leaves the name unchecked", name)
		}
	default:
		t.fail("%s: kbench has no such way to connect: take it out; docs/security.md lists what there is", name)
	}
}

// tls takes what is about certificates.
func (t *taker) tls() (out TLS) {
	trust := store{kind: t.value("ssl.truststore.type"), password: t.value("ssl.truststore.password")}
	from, name := t.take("ssl.truststore.location", "ssl.truststore.certificates", "ssl.ca.location", "ssl.ca.pem")
	if name == "" && (trust.kind != "" || trust.password != "") {
		t.fail("ssl.truststore.type and ssl.truststore.password are of no use without ssl.truststore.location")
	}
	if text, ok := t.text(name, from); ok {
		trust.text = text
		t.tell(name, from, func() (err error) { out.CA, err = trust.trusted(); return err })
	}
	t.own(&out)
	switch value, name := t.take("ssl.endpoint.identification.algorithm"); strings.ToLower(value) {
	case "https":
	case "", "none":
		out.AnyName = name != ""
	default:
		t.fail("%s: %q is neither https nor none", name, value)
	}
	return out
}

// text returns what is in a file or, where the property holds it itself, what it holds. There is none without a name.
func (t *taker) text(name, value string) (text []byte, ok bool) {
	switch {
	case name == "":
		return nil, false
	case value == "":
		t.fail("%s: it is empty: take it out", name)
		return nil, false
	case !strings.HasSuffix(name, ".location"):
		return []byte(value), true
	}
	text, err := readFile(value)
	if err != nil {
		t.fail("%s: %w", name, err)
	}
	return text, err == nil
}

// tell does something with what a property names, and says where it was when that fails.
func (t *taker) tell(name, value string, do func() error) {
	err := do()
	switch {
	case err == nil:
	case strings.HasSuffix(name, ".location"):
		t.fail("%s: %s: %w", name, value, err)
	default:
		t.fail("%s: %w", name, err)
	}
}

// own takes the client's own certificate and its key: a store with both, or each by itself.
func (t *taker) own(out *TLS) {
	from := store{kind: t.value("ssl.keystore.type"), password: t.value("ssl.keystore.password"), key: t.value("ssl.key.password")}
	path, stored := t.take("ssl.keystore.location")
	cert, certName := t.take("ssl.keystore.certificate.chain", "ssl.certificate.location", "ssl.certificate.pem")
	key, keyName := t.take("ssl.keystore.key", "ssl.key.location", "ssl.key.pem")
	alone := cmp.Or(certName, keyName)
	switch {
	case stored != "" && alone != "":
		t.fail("%s and %s say the same: keep one of them", stored, alone)
		return
	case stored == "" && alone == "":
		if from.kind+from.password+from.key != "" {
			t.fail("ssl.keystore.type, ssl.keystore.password and ssl.key.password are of no use without a certificate and its key")
		}
		return
	case stored == "" && (certName == "" || keyName == ""):
		t.fail("%s: it needs its other half: a certificate, and its key", alone)
		return
	case stored == "" && (from.password != "" || !strings.EqualFold(cmp.Or(from.kind, kindPEM), kindPEM)):
		t.fail("ssl.keystore.type and ssl.keystore.password are for ssl.keystore.location: take them out")
		return
	}
	if text, ok := t.text(stored, path); ok {
		from.text = text
		t.tell(stored, path, func() (err error) { out.Certificate, out.Key, err = from.own(); return err })
	}
	if text, ok := t.text(certName, cert); ok {
		t.tell(certName, cert, func() (err error) { out.Certificate, err = pemCertificates(text); return err })
	}
	if text, ok := t.text(keyName, key); ok {
		t.tell(keyName, key, func() (err error) { out.Key, err = pemKey(text, from.key); return err })
	}
	if out.Certificate != "" && out.Key != "" {
		if _, err := out.pair(); err != nil {
			t.fail("%s: %w", cmp.Or(stored, certName), err)
		}
	}
}
