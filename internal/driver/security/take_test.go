package security

import (
	"encoding/json"
	"fmt"
	"maps"
	"strings"
	"testing"

	"kbench/internal/driver/security/certtest"
)

type own = map[string]string

// join returns a map of both.
func join(a own, b ...string) own {
	out := maps.Clone(a)
	for i := 0; i+1 < len(b); i += 2 {
		out[b[i]] = b[i+1]
	}
	return out
}

const (
	plainJAAS = `org.apache.kafka.common.security.plain.PlainLoginModule required username="anna" password="hunter2";`
	scramJAAS = `org.apache.kafka.common.security.scram.ScramLoginModule required username="anna" password="hunter2";`
	oauthJAAS = `org.apache.kafka.common.security.oauthbearer.OAuthBearerLoginModule required clientId="c" clientSecret="hunter2";`
)

func TestTake(t *testing.T) {
	t.Parallel()
	ca := certtest.New(t, "root")
	pair := ca.Issue(t, []string{"client"})
	file := certtest.File(t, "ca.pem", "some words before it\n"+ca.PEM)
	ssl := own{"security.protocol": "SSL"}
	login := own{"security.protocol": "SASL_PLAINTEXT", "sasl.mechanism": "PLAIN"}
	user := SASL{Mechanism: Plain, User: "anna", Password: "hunter2"}
	for _, tt := range []struct {
		why  string
		own  own
		want Config
	}{
		{"nothing said", nil, Config{}},
		{"in the clear, in so many words", own{"security.protocol": "PLAINTEXT"}, Config{Protocol: Plaintext}},
		{"in small letters", own{"security.protocol": "ssl"}, Config{Protocol: SSL}},
		{"whom to believe, in a file", join(ssl, "ssl.ca.location", file), Config{Protocol: SSL, TLS: TLS{CA: ca.PEM}}},
		{"the same as Java has it", join(ssl, "ssl.truststore.location", file, "ssl.truststore.type", "PEM"), Config{Protocol: SSL, TLS: TLS{CA: ca.PEM}}},
		{"and without a file", join(ssl, "ssl.truststore.certificates", ca.PEM, "ssl.truststore.type", "PEM"), Config{Protocol: SSL, TLS: TLS{CA: ca.PEM}}},
		{"the library's text", join(ssl, "ssl.ca.pem", ca.PEM), Config{Protocol: SSL, TLS: TLS{CA: ca.PEM}}},
		{"any name, as Java has it", join(ssl, "ssl.endpoint.identification.algorithm", ""), Config{Protocol: SSL, TLS: TLS{AnyName: true}}},
		{"any name, as librdkafka has it", join(ssl, "ssl.endpoint.identification.algorithm", "none"), Config{Protocol: SSL, TLS: TLS{AnyName: true}}},
		{"the right name, in so many words", join(ssl, "ssl.endpoint.identification.algorithm", "HTTPS"), Config{Protocol: SSL}},
		{"what changes nothing", join(ssl, "enable.ssl.certificate.verification", "true", "ssl.protocol", "TLSv1.3", "ssl.enabled.protocols", "TLSv1.2,TLSv1.3"), Config{Protocol: SSL}},
		{
			"a certificate of one's own", join(ssl, "ssl.certificate.pem", pair.PEM, "ssl.key.pem", pair.Key),
			Config{Protocol: SSL, TLS: TLS{Certificate: pair.PEM, Key: Secret(pair.Key)}},
		},
		{
			"the same as Java has it", join(ssl, "ssl.keystore.type", "PEM", "ssl.keystore.certificate.chain", pair.PEM, "ssl.keystore.key", pair.Key),
			Config{Protocol: SSL, TLS: TLS{Certificate: pair.PEM, Key: Secret(pair.Key)}},
		},
		{
			"and in one file", join(ssl, "ssl.keystore.type", "pem", "ssl.keystore.location", certtest.File(t, "own.pem", pair.Key+pair.PEM)),
			Config{Protocol: SSL, TLS: TLS{Certificate: pair.PEM, Key: Secret(pair.Key)}},
		},
		{"a user", join(login, "sasl.username", "anna", "sasl.password", "hunter2"), Config{Protocol: SASLPlaintext, SASL: user}},
		{"the same as Java has it", join(login, "sasl.jaas.config", plainJAAS), Config{Protocol: SASLPlaintext, SASL: user}},
		{
			"a password beside the module", join(login, "sasl.password", "hunter2", "sasl.jaas.config", strings.Replace(plainJAAS, `password="hunter2"`, "", 1)),
			Config{Protocol: SASLPlaintext, SASL: user},
		},
		{
			"librdkafka's name of the mechanism",
			own{"security.protocol": "SASL_SSL", "sasl.mechanisms": "scram-sha-512", "sasl.jaas.config": scramJAAS, "sasl.login.refresh.buffer.seconds": "1"},
			Config{Protocol: SASLSSL, SASL: SASL{Mechanism: ScramSHA512, User: "anna", Password: "hunter2"}},
		},
	} {
		given := join(own{"linger.ms": "1"})
		maps.Copy(given, tt.own)
		before := maps.Clone(given)
		got, rest, err := Take(given)
		if err != nil || got != tt.want {
			t.Errorf("%s: got %+v, error %v; want %+v", tt.why, got, err, tt.want)
		}
		if !maps.Equal(rest, own{"linger.ms": "1"}) || !maps.Equal(given, before) {
			t.Errorf("%s: left over are %v, want linger.ms alone, and the caller's properties as they were", tt.why, rest)
		}
		if _, err := got.ForGo(); err != nil {
			t.Errorf("%s: %v", tt.why, err)
		}
	}
}

