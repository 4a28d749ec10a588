//go:build e2e

package e2e

import (
	"crypto/x509"
	"encoding/base64"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"

	"kbench/internal/cluster"
	"kbench/internal/driver/security/certtest"
)

// Who may log in, and by what. Anna may do all, Bob nothing, Carl all but write, and Dora all but read.
const (
	anna, annasPassword = "anna", `anna's "own", and \hunter2`
	bob, bobsPassword   = "bob", "bobs-secret"
	carl, carlsPassword = "carl", "carls-secret"
	dora, dorasPassword = "dora", "doras-secret"

	clientID, clientSecret = "kbench-client", "clients secret/+%"
	storePassword          = "store-secret"
)

// Names of listeners, and their protocols.
const (
	byTLS     = "TLS"     // SSL
	byMutual  = "MUTUAL"  // SSL, and clients must show a certificate
	byExpired = "EXPIRED" // SSL, with a certificate that has expired
	byLogin   = "LOGIN"   // SASL_SSL, by every mechanism
	byClear   = "CLEAR"   // SASL_PLAINTEXT
)

// A secured is a Kafka with one listener for each way in.
type secured struct {
	*kafka
	ports map[string]int // by listener
	ca    *certtest.Authority
	own   certtest.Certificate // of a client, from an authority between
	dir   string
	issue *httptest.Server // gives out tokens
}

// upSecured starts one. The keys are made here.
func upSecured(t *testing.T) *secured {
	t.Helper()
	s := &secured{ports: map[string]int{}, ca: certtest.New(t, "root"), dir: t.TempDir()}
	s.own = s.ca.Intermediate(t, "between").Issue(t, []string{anna})
	for _, name := range []string{byTLS, byMutual, byExpired, byLogin, byClear} {
		s.ports[name] = freePort(t)
	}
	good, expired := s.ca.Issue(t, []string{"127.0.0.1"}), s.ca.Issue(t, []string{"127.0.0.1"}, certtest.Expired)
	files := map[string]string{
		"ca":      certtest.File(t, "ca.pem", s.ca.PEM),
		"good":    certtest.File(t, "good.pem", good.Key+good.PEM),
		"expired": certtest.File(t, "expired.pem", expired.Key+expired.PEM),
	}
	s.kafka = upWith(t, 1, cluster.Options{ServerProperties: func(text string) string { return s.serverProperties(text, files) }})
	s.permit(t)
	s.issue = httptest.NewServer(http.HandlerFunc(giveToken))
	t.Cleanup(s.issue.Close)
	return s
}

// freePort returns a port that is free now.
func freePort(t *testing.T) int {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().(*net.TCPAddr).Port
}

// serverProperties adds the listeners to a node's settings, and who may do what. kbench's own listener stays: whoever comes
// through it is nobody, who may do all.
func (s *secured) serverProperties(text string, files map[string]string) string {
	protocols := map[string]string{byTLS: "SSL", byMutual: "SSL", byExpired: "SSL", byLogin: "SASL_SSL", byClear: "SASL_PLAINTEXT"}
	var addresses, protocolMap, more strings.Builder
	for name, port := range s.ports {
		fmt.Fprintf(&addresses, ",%s://127.0.0.1:%d", name, port)
		fmt.Fprintf(&protocolMap, ",%s:%s", name, protocols[name])
		at := "listener.name." + strings.ToLower(name) + "."
		certificate := files["good"]
		if name == byExpired {
			certificate = files["expired"]
		}
		if strings.HasSuffix(protocols[name], "SSL") {
			fmt.Fprintf(&more, "%sssl.keystore.type=PEM\n%sssl.keystore.location=%s\n", at, at, certificate)
			fmt.Fprintf(&more, "%sssl.truststore.type=PEM\n%sssl.truststore.location=%s\n", at, at, files["ca"])
		}
		if name == byMutual {
			fmt.Fprintf(&more, "%sssl.client.auth=required\n", at)
		}
		if strings.HasPrefix(protocols[name], "SASL") {
			more.WriteString(logins(at))
		}
	}
	var lines []string
	for line := range strings.Lines(text) {
		line = strings.TrimSuffix(line, "\n")
		switch {
		case strings.HasPrefix(line, "listeners="), strings.HasPrefix(line, "advertised.listeners="):
			line += addresses.String()
		case strings.HasPrefix(line, "listener.security.protocol.map="):
			line += protocolMap.String()
		}
		lines = append(lines, line)
	}
	return strings.Join(lines, "\n") + "\n" + more.String() +
		"authorizer.class.name=org.apache.kafka.metadata.authorizer.StandardAuthorizer\n" +
		"super.users=User:ANONYMOUS;User:CN=anna;User:anna\n"
}

