package drivertest

import (
	"bytes"
	"crypto/tls"
	"crypto/x509"
	"strings"
	"testing"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kmsg"

	"kbench/internal/driver"
	"kbench/internal/driver/security"
	"kbench/internal/driver/security/certtest"
)

// secured is the suite against a fake broker of its own, made with opts, and where that is.
func (s suite) secured(t *testing.T, opts ...kfake.Opt) (suite, *kfake.Cluster, driver.Cluster) {
	t.Helper()
	broker := fake(t, opts...)
	s.o = Options{Brokers: broker.ListenAddrs(), CreateTopic: s.o.CreateTopic}
	return s, broker, s.cluster()
}

// connects opens a producer and a consumer, and returns the producer's settings, or the first error.
func (s suite) connects(t *testing.T, at driver.Cluster) (map[string]string, error) {
	t.Helper()
	p, err := s.d.NewProducer(t.Context(), at, config("any"), nil)
	if err != nil {
		return nil, err
	}
	in := p.Settings()
	if err := p.Close(); err != nil {
		t.Error(err)
	}
	cfg := driver.DefaultConsumer()
	cfg.Topic, cfg.Group = "any", "any"
	c, err := s.d.NewConsumer(t.Context(), at, cfg)
	if err != nil {
		return nil, err
	}
	return in, c.Close()
}

// refusesToBeTold has a client's own properties say how to connect, which only the cluster may.
func (s suite) refusesToBeTold(t *testing.T) {
	cfg := config("any")
	for _, name := range []string{"security.protocol", "sasl.password", "ssl.ca.location"} {
		cfg.Config = map[string]string{name: "hunter2"}
		err := s.d.CheckProducer(cfg)
		wantUnsupported(t, name, err, err)
		if err != nil && strings.Contains(err.Error(), "hunter2") {
			t.Errorf("%s: its value is in the error: %v", name, err)
		}
	}
}

// logsIn does so by each mechanism, rightly and wrongly, and tells nobody the password.
func (s suite) logsIn(t *testing.T) {
	for _, mechanism := range []security.Mechanism{security.Plain, security.ScramSHA256, security.ScramSHA512} {
		s.logsInBy(t, mechanism)
	}
}

func (s suite) logsInBy(t *testing.T, mechanism security.Mechanism) {
	t.Helper()
	const user, password = "anna", "hunter2"
	s, broker, at := s.secured(t, kfake.EnableSASL(), kfake.Superuser(string(mechanism), user, password))
	at.Security = security.Config{
		Protocol: security.SASLPlaintext, SASL: security.SASL{Mechanism: mechanism, User: user, Password: password},
	}
	in, err := s.connects(t, at)
	if err != nil {
		t.Fatal(err)
	}
	if in["security.protocol"] != "SASL_PLAINTEXT" || in["sasl.mechanism"] != string(mechanism) {
		t.Errorf("%s: in force are %q and %q", mechanism, in["security.protocol"], in["sasl.mechanism"])
	}
	for key, value := range in {
		if strings.Contains(value, user) || strings.Contains(value, password) {
			t.Errorf("%s: a secret is in the settings: %s=%s", mechanism, key, value)
		}
	}
	// The fake hangs up on a wrong password. Kafka says what is wrong.
	broker.ControlKey(int16(kmsg.SASLAuthenticate), func(r kmsg.Request) (kmsg.Response, error, bool) {
		broker.KeepControl()
		return refusal(r), nil, true
	})
	at.Security.SASL.Password = "wrong-one"
	_, err = s.connects(t, at)
	wantRefused(t, string(mechanism)+" with a wrong password", err)
}

// refusal is Kafka's answer to a login that it does not accept.
func refusal(r kmsg.Request) kmsg.Response {
	answer := r.ResponseKind().(*kmsg.SASLAuthenticateResponse)
	answer.ErrorCode = kerr.SaslAuthenticationFailed.Code
	return answer
}

func wantRefused(t *testing.T, what string, err error) {
	t.Helper()
	if driver.ClassOf(err) != driver.ErrAuth || strings.Contains(err.Error(), "wrong-one") {
		t.Errorf("%s: got %v, want class %s and no secret", what, err, driver.ErrAuth)
	}
}

