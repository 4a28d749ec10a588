package connect

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"kbench/internal/driver/security"
	"kbench/internal/driver/security/certtest"
)

// environment is what variables there are.
func environment(name string) (string, bool) {
	value, ok := map[string]string{"PASSWORD": "hunter2", "EMPTY": ""}[name]
	return value, ok
}

func TestRead(t *testing.T) {
	t.Parallel()
	file := certtest.File(t, "client.properties", `
# as a provider of Kafka hands it out
bootstrap.servers=a:9092, b:9092
security.protocol=SASL_PLAINTEXT
sasl.mechanism=PLAIN
sasl.jaas.config=org.apache.kafka.common.security.plain.PlainLoginModule required \
  username="anna" \
  password="hunter2" ;
client.dns.lookup=use_all_dns_ips
client.id=ccloud-1
`)
	got, err := Read(Source{File: file})
	if err != nil {
		t.Fatal(err)
	}
	want := security.Config{Protocol: security.SASLPlaintext, SASL: security.SASL{Mechanism: security.Plain, User: "anna", Password: "hunter2"}}
	if got.Security != want || !slices.Equal(got.Brokers, []string{"a:9092", "b:9092"}) || len(got.Producer)+len(got.Consumer)+len(got.Exposed) > 0 {
		t.Errorf("got %+v", got)
	}
	if len(got.Notes) != 2 || !strings.HasPrefix(got.Notes[0], file+":9: client.dns.lookup is left aside: ") || !strings.HasPrefix(got.Notes[1], file+":10: client.id ") {
		t.Errorf("notes are %q", got.Notes)
	}

	half := certtest.File(t, "half.properties", "security.protocol = SASL_SSL \nsasl.mechanism=PLAIN\nsasl.username=anna\n")
	got, err = Read(Source{File: half, Lookup: environment, Words: []string{
		"security.protocol=SASL_PLAINTEXT", "sasl.password=env:PASSWORD", "linger.ms=7", "fetch.min.bytes=9", "metadata.max.age.ms=11",
		"Producer.Flush.Messages=3", "a=b=c", "no.value=",
	}})
	if err != nil {
		t.Fatal(err)
	}
	if got.Security != want || len(got.Exposed) > 0 {
		t.Errorf("words win over the file, and no secret stood in them: got %+v", got)
	}
	both := map[string]string{"metadata.max.age.ms": "11", "a": "b=c", "no.value": ""}
	producer, consumer := maps.Clone(both), maps.Clone(both)
	producer["linger.ms"], producer["Producer.Flush.Messages"], consumer["fetch.min.bytes"] = "7", "3", "9"
	if !maps.Equal(got.Producer, producer) || !maps.Equal(got.Consumer, consumer) {
		t.Errorf("got producer %v, consumer %v", got.Producer, got.Consumer)
	}
	for _, tt := range []struct {
		producers, consumers bool
		want                 []string
	}{
		{true, true, nil},
		{true, false, []string{"fetch.min.bytes"}},
		{false, true, []string{"Producer.Flush.Messages", "linger.ms"}},
		{false, false, []string{"Producer.Flush.Messages", "a", "fetch.min.bytes", "linger.ms", "metadata.max.age.ms", "no.value"}},
	} {
		if unused := got.Unused(tt.producers, tt.consumers); !slices.Equal(unused, tt.want) {
			t.Errorf("producers %v, consumers %v: unused are %q, want %q", tt.producers, tt.consumers, unused, tt.want)
		}
	}

	exposed, err := Read(Source{Words: []string{"security.protocol=SASL_PLAINTEXT", "sasl.mechanism=PLAIN", "sasl.username=anna", "sasl.password=hunter2"}})
	if err != nil || !slices.Equal(exposed.Exposed, []string{"sasl.password"}) {
		t.Errorf("exposed are %q, error %v", exposed.Exposed, err)
	}
	public, err := Read(Source{Words: []string{
		"security.protocol=SASL_PLAINTEXT", "sasl.mechanism=OAUTHBEARER", "sasl.oauthbearer.token.endpoint.url=https://x/", "sasl.oauthbearer.client.id=c",
		"sasl.oauthbearer.client.secret=env:PASSWORD",
	}, Lookup: environment})
	if err != nil || len(public.Exposed) > 0 {
		t.Errorf("what is no secret is exposed: %q, error %v", public.Exposed, err)
	}
	if nothing, err := Read(Source{}); err != nil || nothing.Security != (security.Config{}) {
		t.Errorf("nothing said: %+v, %v", nothing, err)
	}
}

