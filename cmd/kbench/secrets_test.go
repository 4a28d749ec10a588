package main

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/pavlo-v-chernykh/keystore-go/v4"
	"github.com/twmb/franz-go/pkg/kfake"

	"kbench/internal/driver/security/certtest"
	"kbench/internal/result"
)

// secretRuns bounds all the runs of the test.
const secretRuns = 4 * time.Minute

// TestSecretsStaySecret runs kbench on a broker that wants a certificate and a password, with every client, and looks for
// each secret in all that it leaves and says. So it does with what goes wrong.
func TestSecretsStaySecret(t *testing.T) {
	t.Parallel()
	const password, storePassword, wrong = "login-hunter2", "store-hunter2", "wrong-hunter2"
	ca := certtest.New(t, "root")
	own := ca.Issue(t, []string{"client"})
	believed := x509.NewCertPool()
	believed.AppendCertsFromPEM([]byte(ca.PEM))
	broker, err := kfake.NewCluster(kfake.NumBrokers(1), kfake.EnableSASL(), kfake.Superuser("SCRAM-SHA-256", "anna", password), kfake.TLS(&tls.Config{
		Certificates: []tls.Certificate{ca.Issue(t, []string{"127.0.0.1"}).TLS}, MinVersion: tls.VersionTLS12,
		ClientAuth: tls.RequireAndVerifyClientCert, ClientCAs: believed,
	}))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(broker.Close)

	dir := t.TempDir() // all that is looked through
	var scenarios []string
	for _, client := range driverNames() {
		if client == "null" {
			continue
		}
		file := filepath.Join(dir, client+".yaml")
		text := strings.ReplaceAll("name: by-CLIENT\nload: {rate: 500/s, warmup: 0s, measure: 300ms}\nproducer: {client: CLIENT}\nconsumer: {client: CLIENT}\nrepeats: 1\n", "CLIENT", client)
		if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
		scenarios = append(scenarios, file)
	}
	connecting := strings.Join([]string{
		"security.protocol=SASL_SSL", "sasl.mechanism=SCRAM-SHA-256",
		"ssl.truststore.location=" + certtest.File(t, "trust.jks", truststore(t, ca.PEM, storePassword)), "ssl.truststore.password=" + storePassword,
		"ssl.keystore.type=PEM", "ssl.keystore.certificate.chain=" + strings.ReplaceAll(own.PEM, "\n", `\n`),
		"ssl.keystore.key=" + strings.ReplaceAll(own.Key, "\n", `\n`),
	}, "\n") + "\n"
	config := certtest.File(t, "client.properties",
		connecting+`sasl.jaas.config=org.apache.kafka.common.security.scram.ScramLoginModule required username="anna" password="`+password+`";`)
	noPassword := certtest.File(t, "half.properties", connecting+"sasl.username=anna\n")
	key, _ := pem.Decode([]byte(own.Key))
	if key == nil {
		t.Fatal("no key")
	}
	secrets := []string{
		password, storePassword, wrong, "PRIVATE KEY", base64.StdEncoding.EncodeToString(key.Bytes)[:40],
		base64.StdEncoding.EncodeToString([]byte(password)), fmt.Sprintf("%x", password),
	}
	brokers := strings.Join(broker.ListenAddrs(), ",")
	for _, tt := range []struct {
		why   string
		args  []string
		codes []int
	}{
		{"every client", append([]string{"run", "--client-config", config, "--progress", "json"}, scenarios...), []int{0, exitUntrusted}},
		{"a secret in a flag", []string{"run", scenarios[0], "--client-config", noPassword, "-X", "sasl.password=" + password, "-X", "ssl.endpoint.identification.algorithm="}, []int{0, exitUntrusted}},
		{"a wrong password", []string{"run", scenarios[0], "-X", "security.protocol=SASL_SSL", "-X", "sasl.mechanism=SCRAM-SHA-512"}, []int{exitFailed, exitUsage}},
		{"a word that nobody knows", []string{"run", scenarios[0], "-X", "sasl.pasword=" + wrong}, []int{exitUsage}},
		{"a property of nobody's", []string{"run", scenarios[0], "-X", "my.password=" + wrong}, []int{exitUsage}},
		{"in a section of the scenario", []string{"run", scenarios[0], "--set", "producer.config.sasl.password=" + wrong}, []int{exitUsage}},
		{"a comparison", []string{"ab", scenarios[0], "--a", "producer.config.ssl.key.password=" + wrong, "--pairs", "6"}, []int{exitUsage}},
		{"the plan", []string{"run", scenarios[0], "--dry-run"}, []int{0}},
	} {
		args := append(tt.args, "--brokers", brokers, "--out", filepath.Join(dir, "results"))
		if !slices.Contains(args, "--client-config") {
			args = append(args, "--client-config", config)
		}
		code, said := asProgram(t, args)
		if !slices.Contains(tt.codes, code) {
			t.Errorf("%s: exit %d, want one of %v:\n%s", tt.why, code, tt.codes, said)
		}
		for _, secret := range secrets {
			if strings.Contains(said, secret) {
				t.Errorf("%s: %q is in what it says:\n%s", tt.why, secret, said)
			}
		}
	}
	lookThrough(t, dir, secrets, len(scenarios)+1)
}

