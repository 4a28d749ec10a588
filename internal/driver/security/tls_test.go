package security

import (
	"crypto/tls"
	"crypto/x509"
	"io"
	"net"
	"strings"
	"testing"

	"kbench/internal/driver/security/certtest"
)

// TestReasons shakes hands with servers that have something wrong with them.
func TestReasons(t *testing.T) {
	t.Parallel()
	ca, stranger := certtest.New(t, "root"), certtest.New(t, "stranger")
	here := []string{"127.0.0.1"}
	believed := x509.NewCertPool()
	believed.AppendCertsFromPEM([]byte(ca.PEM))
	serve := func(c certtest.Certificate) *tls.Config {
		return &tls.Config{Certificates: []tls.Certificate{c.TLS}, MinVersion: tls.VersionTLS12}
	}
	wants := serve(ca.Issue(t, here))
	wants.ClientAuth, wants.ClientCAs = tls.RequireAndVerifyClientCert, believed
	own := ca.Issue(t, []string{"client"})
	shown := TLS{CA: ca.PEM, Certificate: own.PEM, Key: Secret(own.Key)}
	for _, tt := range []struct {
		why    string
		server *tls.Config
		client TLS
		want   string // in the reason; "" for none, and a connection
	}{
		{"all is well", serve(ca.Issue(t, here)), TLS{CA: ca.PEM}, ""},
		{"with one between", serve(ca.Intermediate(t, "between").Issue(t, here)), TLS{CA: ca.PEM}, ""},
		{"any name will do", serve(ca.Issue(t, []string{"elsewhere.test"})), TLS{CA: ca.PEM, AnyName: true}, ""},
		{"any name, with one between", serve(ca.Intermediate(t, "between").Issue(t, []string{"elsewhere.test"})), TLS{CA: ca.PEM, AnyName: true}, ""},
		{"a certificate is wanted, and shown", wants, shown, ""},
		{"another name", serve(ca.Issue(t, []string{"elsewhere.test"})), TLS{CA: ca.PEM}, "another name than 127.0.0.1"},
		{"an unknown authority", serve(stranger.Issue(t, here)), TLS{CA: ca.PEM}, "authority that is not believed"},
		{"not the system's either", serve(stranger.Issue(t, here)), TLS{}, "authority that is not believed"},
		{"any name, but not any authority", serve(stranger.Issue(t, here)), TLS{CA: ca.PEM, AnyName: true}, "authority that is not believed"},
		{"it has expired", serve(ca.Issue(t, here, certtest.Expired)), TLS{CA: ca.PEM}, "has expired"},
		{"any name, but not any time", serve(ca.Issue(t, here, certtest.Expired)), TLS{CA: ca.PEM, AnyName: true}, "has expired"},
		{"a certificate is wanted", wants, TLS{CA: ca.PEM}, "does not accept this client's certificate, or wants one"},
		{"no TLS at all", nil, TLS{CA: ca.PEM}, "does not speak TLS"},
	} {
		err := shake(t, tt.server, Config{Protocol: SSL, TLS: tt.client})
		if got := Reason(err); tt.want == "" && err != nil || !strings.Contains(got, tt.want) || (got == "") != (tt.want == "") {
			t.Errorf("%s: got %q of %v, want %q", tt.why, got, err, tt.want)
		}
	}
	if got := Reason(io.EOF); got != "" {
		t.Errorf("an error about something else: got %q", got)
	}
}

// shake connects to a server and waits for a byte from it; a nil one says something that is no TLS.
func shake(t *testing.T, server *tls.Config, c Config) error {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	served := make(chan struct{})
	go func() {
		defer close(served)
		conn, err := l.Accept()
		if err != nil {
			return
		}
		defer conn.Close()
		if server != nil {
			conn = tls.Server(conn, server)
		}
		_, _ = conn.Write([]byte("HTTP/1.1 400 Bad Request\r\n")) // the client tells what came of it
		_, _ = conn.Read(make([]byte, 1))                         // until it has gone
	}()
	defer func() { l.Close(); <-served }()
	how, err := c.ForGo()
	if err != nil {
		return err
	}
	conn, err := tls.Dial("tcp", l.Addr().String(), how)
	if err != nil {
		return err
	}
	defer conn.Close()
	_, err = conn.Read(make([]byte, 1))
	return err
}