func TestReadRefuses(t *testing.T) {
	t.Parallel()
	at := func(line int) string { return fmt.Sprintf("FILE:%d: ", line) }
	for _, tt := range []struct {
		why, file string
		words     []string
		want      []string // the lines of the error begin so
	}{
		{"the scenario decides", "acks=all\nlinger.ms=5\nauto.offset.reset=earliest", nil, []string{
			at(1) + "acks: the scenario decides that: take the line out, and use producer.acks",
			at(2) + "linger.ms: the scenario decides that: take the line out, and use producer.linger",
			at(3) + "auto.offset.reset: the scenario decides that: take the line out, and use consumer.start",
		}},
		{"nobody knows it", "\nsasl.pasword=hunter2\nfetch.min.bytes=1", nil, []string{at(3) + "fetch.min.bytes: kbench does not know"}},
		{"nobody knows it either", "\n\nsecurity.protocol=SASL_SSL\nsasl.mechanism=PLAIN\nsasl.username=a\nsasl.password=b\nsasl.pasword=hunter2", nil, []string{at(7) + "sasl.pasword: kbench has no use for it"}},
		{"twice", "security.protocol=SSL\nsecurity.protocol=PLAINTEXT", nil, []string{at(2) + "security.protocol: line 1 has it too"}},
		{"not the format", `a=\u12`, nil, []string{at(1) + `\u is not followed`}},
		{"a mistake in a word", "", []string{"security.protocol=hunter"}, []string{"-X security.protocol: "}},
		{"one of two places", "sasl.mechanism=PLAIN", []string{"sasl.mechanisms=PLAIN", "security.protocol=SASL_SSL", "sasl.username=a", "sasl.password=b"}, []string{at(1) + "sasl.mechanism and sasl.mechanisms say the same"}},
		{
			"a key of several lines that nothing joins", "security.protocol=SSL\nssl.keystore.key=-----BEGIN PRIVATE KEY-----\nMIIEhunter2AgEAAoIBAQ\nhunter2+/x==\nhunter2=\n-----END PRIVATE KEY-----\nacks=1",
			nil,
			[]string{at(3) + `this is no NAME=VALUE of a property; a value of several lines needs \ at their ends`, at(7) + "acks: "},
		},
		{"one line of such a key twice", "hunter2\nhunter2", nil, []string{at(1) + "this is no NAME=VALUE"}},
		{"a sign that is escaped", `sasl.password\=hunter2`, nil, []string{at(1) + "this is no NAME=VALUE"}},
		{"no name in the file", "=hunter2", nil, []string{at(1) + "this is no NAME=VALUE"}},
		{"a name too long to be one", "a." + strings.Repeat("hunter2", 12), nil, []string{at(1) + "this is no NAME=VALUE"}},
		{"a key in the place of a name", "", []string{"-----BEGIN PRIVATE KEY-----\nhunter2=="}, []string{"-X takes NAME=VALUE"}},
		{"one line of a key", "", []string{"MIIEhunter2AgEAAoIBAQCyyyyyy="}, []string{"-X takes NAME=VALUE"}},
		{"no sign", "", []string{"hunter2"}, []string{"-X takes NAME=VALUE"}},
		{"no name", "", []string{"=hunter2"}, []string{"-X takes NAME=VALUE"}},
		{"a word twice", "", []string{"a=1", "a=2"}, []string{"-X a: it is given twice"}},
		{"a variable that is not there", "", []string{"sasl.password=env:NOWHERE"}, []string{"-X sasl.password: there is no variable NOWHERE"}},
		{"there is a flag for that", "", []string{"bootstrap.servers=a:1"}, []string{"-X bootstrap.servers: use --brokers"}},
	} {
		path := certtest.File(t, "client.properties", tt.file)
		_, err := Read(Source{File: path, Words: tt.words, Lookup: environment})
		text := strings.ReplaceAll(fmt.Sprint(err), path, "FILE")
		lines := strings.Split(text, "\n")
		if err == nil || len(lines) != len(tt.want) || strings.Contains(text, "hunter2") {
			t.Errorf("%s: got %q, want %d lines and no secret", tt.why, text, len(tt.want))
			continue
		}
		for i, want := range tt.want {
			if !strings.HasPrefix(lines[i], want) {
				t.Errorf("%s: got %q, want %q", tt.why, lines[i], want)
			}
		}
	}
	if _, err := Read(Source{File: "no-such.properties"}); err == nil || err.Error() != "--client-config no-such.properties: no such file or directory" {
		t.Errorf("no file: got %v", err)
	}
	if _, err := Read(Source{File: certtest.File(t, "large", strings.Repeat("#", mostFile+1))}); err == nil || !strings.Contains(err.Error(), "larger than") {
		t.Errorf("a file that is too large: got %v", err)
	}
}

// FuzzFile has a secret stand on lines of its own: no error may show it, whatever stands around it.
func FuzzFile(f *testing.F) {
	f.Add("security.protocol=SSL\nssl.keystore.key=-----BEGIN PRIVATE KEY-----", "-----END PRIVATE KEY-----")
	f.Add("sasl.jaas.config=x required", "sasl.mechanism=PLAIN")
	f.Add("acks=all", "acks=1")
	f.Fuzz(func(t *testing.T, before, after string) {
		if strings.Contains(before+after, ".location") || strings.HasSuffix(strings.TrimSuffix(before, "\r"), `\`) {
			return // the fuzzer's own files are not the point, and a line that goes on is a value
		}
		const secret = "MIIEvgIBADANBgkqhkiG9w0BAQEFAASCBKgwggSkAgEAAoIBAQC7VJTUt9Us8cKj"
		path := certtest.File(t, "client.properties", before+"\n"+secret+"\n"+secret+"==\n"+after)
		if _, err := Read(Source{File: path, Lookup: environment}); err == nil || strings.Contains(err.Error(), secret) {
			t.Errorf("got %v", err)
		}
	})
}

func FuzzWords(f *testing.F) {
	f.Add("sasl.password=env:PASSWORD", "linger.ms=5")
	f.Add("=", "security.protocol=SSL")
	f.Fuzz(func(t *testing.T, one, other string) {
		if strings.Contains(one, ".location") || strings.Contains(other, ".location") {
			return // the fuzzer's own files are not the point
		}
		got, err := Read(Source{Words: []string{one, other}, Lookup: environment})
		if err == nil {
			for name := range got.Producer {
				if security.Is(name) {
					t.Errorf("%s is left to the clients", name)
				}
			}
		}
	})
}
