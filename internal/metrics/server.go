package metrics

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"
)

const (
	listenWithin = 5 * time.Second // a host's name may have to be looked up
	closeWithin  = 2 * time.Second // for a scrape under way
	scrapes      = 4               // at once; more are told to come again
)

// A Server serves a collector's metrics, and those of the process, at /metrics, until Close. A scrape that asks for protocol
// buffers has the native histograms; the text formats have their counts and sums.
type Server struct {
	http *http.Server
	addr net.Addr
	done chan struct{} // closed when it has ended
}

// ParseAddr reads HOST:PORT, :PORT or PORT, and returns HOST:PORT. Without a host it is this machine's own address: metrics are
// for others only where somebody says so.
func ParseAddr(s string) (string, error) {
	wrong := fmt.Errorf("%q is no address: it is HOST:PORT, or PORT alone for 127.0.0.1", s)
	host, port := "", s
	if strings.Contains(s, ":") {
		var err error
		if host, port, err = net.SplitHostPort(s); err != nil {
			return "", wrong
		}
	}
	n, err := strconv.ParseUint(port, 10, 16)
	if err != nil || strings.ContainsFunc(host, func(r rune) bool { return r <= ' ' }) {
		return "", wrong
	}
	if host == "" {
		host = "127.0.0.1"
	}
	return net.JoinHostPort(host, strconv.FormatUint(n, 10)), nil
}

// Serve begins to serve at an address of ParseAddr's form. Port 0 is any that is free.
func Serve(ctx context.Context, addr string, c *Collector) (*Server, error) {
	registry := prometheus.NewRegistry()
	for _, some := range []prometheus.Collector{c, collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{})} {
		if err := registry.Register(some); err != nil {
			return nil, fmt.Errorf("metrics: %w", err)
		}
	}
	ctx, cancel := context.WithTimeout(ctx, listenWithin)
	defer cancel()
	listener, err := new(net.ListenConfig).Listen(ctx, "tcp", addr)
	if err != nil {
		if op, ok := errors.AsType[*net.OpError](err); ok {
			err = op.Err // it names the address again
		}
		return nil, fmt.Errorf("serve metrics at %s: %w; name another address, or port 0 for one that is free", addr, err)
	}
	mux := http.NewServeMux()
	mux.Handle("GET /metrics", handler(registry))
	s := &Server{
		http: &http.Server{
			Handler: mux, ErrorLog: slog.NewLogLogger(slog.DiscardHandler, slog.LevelError), // a scrape that breaks off is its own affair
			ReadHeaderTimeout: 5 * time.Second, ReadTimeout: 10 * time.Second, WriteTimeout: 30 * time.Second, IdleTimeout: time.Minute, MaxHeaderBytes: 16 << 10,
		},
		addr: listener.Addr(), done: make(chan struct{}),
	}
	go func() {
		defer close(s.done)
		_ = s.http.Serve(listener) // it ends with Close, and a listener on a socket does not fail by itself
	}()
	return s, nil
}

// handler answers scrapes. It does not compress: that costs more of the machine that measures than all the rest of a scrape, and
// saves a loopback nothing.
func handler(g prometheus.Gatherer) http.Handler {
	return promhttp.HandlerFor(g, promhttp.HandlerOpts{EnableOpenMetrics: true, MaxRequestsInFlight: scrapes, DisableCompression: true})
}

// URL returns where the metrics are.
func (s *Server) URL() string { return "http://" + s.addr.String() + "/metrics" }

// Close ends the server. A scrape under way gets two seconds.
func (s *Server) Close() {
	ctx, cancel := context.WithTimeout(context.Background(), closeWithin)
	defer cancel()
	if s.http.Shutdown(ctx) != nil {
		_ = s.http.Close()
	}
	<-s.done
}