// logsInByToken is about OAUTHBEARER, which the fake does not have: here it takes one token.
func (s suite) logsInByToken(t *testing.T) {
	s, broker, at := s.secured(t)
	broker.ControlKey(int16(kmsg.SASLHandshake), func(r kmsg.Request) (kmsg.Response, error, bool) {
		broker.KeepControl()
		answer := r.ResponseKind().(*kmsg.SASLHandshakeResponse)
		answer.SupportedMechanisms = []string{"OAUTHBEARER"}
		return answer, nil, true
	})
	broker.ControlKey(int16(kmsg.SASLAuthenticate), func(r kmsg.Request) (kmsg.Response, error, bool) {
		broker.KeepControl()
		said := r.(*kmsg.SASLAuthenticateRequest).SASLAuthBytes
		if bytes.Contains(said, []byte("auth=Bearer right-one\x01")) && bytes.Contains(said, []byte("\x01cluster=c1\x01")) {
			return r.ResponseKind(), nil, true
		}
		return refusal(r), nil, true
	})
	for _, row := range []struct{ token, class string }{{"right-one", ""}, {"wrong-one", driver.ErrAuth}, {"", driver.ErrAuth}} {
		c, _, err := security.Take(map[string]string{
			"security.protocol": "SASL_PLAINTEXT", "sasl.mechanism": "OAUTHBEARER", "sasl.oauthbearer.extensions": "cluster=c1",
			"sasl.oauthbearer.token.endpoint.url": "file://" + certtest.File(t, "token", row.token),
		})
		if err != nil {
			t.Fatal(err)
		}
		at.Security = c
		in, err := s.connects(t, at)
		if row.class != "" {
			wantRefused(t, "the token "+row.token, err)
		} else if err != nil || in["sasl.mechanism"] != "OAUTHBEARER" {
			t.Errorf("the right token: mechanism %q, error %v", in["sasl.mechanism"], err)
		}
	}
}

// checksCertificates connects to a broker whose certificate is for another name than the one that is dialed.
func (s suite) checksCertificates(t *testing.T) {
	ca, stranger := certtest.New(t, "ca"), certtest.New(t, "stranger")
	pair := ca.Issue(t, []string{"elsewhere.test"}).TLS
	s, _, at := s.secured(t, kfake.TLS(&tls.Config{Certificates: []tls.Certificate{pair}, MinVersion: tls.VersionTLS12}))
	for _, row := range []struct {
		ca      string
		anyName bool
		want    string // class of the error
		why     string
	}{
		{ca.PEM, true, "", "the certificate is believed, and any name will do"},
		{ca.PEM, false, driver.ErrAuth, "the name is another"},
		{stranger.PEM, true, driver.ErrAuth, "the certificate is not believed"},
	} {
		at.Security = security.Config{Protocol: security.SSL, TLS: security.TLS{CA: row.ca, AnyName: row.anyName}}
		in, err := s.connects(t, at)
		if got := driver.ClassOf(err); got != row.want {
			t.Errorf("got %v, want class %q: %s", err, row.want, row.why)
		}
		if err == nil && in["security.protocol"] != "SSL" {
			t.Errorf("security.protocol: in force is %q, want SSL", in["security.protocol"])
		}
	}
}

// showsCertificate connects to a broker that wants a certificate, and believes the root alone of those between the client's
// and that.
func (s suite) showsCertificate(t *testing.T) {
	root := certtest.New(t, "root")
	own, lone := root.Intermediate(t, "between").Issue(t, []string{"client"}), root.Issue(t, []string{"client"})
	believed := x509.NewCertPool()
	believed.AppendCertsFromPEM([]byte(root.PEM))
	s, _, at := s.secured(t, kfake.TLS(&tls.Config{
		Certificates: []tls.Certificate{root.Issue(t, []string{"127.0.0.1"}).TLS}, MinVersion: tls.VersionTLS12,
		ClientAuth: tls.RequireAndVerifyClientCert, ClientCAs: believed,
	}))
	for _, row := range []struct {
		shows certtest.Certificate
		want  string // class of the error
		why   string
	}{
		{lone, "", "a certificate that the root has signed"},
		{own, "", "one with another between it and the root"},
		{certtest.Certificate{}, driver.ErrAuth, "none is shown"},
	} {
		at.Security = security.Config{
			Protocol: security.SSL, TLS: security.TLS{CA: root.PEM, Certificate: row.shows.PEM, Key: security.Secret(row.shows.Key)},
		}
		if _, err := s.connects(t, at); driver.ClassOf(err) != row.want {
			t.Errorf("got %v, want class %q: %s", err, row.want, row.why)
		}
	}
}
