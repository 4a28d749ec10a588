//go:build e2e

package e2e

import (
	"crypto/rand"
	"crypto/x509"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"software.sslmate.com/src/go-pkcs12"

	"kbench/internal/driver/security/certtest"
	"kbench/internal/result"
)

// TestSecured runs kbench on a Kafka that wants TLS and logins, by each way in with each client, and without what is needed.
// Nothing secret may be in anything that it leaves or says.
func TestSecured(t *testing.T) {
	s := upSecured(t)
	t.Run("ways in", s.waysIn)
	t.Run("no way in", s.noWayIn)
	t.Run("no permission", s.noPermission)
	t.Run("doctor", s.examined)
	t.Run("two ways compared", s.compared)
}

const securedScenario = `
name: secured-CLIENT
load: {rate: 1k/s, warmup: 0s, measure: 1s, drain: 20s}
topic: {partitions: 2}
producer: {client: CLIENT}
consumer: {client: CLIENT}
repeats: 1
`

// A way is how to connect: lines of a file, and flags.
type way struct {
	name, listener string
	file           string
	flags          []string
}

const jaas = "sasl.jaas.config=org.apache.kafka.common.security."

// login is the line of a file for a user and a password.
func login(module, user, password string) string {
	quoted := strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(password)
	return jaas + module + ` required \
  username="` + user + `" \
  password="` + strings.ReplaceAll(quoted, `\`, `\\`) + `";
`
}

func (s *secured) ways(t *testing.T) []way {
	ca := certtest.File(t, "ca.pem", s.ca.PEM)
	p12 := certtest.File(t, "own.p12", s.pkcs12(t))
	jks := s.keytool(t, "trust.jks", "-importcert", "-alias", "ca", "-file", ca, "-storetype", "JKS")
	trust12 := s.keytool(t, "trust.p12", "-importcert", "-alias", "ca", "-file", ca, "-storetype", "PKCS12")
	from := []string{"-importkeystore", "-srckeystore", p12, "-srcstoretype", "PKCS12", "-srcstorepass", storePassword}
	ownJKS := s.keytool(t, "own.jks", append(from, "-deststoretype", "JKS", "-destkeypass", storePassword)...)
	own12 := s.keytool(t, "again.p12", append(from, "-deststoretype", "PKCS12")...)
	trust := "ssl.truststore.location=" + ca + "\nssl.truststore.type=PEM\n"
	return []way{
		{name: "tls, JKS", listener: byTLS, file: "security.protocol=SSL\nssl.truststore.location=" + jks + "\nssl.truststore.password=" + storePassword + "\n"},
		{name: "tls by flags", listener: byTLS, flags: []string{"-X", "security.protocol=ssl", "-X", "ssl.ca.location=" + ca}},
		{name: "mutual tls, PKCS12", listener: byMutual, file: "security.protocol=SSL\nssl.truststore.location=" + trust12 + "\nssl.truststore.type=PKCS12\nssl.truststore.password=" + storePassword +
			"\nssl.keystore.location=" + own12 + "\nssl.keystore.type=PKCS12\nssl.keystore.password=" + storePassword + "\n"},
		{name: "mutual tls, JKS", listener: byMutual, file: "security.protocol=SSL\n" + trust + "ssl.keystore.location=" + ownJKS + "\nssl.keystore.password=" + storePassword + "\nssl.key.password=" + storePassword + "\n"},
		{name: "mutual tls, PEM in the file", listener: byMutual, file: "security.protocol=SSL\nssl.truststore.type=PEM\nssl.truststore.certificates=" + escaped(s.ca.PEM) +
			"\nssl.keystore.type=PEM\nssl.keystore.certificate.chain=" + escaped(s.own.PEM) + "\nssl.keystore.key=" + escaped(s.own.Key) + "\n"},
		{name: "PLAIN", listener: byLogin, file: "security.protocol=SASL_SSL\nsasl.mechanism=PLAIN\n" + trust + login("plain.PlainLoginModule", anna, annasPassword)},
		{name: "PLAIN in the clear", listener: byClear, flags: []string{
			"-X", "security.protocol=SASL_PLAINTEXT", "-X", "sasl.mechanisms=PLAIN", "-X", "sasl.username=" + anna, "-X", "sasl.password=env:ANNAS_PASSWORD",
		}},
		{name: "SCRAM-SHA-256", listener: byLogin, file: "security.protocol=SASL_SSL\nsasl.mechanism=SCRAM-SHA-256\n" + trust + login("scram.ScramLoginModule", anna, annasPassword)},
		{name: "SCRAM-SHA-512", listener: byLogin, file: "security.protocol=SASL_SSL\nsasl.mechanism=SCRAM-SHA-512\n" + trust + login("scram.ScramLoginModule", anna, annasPassword)},
		{name: "OAUTHBEARER", listener: byLogin, file: "security.protocol=SASL_SSL\nsasl.mechanism=OAUTHBEARER\n" + trust +
			"sasl.login.callback.handler.class=org.apache.kafka.common.security.oauthbearer.OAuthBearerLoginCallbackHandler\n" +
			"sasl.oauthbearer.token.endpoint.url=" + s.issue.URL + "/token\n" +
			jaas + `oauthbearer.OAuthBearerLoginModule required clientId="` + clientID + `" clientSecret="` + clientSecret + "\";\n"},
		{name: "OAUTHBEARER without a signature", listener: byClear, file: "security.protocol=SASL_PLAINTEXT\nsasl.mechanism=OAUTHBEARER\n" +
			jaas + "oauthbearer.OAuthBearerLoginModule required unsecuredLoginStringClaim_sub=\"anna\";\n"},
	}
}