// lookThrough looks for secrets in every file of a folder, which holds the results of so many runs.
func lookThrough(t *testing.T, dir string, secrets []string, runs int) {
	t.Helper()
	files, ok, doubted := 0, 0, 0
	err := filepath.WalkDir(dir, func(path string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		text, err := os.ReadFile(path)
		files++
		for _, secret := range secrets {
			if bytes.Contains(text, []byte(secret)) {
				t.Errorf("%s holds %q", path, secret)
			}
		}
		if d.Name() == "report.md" && bytes.Contains(text, []byte("names in the brokers' certificates were not checked")) {
			doubted++
		}
		if d.Name() == "manifest.json" {
			r, err := result.Open(filepath.Dir(path))
			if err != nil {
				return err
			}
			for _, trial := range r.Trials {
				if in := trial.Client.Producer.Settings; trial.Status == result.StatusOK && in["security.protocol"] == "SASL_SSL" && in["sasl.mechanism"] == "SCRAM-SHA-256" {
					ok++
				} else {
					t.Errorf("%s: %s: %s, in force are %q and %q", trial.Scenario, trial.Status, trial.Failure, in["security.protocol"], in["sasl.mechanism"])
				}
			}
		}
		return err
	})
	if doubted != 1 {
		t.Errorf("%d reports say that names were not checked, want 1", doubted)
	}
	if err != nil || ok != runs {
		t.Errorf("%d files of %d trials were looked through, want %d trials; %v", files, ok, runs, err)
	}
}

// truststore is a JKS.
func truststore(t *testing.T, ca, password string) string {
	t.Helper()
	block, _ := pem.Decode([]byte(ca))
	if block == nil {
		t.Fatal("no certificate")
	}
	ks := keystore.New()
	err := ks.SetTrustedCertificateEntry("ca", keystore.TrustedCertificateEntry{
		CreationTime: time.Now(), Certificate: keystore.Certificate{Type: "X509", Content: block.Bytes},
	})
	var b bytes.Buffer
	if err == nil {
		err = ks.Store(&b, []byte(password))
	}
	if err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// asProgram runs kbench as a process of its own, which TestMain has put on the path, and returns its exit code and all that
// it said.
func asProgram(t *testing.T, args []string) (code int, said string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), secretRuns)
	defer cancel()
	cmd := exec.CommandContext(ctx, "kbench", args...)
	cmd.Env = append(os.Environ(), "KBENCH_BROKERS=", "KBENCH_CLIENT_CONFIG=")
	out, err := cmd.CombinedOutput()
	var failed *exec.ExitError
	if err != nil && !errors.As(err, &failed) {
		t.Fatal(err)
	}
	return cmd.ProcessState.ExitCode(), string(out)
}