func TestTakeRefuses(t *testing.T) {
	t.Parallel()
	pair, other := certtest.New(t, "root").Issue(t, []string{"client"}), certtest.New(t, "other").Issue(t, []string{"client"})
	words := certtest.File(t, "words.pem", "no certificate")
	ssl := own{"security.protocol": "SSL"}
	login := own{"security.protocol": "SASL_PLAINTEXT", "sasl.mechanism": "PLAIN"}
	oauth := own{"security.protocol": "SASL_PLAINTEXT", "sasl.mechanism": "OAUTHBEARER"}
	for _, tt := range []struct {
		why  string
		own  own
		want []string // in the lines of the error, one for each
	}{
		{"no word of Kafka's", own{"security.protocol": "TLS", "ssl.ca.location": "x"}, []string{"security.protocol: \"TLS\" is none of"}},
		{"it would be ignored", own{"ssl.ca.location": "x"}, []string{"ssl.ca.location: it needs security.protocol SSL"}},
		{"it would be ignored", join(ssl, "sasl.password", "hunter2"), []string{"sasl.password: it needs security.protocol SASL"}},
		{"nobody reads it", join(ssl, "ssl.cipher.suites", "hunter2"), []string{"ssl.cipher.suites: kbench has no such way"}},
		{"several mistakes, all told", join(ssl, "ssl.provider", "x", "sasl.username", "y"), []string{"sasl.username: it needs", "ssl.provider: kbench has no such way"}},
		{"an older TLS alone", join(ssl, "ssl.enabled.protocols", "TLSv1.2"), []string{"ssl.enabled.protocols: kbench speaks"}},
		{"certificates are checked", join(ssl, "enable.ssl.certificate.verification", "false"), []string{"always checks certificates"}},
		{"no word for the name's check", join(ssl, "ssl.endpoint.identification.algorithm", "no-such"), []string{"neither https nor none"}},
		{"a file that is no certificate", join(ssl, "ssl.ca.location", words), []string{"ssl.ca.location: " + words + ": it is none of PEM"}},
		{"no file", join(ssl, "ssl.ca.location", words+"-missing"), []string{"no such file"}},
		{"whom to believe, twice", join(ssl, "ssl.ca.location", "x", "ssl.truststore.certificates", "y"), []string{"say the same", ""}},
		{"a password of nothing", join(ssl, "ssl.truststore.password", "hunter2"), []string{"of no use without ssl.truststore.location"}},
		{"a password of PEM", join(ssl, "ssl.truststore.location", certtest.File(t, "c.pem", pair.PEM), "ssl.truststore.password", "hunter2"), []string{"PEM, which has no password"}},
		{"a type that it is not", join(ssl, "ssl.truststore.location", certtest.File(t, "d.pem", pair.PEM), "ssl.truststore.type", "JKS"), []string{"said to be JKS, and it is PEM"}},
		{"a type that nobody reads", join(ssl, "ssl.truststore.location", certtest.File(t, "e.pem", pair.PEM), "ssl.truststore.type", "BCFKS"), []string{"said to be BCFKS"}},
		{"a certificate without its key", join(ssl, "ssl.certificate.pem", pair.PEM), []string{"ssl.certificate.pem: it needs its other half"}},
		{"a key without its certificate", join(ssl, "ssl.key.pem", pair.Key), []string{"ssl.key.pem: it needs its other half"}},
		{"another's key", join(ssl, "ssl.certificate.pem", pair.PEM, "ssl.key.pem", other.Key), []string{"does not match"}},
		{"a key that is none", join(ssl, "ssl.certificate.pem", pair.PEM, "ssl.key.pem", "hunter2"), []string{"ssl.key.pem: there is no private key"}},
		{"a password for a key that needs none", join(ssl, "ssl.certificate.pem", pair.PEM, "ssl.key.pem", pair.Key, "ssl.key.password", "hunter2"), []string{"ssl.key.pem: its private key is not encrypted"}},
		{"both at once", join(ssl, "ssl.keystore.location", "x", "ssl.key.pem", pair.Key), []string{"say the same"}},
		{"a store's password without one", join(ssl, "ssl.certificate.pem", pair.PEM, "ssl.key.pem", pair.Key, "ssl.keystore.password", "hunter2"), []string{"are for ssl.keystore.location"}},

		{"Java's default is Kerberos", own{"security.protocol": "SASL_SSL", "sasl.kerberos.service.name": "kafka"}, []string{"sasl.mechanism: it is missing"}},
		{"Kerberos", own{"security.protocol": "SASL_SSL", "sasl.mechanism": "GSSAPI", "sasl.kerberos.service.name": "kafka"}, []string{"GSSAPI"}},
		{"nobody", login, []string{"needs a user and a password"}},
		{"no password", join(login, "sasl.username", "anna"), []string{"needs a user and a password"}},
		{"a password twice", join(login, "sasl.password", "hunter2", "sasl.jaas.config", plainJAAS), []string{"sasl.password and the option password"}},
		{"another mechanism's module", join(login, "sasl.jaas.config", scramJAAS), []string{"not that of sasl.mechanism PLAIN"}},
		{"an option of nothing", join(login, "sasl.jaas.config", strings.Replace(plainJAAS, ";", ` tokenauth="hunter2";`, 1)), []string{"option tokenauth"}},
		{"a module that is none", join(login, "sasl.jaas.config", "hunter2"), []string{"sasl.jaas.config: ", "needs a user"}},
		{"a property of another mechanism", join(login, "sasl.jaas.config", plainJAAS, "sasl.oauthbearer.scope", "x"), []string{"sasl.oauthbearer.scope: kbench has no use"}},
		{"no endpoint", join(oauth, "sasl.jaas.config", oauthJAAS), []string{"needs sasl.oauthbearer.token.endpoint.url"}},
		{"no URL", join(oauth, "sasl.jaas.config", oauthJAAS, "sasl.oauthbearer.token.endpoint.url", "ftp://x/"), []string{"not a URL"}},
		{"a user in the URL", join(oauth, "sasl.jaas.config", oauthJAAS, "sasl.oauthbearer.token.endpoint.url", "https://anna:hunter2@x/"), []string{"does not belong"}},
		{"no client", join(oauth, "sasl.oauthbearer.token.endpoint.url", "https://x/"), []string{"needs a client id"}},
		{"a client for a file", join(oauth, "sasl.jaas.config", oauthJAAS, "sasl.oauthbearer.token.endpoint.url", "file:///x"), []string{"of no use without an endpoint"}},
		{"somebody's Java", join(oauth, "sasl.jaas.config", oauthJAAS, "sasl.oauthbearer.token.endpoint.url", "https://x/", "sasl.login.callback.handler.class", "my.Handler"), []string{"runs no Java"}},
		{"a list that is none", join(oauth, "sasl.jaas.config", oauthJAAS, "sasl.oauthbearer.token.endpoint.url", "https://x/", "sasl.oauthbearer.extensions", "hunter2"), []string{"NAME=VALUE,NAME=VALUE"}},
	} {
		_, _, err := Take(tt.own)
		lines := strings.Split(fmt.Sprint(err), "\n")
		if err == nil || len(lines) != len(tt.want) {
			t.Errorf("%s: got %v, want %d lines", tt.why, err, len(tt.want))
			continue
		}
		for i, want := range tt.want {
			if !strings.Contains(lines[i], want) {
				t.Errorf("%s: got %q, want %q in it", tt.why, lines[i], want)
			}
		}
		if strings.Contains(err.Error(), "hunter2") {
			t.Errorf("%s: a secret is in %v", tt.why, err)
		}
	}
}