// pkcs12 is the client's own certificate with its key.
func (s *secured) pkcs12(t *testing.T) string {
	t.Helper()
	pair := s.own.TLS
	leaf, between := parse(t, pair.Certificate[0]), parse(t, pair.Certificate[1])
	store, err := pkcs12.Modern.WithRand(rand.Reader).Encode(pair.PrivateKey, leaf, []*x509.Certificate{between}, storePassword)
	if err != nil {
		t.Fatal(err)
	}
	return string(store)
}

// waysIn produces and consumes by each, with each client.
func (s *secured) waysIn(t *testing.T) {
	t.Setenv("ANNAS_PASSWORD", annasPassword)
	for _, w := range s.ways(t) {
		t.Run(w.name, func(t *testing.T) {
			dir := t.TempDir()
			out := filepath.Join(dir, "results")
			args := []string{"run"}
			for _, client := range []string{"confluent", "franz", "sarama"} {
				file := filepath.Join(dir, client+".yaml")
				if err := os.WriteFile(file, []byte(strings.ReplaceAll(securedScenario, "CLIENT", client)), 0o644); err != nil {
					t.Fatal(err)
				}
				args = append(args, file)
			}
			o := start(t, append(append(args, "--out", out, "--progress", "plain", "-b", s.at(w.listener)), w.args(t)...)...).wait()
			if o.code != 0 && o.code != 4 {
				t.Fatalf("exit %d:\n%s", o.code, o.stderr)
			}
			nothingSecret(t, dir, o)
			for _, folder := range fileNames(t, out) {
				r, err := result.Open(filepath.Join(out, folder))
				if err != nil {
					t.Fatal(err)
				}
				for _, trial := range r.Trials {
					if trial.Status != result.StatusOK || trial.Counts.Acked != 1000 || trial.Counts.Consumed != 1000 {
						t.Errorf("%s: %s %s: acked %d, consumed %d, want 1000", folder, trial.Status, trial.Failure, trial.Counts.Acked, trial.Counts.Consumed)
					}
				}
			}
		})
	}
}

// args are the flags of a way in; its file is outside of what the test looks for secrets in.
func (w way) args(t *testing.T) []string {
	if w.file == "" {
		return w.flags
	}
	return append([]string{"--client-config", certtest.File(t, "client.properties", w.file)}, w.flags...)
}

