package metrics

import (
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	dto "github.com/prometheus/client_model/go"
	"github.com/prometheus/common/expfmt"
)

func TestParseAddr(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ why, in, want string }{ // want "": refused
		{"a port alone is this machine's", "9464", "127.0.0.1:9464"},
		{"likewise with a colon", ":9464", "127.0.0.1:9464"},
		{"a host is taken as it is", "0.0.0.0:9464", "0.0.0.0:9464"},
		{"a name", "localhost:1", "localhost:1"},
		{"IPv6", "[::1]:9464", "[::1]:9464"},
		{"everywhere, IPv6", "[::]:9464", "[::]:9464"},
		{"any port", "0", "127.0.0.1:0"},
		{"IPv6 without brackets", "::1:9464", ""},
		{"no port", "localhost", ""},
		{"an empty one", "localhost:", ""},
		{"a port's name", ":http", ""},
		{"a port that is too large", "65536", ""},
		{"a negative one", "-1", ""},
		{"white space", "a b:1", ""},
		{"a path", "127.0.0.1:9464/metrics", ""},
		{"nothing", "", ""},
	} {
		got, err := ParseAddr(tt.in)
		if got != tt.want || (err == nil) != (tt.want != "") {
			t.Errorf("%s: %q gives %q, %v; want %q", tt.why, tt.in, got, err, tt.want)
		}
	}
}

func FuzzParseAddr(f *testing.F) {
	for _, s := range []string{"9464", ":9464", "a:1", "[::1]:1", "[a]:1", "a]:1", "%:1", "", "\x00:1"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		addr, err := ParseAddr(s)
		if err != nil {
			return
		}
		host, port, err := net.SplitHostPort(addr)
		if err != nil || host == "" || port == "" {
			t.Fatalf("%q gives %q: %v", s, addr, err)
		}
		if again, err := ParseAddr(addr); again != addr || err != nil {
			t.Errorf("%q gives %q, and that gives %q, %v", s, addr, again, err)
		}
		if !strings.Contains(s, host) && host != "127.0.0.1" {
			t.Errorf("%q gives the host %q, which nobody named", s, host)
		}
	})
}

// serve serves a collector, and returns where.
func serve(t *testing.T, c *Collector) *Server {
	t.Helper()
	s, err := Serve(t.Context(), "127.0.0.1:0", c)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Close)
	return s
}

// scrape asks a server for its metrics in a format.
func scrapeAs(t *testing.T, url, accept string) *http.Response {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Accept", accept)
	client := &http.Client{Timeout: time.Minute, Transport: &http.Transport{DisableKeepAlives: true}}
	got, err := client.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = got.Body.Close() })
	if got.Uncompressed { // by the client, which asked for that
		t.Errorf("%s is compressed: that costs more than all the rest of a scrape", url)
	}
	if got.StatusCode != http.StatusOK {
		t.Fatalf("%s: %s", url, got.Status)
	}
	return got
}

// TestFormats scrapes as Prometheus does, by each of its protocols.
func TestFormats(t *testing.T) {
	t.Parallel()
	c := New("v1", time.Unix(0, 0))
	l := newLoad()
	l.records(100, 2*time.Second, time.Millisecond)
	c.Observe(l.sample("a"))
	s := serve(t, c)
	for _, tt := range []struct {
		why, accept, want string
	}{
		{"text", "text/plain;version=0.0.4", `kbench_records_acked_total{case="a",part="measured",scenario="s"} 100`},
		{"OpenMetrics", "application/openmetrics-text;version=1.0.0", `kbench_response_seconds_count{case="a",part="measured",scenario="s"} 100`},
		{"kbench itself", "text/plain", "process_cpu_seconds_total "},
		{"the Go runtime", "text/plain", "go_goroutines "},
	} {
		text, err := io.ReadAll(scrapeAs(t, s.URL(), tt.accept).Body)
		if err != nil || !strings.Contains(string(text), tt.want) {
			t.Errorf("%s: %v, no %s in\n%s", tt.why, err, tt.want, text)
		}
	}
	got := scrapeAs(t, s.URL(), "application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=delimited")
	decoder := expfmt.NewDecoder(got.Body, expfmt.ResponseFormat(got.Header))
	for {
		var f dto.MetricFamily
		if err := decoder.Decode(&f); err != nil {
			t.Fatalf("no native histogram: %v", err)
		}
		if h := one(&f, "part=measured").GetHistogram(); f.GetName() == "kbench_response_seconds" {
			if len(h.GetPositiveSpan()) == 0 || h.GetSampleCount() != 100 {
				t.Errorf("the histogram %v", h)
			}
			return
		}
	}
}

// TestServer ends a server while somebody who asks for nothing is connected, and has its port be free after that.
func TestServer(t *testing.T) {
	t.Parallel()
	s, err := Serve(t.Context(), "127.0.0.1:0", New("v1", time.Unix(0, 0)))
	if err != nil {
		t.Fatal(err)
	}
	addr := s.addr.String()
	_, err = Serve(t.Context(), addr, New("v1", time.Unix(0, 0)))
	if err == nil || !strings.HasPrefix(err.Error(), "serve metrics at "+addr+": ") || !strings.HasSuffix(err.Error(), "; name another address, or port 0 for one that is free") {
		t.Errorf("a port that is taken: %v", err)
	}
	idle, err := new(net.Dialer).DialContext(t.Context(), "tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	defer idle.Close()
	s.Close()
	again, err := new(net.ListenConfig).Listen(t.Context(), "tcp", addr)
	if err != nil {
		t.Fatalf("the port is still taken: %v", err)
	}
	_ = again.Close()
}