// TestPrints prints a Config in every way that comes to mind.
func TestPrints(t *testing.T) {
	t.Parallel()
	c := Config{Protocol: SASLSSL, TLS: TLS{Key: "hunter2"}, SASL: SASL{Mechanism: Plain, User: "anna", Password: "hunter2"}}
	type within struct {
		C *Config
		S SASL
		K any
	}
	all := within{&c, c.SASL, c.TLS.Key}
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%d", "%T %v"} {
		for _, v := range []any{c, &c, c.TLS, c.SASL, c.SASL.Password, all, []Secret{"hunter2"}} {
			if text := fmt.Sprintf(verb, v); strings.Contains(text, "hunter2") || strings.Contains(text, fmt.Sprintf("%x", "hunter2")) {
				t.Errorf("%s: %s", verb, text)
			}
		}
	}
	text, err := json.Marshal(all)
	if err != nil || strings.Contains(string(text), "hunter2") || !strings.Contains(string(text), "SASL_SSL by PLAIN") {
		t.Errorf("got %s, error %v", text, err)
	}
	if got := (Config{}).String(); got != "PLAINTEXT" {
		t.Errorf("the zero value prints as %q", got)
	}
}

func FuzzTake(f *testing.F) {
	f.Add("sasl.jaas.config", plainJAAS, "SASL_PLAINTEXT", "PLAIN")
	f.Add("sasl.oauthbearer.token.endpoint.url", "https://x/", "SASL_SSL", "OAUTHBEARER")
	f.Add("ssl.truststore.certificates", "-----BEGIN CERTIFICATE-----\nMII=\n-----END CERTIFICATE-----", "SSL", "")
	f.Add("ssl.keystore.key", "-----BEGIN ENCRYPTED PRIVATE KEY-----\nMII=\n-----END ENCRYPTED PRIVATE KEY-----", "SSL", "")
	f.Add("ssl.key.password", "hunter2", "SSL", "")
	f.Fuzz(func(t *testing.T, name, value, protocol, mechanism string) {
		if strings.HasSuffix(name, ".location") || !strings.Contains(name, "pass") && strings.Contains(value, "hunter2") && name != "sasl.jaas.config" {
			return // the fuzzer's own files are not the point, and what is no secret may be shown
		}
		c, rest, err := Take(map[string]string{name: value, "security.protocol": protocol, "sasl.mechanism": mechanism})
		switch {
		case err != nil && strings.Contains(value, "hunter2") && strings.Contains(err.Error(), "hunter2"):
			t.Errorf("%s: its value is in %v", name, err)
		case err == nil && Is(name) != (len(rest) == 0):
			t.Errorf("%s: left over are %v", name, rest)
		case err == nil:
			if _, err := c.ForGo(); err != nil {
				t.Errorf("%s: %v", name, err)
			}
		}
	})
}
