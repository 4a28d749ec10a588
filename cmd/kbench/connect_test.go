package main

import (
	"slices"
	"strings"
	"testing"

	"kbench/internal/connect"
	"kbench/internal/driver/security"
	"kbench/internal/driver/security/certtest"
)

// TestBecome is about the sides of a comparison, which may each have brokers of their own and a way to them.
func TestBecome(t *testing.T) {
	t.Parallel()
	tls := certtest.File(t, "tls.properties", "security.protocol=SSL\nclient.id=me\n")
	named := certtest.File(t, "named.properties", "security.protocol=SSL\nbootstrap.servers=c:1\n")
	anyName := certtest.File(t, "any.properties", "security.protocol=SSL\nssl.endpoint.identification.algorithm=\n")
	login := security.Config{Protocol: security.SASLPlaintext}
	mine := connection{brokers: []string{"a:1"}, settings: connect.Settings{Security: login}}
	for _, tt := range []struct {
		why     string
		all     connection
		side    variant
		brokers []string
		by      security.Protocol
		says    string // on standard error, or as the error
	}{
		{"other brokers, the same way", mine, variant{brokers: []string{"b:1"}}, []string{"b:1"}, security.SASLPlaintext, ""},
		{"the same brokers, another way", mine, variant{config: tls}, []string{"a:1"}, security.SSL, "client.id is left aside"},
		{"both", mine, variant{brokers: []string{"b:1"}, config: tls}, []string{"b:1"}, security.SSL, ""},
		{"where all have kbench's own", connection{cluster: "java"}, variant{brokers: []string{"b:1"}, config: tls}, []string{"b:1"}, security.SSL, ""},
		{"the file names them", connection{cluster: "java"}, variant{config: named}, []string{"c:1"}, security.SSL, ""},
		{"nobody names them", connection{cluster: "java"}, variant{config: tls}, nil, security.SSL, "add brokers=HOST:PORT"},
		{"no such file", mine, variant{config: tls + "-missing"}, []string{"a:1"}, security.SASLPlaintext, "no such file"},
		{"a name that is not checked", mine, variant{config: anyName}, []string{"a:1"}, security.SSL, "NOT checked"},
	} {
		c, log := tt.all, &strings.Builder{}
		err := c.become(tt.side, log, false)
		if err != nil {
			log.WriteString(err.Error())
		}
		if !slices.Equal(c.brokers, tt.brokers) || c.settings.Security.Protocol != tt.by || !strings.Contains(log.String(), tt.says) {
			t.Errorf("%s: got %q by %s, said %q; want %q by %s, %q", tt.why, c.brokers, c.settings.Security.Protocol, log, tt.brokers, tt.by, tt.says)
		}
		if err == nil && c.cluster != "" && len(tt.side.brokers) > 0 {
			t.Errorf("%s: the brokers are still kbench's own", tt.why)
		}
	}
}