// secrets is what nobody may see: passwords, or enough of them, the beginning of keys, and that of tokens.
func secrets() []string {
	return []string{"hunter2", bobsPassword, carlsPassword, dorasPassword, clientSecret, "clients+secret", storePassword, "wrong-secret", "PRIVATE KEY", "eyJhbGciOiJub25lIn0"}
}

// nothingSecret looks through all files in a folder, and through what kbench said.
func nothingSecret(t *testing.T, dir string, o outcome) {
	t.Helper()
	look := func(where, text string) {
		for _, secret := range secrets() {
			if strings.Contains(text, secret) {
				t.Errorf("%s holds %q", where, secret)
			}
		}
	}
	look("standard output", o.stdout)
	look("standard error", o.stderr)
	err := filepath.WalkDir(dir, func(path string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		text, err := os.ReadFile(path)
		look(path, string(text))
		return err
	})
	if err != nil {
		t.Error(err)
	}
}

// noWayIn has kbench say on one line and soon why it can't connect.
func (s *secured) noWayIn(t *testing.T) {
	ca, stranger := certtest.File(t, "ca.pem", s.ca.PEM), certtest.File(t, "stranger.pem", certtest.New(t, "stranger").PEM)
	tls := func(ca string) string { return "security.protocol=SSL\nssl.ca.location=" + ca + "\n" }
	plain := "security.protocol=SASL_SSL\nsasl.mechanism=PLAIN\nssl.ca.location=" + ca + "\n"
	scram := strings.ReplaceAll(plain, "PLAIN", "SCRAM-SHA-512")
	token := strings.ReplaceAll(plain, "PLAIN", "OAUTHBEARER") + "sasl.oauthbearer.token.endpoint.url=" + s.issue.URL + "\n"
	for _, tt := range []struct {
		way
		says []string
	}{
		{way{name: "a wrong password", listener: byLogin, file: plain + login("plain.PlainLoginModule", anna, "wrong-secret")}, []string{"SASL_AUTHENTICATION_FAILED"}},
		{way{name: "a wrong password by SCRAM", listener: byLogin, file: scram + login("scram.ScramLoginModule", anna, "wrong-secret")}, []string{"SASL_AUTHENTICATION_FAILED"}},
		{way{name: "nobody by that name", listener: byLogin, file: scram + login("scram.ScramLoginModule", "emil", "wrong-secret")}, []string{"SASL_AUTHENTICATION_FAILED"}},
		{way{name: "a wrong client secret", listener: byLogin, file: token + jaas + "oauthbearer.OAuthBearerLoginModule required clientId=\"x\" clientSecret=\"wrong-secret\";\n"}, []string{"no token", "401", "invalid_client"}},
		{way{name: "an unknown authority", listener: byTLS, file: tls(stranger)}, []string{"authority", "ssl.truststore.location"}},
		{way{name: "an expired certificate", listener: byExpired, file: tls(ca)}, []string{"expired"}},
		{way{name: "no certificate to show", listener: byMutual, file: tls(ca)}, []string{"certificate", "ssl.keystore.location"}},
		{way{name: "TLS where there is none", listener: byClear, file: tls(ca)}, []string{"security.protocol", "SSL"}},
		{way{name: "no TLS where there is", listener: byTLS}, []string{"security.protocol"}},
		{way{name: "no login where one is wanted", listener: byClear}, []string{"security.protocol"}},
		{way{name: "somebody who may do nothing", listener: byLogin, file: plain + login("plain.PlainLoginModule", bob, bobsPassword)}, []string{"AUTHORIZATION_FAILED"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			began := time.Now()
			c := startScenario(t, short, append([]string{"-b", s.at(tt.listener)}, tt.args(t)...)...)
			o := c.wait()
			t.Logf("%.1f s: %s", time.Since(began).Seconds(), strings.TrimSpace(o.stderr))
			if took := time.Since(began); o.code != 3 || took > refuseWithin {
				t.Errorf("exit %d after %v, want 3 within %v", o.code, took, refuseWithin)
			}
			oneLine(t, o, tt.says...)
			nothingSecret(t, filepath.Dir(c.out), o)
		})
	}
}

