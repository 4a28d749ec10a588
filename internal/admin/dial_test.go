package admin_test

import (
	"crypto/tls"
	"fmt"
	"strings"
	"testing"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kmsg"

	"kbench/internal/admin"
	"kbench/internal/driver/security"
	"kbench/internal/driver/security/certtest"
)

// TestOpenSecured meets brokers that want something, with the wrong thing, and wants each told apart in one line.
func TestOpenSecured(t *testing.T) {
	t.Parallel()
	ca := certtest.New(t, "root")
	encrypted := kfake.TLS(&tls.Config{Certificates: []tls.Certificate{ca.Issue(t, []string{"127.0.0.1"}).TLS}, MinVersion: tls.VersionTLS12})
	broker := func(opts ...kfake.Opt) *kfake.Cluster {
		c, err := kfake.NewCluster(append(opts, kfake.NumBrokers(1))...)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(c.Close)
		return c
	}
	both := broker(encrypted, kfake.EnableSASL(), kfake.Superuser("SCRAM-SHA-512", "anna", "hunter2"))
	refusing := broker(kfake.EnableSASL(), kfake.Superuser("PLAIN", "anna", "hunter2"))
	refusing.ControlKey(int16(kmsg.SASLAuthenticate), func(r kmsg.Request) (kmsg.Response, error, bool) {
		refusing.KeepControl()
		answer := r.ResponseKind().(*kmsg.SASLAuthenticateResponse)
		answer.ErrorCode = kerr.SaslAuthenticationFailed.Code
		return answer, nil, true
	})
	secured := func(p security.Protocol, m security.Mechanism, password security.Secret) security.Config {
		c := security.Config{Protocol: p, TLS: security.TLS{CA: ca.PEM}}
		if c.LogsIn() {
			c.SASL = security.SASL{Mechanism: m, User: "anna", Password: password}
		}
		return c
	}
	for _, tt := range []struct {
		why    string
		broker *kfake.Cluster
		how    security.Config
		want   string // in the error; "" for none
	}{
		{"all is well", both, secured(security.SASLSSL, security.ScramSHA512, "hunter2"), ""},
		{"a wrong password", refusing, secured(security.SASLPlaintext, security.Plain, "wrong-one"), "SASL_AUTHENTICATION_FAILED"},
		{"a mechanism that the broker has not", refusing, secured(security.SASLPlaintext, security.OAuthBearer, ""), "UNSUPPORTED_SASL_MECHANISM"},
		{"an unknown authority", both, security.Config{Protocol: security.SSL}, "authority that is not believed"},
		{"no TLS where there is", both, security.Config{}, "security.protocol"},
	} {
		a, err := admin.Dialer{ClientID: "test", Security: tt.how}.Open(t.Context(), tt.broker.ListenAddrs())
		if a != nil {
			if _, err = a.Describe(t.Context()); err == nil {
				err = admin.Dialer{Security: tt.how}.Reach(t.Context(), tt.broker.ListenAddrs()[0])
			}
			a.Close()
		}
		if tt.want == "" && err != nil || tt.want != "" && (err == nil || !strings.Contains(err.Error(), tt.want)) {
			t.Errorf("%s: got %v, want %q", tt.why, err, tt.want)
		}
		if text := fmt.Sprint(err); strings.ContainsAny(text, "\n") || strings.Contains(text, "wrong-one") || err != nil && !strings.Contains(text, "--client-config") {
			t.Errorf("%s: got %q, want one line that says where to look, and no secret", tt.why, text)
		}
	}
}
