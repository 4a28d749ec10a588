package security

import (
	"maps"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestTake(t *testing.T) {
	t.Parallel()
	text := filepath.Join(t.TempDir(), "no.pem")
	if err := os.WriteFile(text, []byte("no certificate"), 0o600); err != nil {
		t.Fatal(err)
	}
	type own = map[string]string
	rows := []struct {
		own          own
		tls, login   bool
		mistake, why string // mistake is in the error; "" for none
	}{
		{nil, false, false, "", "nothing said"},
		{own{"security.protocol": "plaintext"}, false, false, "", "in small letters"},
		{own{"security.protocol": "SSL"}, true, false, "", "the system's authorities"},
		{own{"security.protocol": "SSL", "ssl.endpoint.identification.algorithm": "none"}, true, false, "", "any name"},
		{own{"security.protocol": "SASL_SSL", "sasl.mechanism": "PLAIN", "sasl.username": "u", "sasl.password": "p"}, true, true, "", "both"},
		{own{"security.protocol": "SASL_PLAINTEXT", "sasl.mechanism": "PLAIN"}, false, true, "", "a login alone"},
		{own{"security.protocol": "TLS"}, false, false, "security.protocol", "no word of Kafka's"},
		{own{"ssl.ca.location": "x"}, false, false, "ssl.*", "it would be ignored"},
		{own{"security.protocol": "SSL", "sasl.password": "hunter2"}, false, false, "sasl.*", "it would be ignored"},
		{own{"security.protocol": "SSL", "ssl.ca.location": text}, false, false, "ssl.ca.location", "a file that is no certificate"},
		{own{"security.protocol": "SSL", "ssl.ca.location": text + "-missing"}, false, false, "ssl.ca.location", "no file"},
		{own{"security.protocol": "SSL", "ssl.certificate.location": text, "ssl.key.location": text}, false, false, "ssl.key.location", "neither is one"},
		{own{"security.protocol": "SSL", "ssl.endpoint.identification.algorithm": "no-such"}, false, false, "ssl.endpoint", "no word of Kafka's"},
	}
	for _, r := range rows {
		given := own{"linger.ms": "1"}
		maps.Copy(given, r.own)
		before := maps.Clone(given)
		c, rest, err := Take(given)
		switch {
		case r.mistake != "":
			if err == nil || !strings.Contains(err.Error(), r.mistake) || strings.Contains(err.Error(), "hunter2") {
				t.Errorf("%s: got %v, want an error about %s, without secrets", r.why, err, r.mistake)
			}
		case err != nil || (c.TLS != nil) != r.tls || (c.Login != nil) != r.login:
			t.Errorf("%s: got %+v and error %v; want TLS %v, login %v", r.why, c, err, r.tls, r.login)
		case !maps.Equal(rest, own{"linger.ms": "1"}):
			t.Errorf("%s: left over are %v, want linger.ms alone", r.why, rest)
		}
		if !maps.Equal(given, before) {
			t.Errorf("%s: the caller's properties were changed", r.why)
		}
	}
}

func TestTakeLogin(t *testing.T) {
	t.Parallel()
	c, _, err := Take(map[string]string{
		"security.protocol": "sasl_plaintext", "sasl.mechanism": "PLAIN", "sasl.username": "anna", "sasl.password": "hunter2",
	})
	if want := (Login{"PLAIN", "anna", "hunter2"}); err != nil || *c.Login != want {
		t.Errorf("got %+v and error %v, want %+v", c.Login, err, want)
	}
}