// noPermission has somebody run who may do all but write, or all but read. That shows only in the trial, whose record says it.
func (s *secured) noPermission(t *testing.T) {
	ca := certtest.File(t, "ca.pem", s.ca.PEM)
	for _, who := range []struct{ user, password, lacks string }{{carl, carlsPassword, "WRITE"}, {dora, dorasPassword, "READ"}} {
		w := way{file: "security.protocol=SASL_SSL\nsasl.mechanism=PLAIN\nssl.ca.location=" + ca + "\n" + login("plain.PlainLoginModule", who.user, who.password)}
		for _, client := range []string{"confluent", "franz", "sarama"} {
			t.Run(who.lacks+" by "+client, func(t *testing.T) {
				began := time.Now()
				c := startScenario(t, strings.ReplaceAll(securedScenario, "CLIENT", client), append([]string{"-b", s.at(byLogin)}, w.args(t)...)...)
				r := c.finish()
				trial := r.trial(t)
				t.Logf("%.1f s: %s", time.Since(began).Seconds(), trial.Failure)
				if took := time.Since(began); r.code != 3 || took > refuseWithin {
					t.Errorf("exit %d after %v, want 3 within %v", r.code, took, refuseWithin)
				}
				if !strings.Contains(trial.Failure, "_AUTHORIZATION_FAILED") || strings.Contains(trial.Failure, "\n") {
					t.Errorf("the failure is %q, want one line with AUTHORIZATION_FAILED", trial.Failure)
				}
				nothingSecret(t, filepath.Dir(c.out), r.outcome)
			})
		}
	}
}

// examined has doctor look at the brokers as Anna.
func (s *secured) examined(t *testing.T) {
	w := way{file: "security.protocol=SASL_SSL\nsasl.mechanism=PLAIN\nssl.ca.location=" + certtest.File(t, "ca.pem", s.ca.PEM) + "\n" +
		"bootstrap.servers=" + s.at(byLogin) + "\n" + login("plain.PlainLoginModule", anna, annasPassword)}
	out := t.TempDir()
	o := start(t, append([]string{"doctor", "--out", out}, w.args(t)...)...).wait()
	for _, line := range []string{"1 of 1 named addresses answer", "write", "commit", "delete_topic"} {
		if !strings.Contains(o.stdout, line) {
			t.Errorf("doctor does not say %q:\n%s%s", line, o.stdout, o.stderr)
		}
	}
	if o.code == 3 {
		t.Errorf("exit %d:\n%s", o.code, o.stdout)
	}
	nothingSecret(t, out, o)
}

// compared has TLS compared with none: each side with its own listener of the same broker.
func (s *secured) compared(t *testing.T) {
	dir := t.TempDir()
	file, out := filepath.Join(dir, "ab.yaml"), filepath.Join(dir, "results")
	if err := os.WriteFile(file, []byte("load: {rate: 1k/s, warmup: 0s, measure: 500ms, drain: 20s}\nproducer: {client: franz}\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	tls := certtest.File(t, "tls.properties", "security.protocol=SSL\nssl.ca.location="+certtest.File(t, "ca.pem", s.ca.PEM)+"\n")
	o := start(t, "ab", file, "--out", out, "--progress", "plain", "--pairs", "6", "--rest", "0s", "--gate", "acked_per_s=50%",
		"--a", "brokers="+s.cluster.Brokers()[0], "--b", "brokers="+s.at(byTLS), "--b", "client-config="+tls).wait()
	if o.code == 2 || o.code == 3 {
		t.Fatalf("exit %d:\n%s", o.code, o.stderr)
	}
	r, err := result.Open(filepath.Join(out, fileNames(t, out)[0]))
	if err != nil {
		t.Fatal(err)
	}
	protocols := map[string]int{}
	for _, trial := range r.Trials {
		protocols[trial.Pair.Side+" by "+trial.Client.Producer.Settings["security.protocol"]]++
	}
	if len(protocols) != 2 || protocols["a by PLAINTEXT"] < 6 || protocols["b by SSL"] < 6 {
		t.Errorf("trials are %v, want side a by PLAINTEXT and b by SSL, six of each or more", protocols)
	}
}