// logins are the mechanisms of a listener. Tokens need not be signed.
func logins(at string) string {
	const in = "org.apache.kafka.common.security."
	users := ""
	for user, password := range map[string]string{anna: annasPassword, bob: bobsPassword, carl: carlsPassword, dora: dorasPassword} {
		users += fmt.Sprintf(" user_%s=%q", user, password)
	}
	lines := at + "sasl.enabled.mechanisms=PLAIN,SCRAM-SHA-256,SCRAM-SHA-512,OAUTHBEARER\n"
	for mechanism, module := range map[string]string{
		"plain":         "plain.PlainLoginModule required" + users,
		"scram-sha-256": "scram.ScramLoginModule required",
		"scram-sha-512": "scram.ScramLoginModule required",
		"oauthbearer":   `oauthbearer.OAuthBearerLoginModule required unsecuredLoginStringClaim_sub="broker"`,
	} {
		lines += at + mechanism + ".sasl.jaas.config=" + strings.ReplaceAll(in+module, `\`, `\\`) + ";\n"
	}
	return lines
}

// permit makes the users of SCRAM, and gives Carl and Dora all that a run needs but one thing.
func (s *secured) permit(t *testing.T) {
	t.Helper()
	for _, m := range []kadm.ScramMechanism{kadm.ScramSha256, kadm.ScramSha512} { // one request may name a user once
		made, err := s.admin.AlterUserSCRAMs(asking(t), nil, []kadm.UpsertSCRAM{{User: anna, Mechanism: m, Iterations: 4096, Password: annasPassword}})
		if err == nil {
			err = made.Error()
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	for user, may := range map[string]kadm.ACLOperation{carl: kadm.OpRead, dora: kadm.OpWrite} {
		acls := kadm.NewACLs().Topics("kbench-").Groups("kbench-").ResourcePatternType(kadm.ACLPatternPrefixed).
			Operations(kadm.OpCreate, kadm.OpDescribe, kadm.OpDescribeConfigs, kadm.OpDelete, may).
			Allow("User:" + user).AllowHosts("*")
		if _, err := s.admin.CreateACLs(asking(t), acls); err != nil {
			t.Fatal(err)
		}
	}
}

// giveToken gives whoever knows the client's secret a token for Anna.
func giveToken(w http.ResponseWriter, r *http.Request) {
	id, secret, ok := r.BasicAuth()
	if !ok || id != clientID || secret != "clients+secret%2F%2B%25" || r.FormValue("grant_type") != "client_credentials" {
		w.WriteHeader(http.StatusUnauthorized)
		fmt.Fprintf(w, `{"error":"invalid_client","error_description":"%s is not the secret"}`, secret)
		return
	}
	encode := base64.RawURLEncoding.EncodeToString
	now := time.Now().Unix()
	body := fmt.Sprintf(`{"sub":"%s","iat":%d,"exp":%d}`, anna, now, now+300)
	fmt.Fprintf(w, `{"access_token":"%s.%s.","token_type":"Bearer","expires_in":300}`, encode([]byte(`{"alg":"none"}`)), encode([]byte(body)))
}

// at names the broker's listener.
func (s *secured) at(listener string) string { return fmt.Sprintf("127.0.0.1:%d", s.ports[listener]) }

// keytool makes a store as Java's users do, and returns its path.
func (s *secured) keytool(t *testing.T, name string, args ...string) string {
	t.Helper()
	path := filepath.Join(s.dir, name)
	execute(t, "keytool", append(args, "-noprompt", "-storepass", storePassword, "-keystore", path)...)
	return path
}

// escaped writes a value of several lines into one of a .properties file.
func escaped(value string) string {
	return strings.NewReplacer("\\", `\\`, "\n", "\\n\\\n  ").Replace(value)
}

func parse(t *testing.T, der []byte) *x509.Certificate {
	t.Helper()
	c, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	return c
}
