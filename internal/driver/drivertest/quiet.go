package drivertest

import (
	"bytes"
	"context"
	"net"
	"os"
	"os/exec"
	"regexp"
	"strings"
	"testing"
	"time"
)

const quietEnv = "KBENCH_DRIVERTEST_QUIET"

// printsNothing runs this very test in a child, where it does what makes libraries talk, and looks at the child's output.
func (s suite) printsNothing(t *testing.T) {
	if os.Getenv(quietEnv) != "" {
		s.provoke(t)
		return
	}
	ctx, cancel := context.WithTimeout(t.Context(), limit)
	defer cancel()
	var path []string
	for part := range strings.SplitSeq(t.Name(), "/") {
		path = append(path, "^"+regexp.QuoteMeta(part)+"$")
	}
	child := exec.CommandContext(ctx, os.Args[0], "-test.run="+strings.Join(path, "/"), "-test.count=1")
	child.Env = append(os.Environ(), quietEnv+"=1")
	var stdout, stderr bytes.Buffer
	child.Stdout, child.Stderr = &stdout, &stderr
	if err := child.Run(); err != nil {
		t.Fatalf("the child failed: %v\n%s%s", err, stdout.String(), stderr.String())
	}
	out := regexp.MustCompile(`(?m)^coverage: .*\n`).ReplaceAllString(stdout.String(), "")
	if out != "PASS\n" || stderr.Len() > 0 {
		t.Errorf("the library printed:\n%s%s", out, stderr.String())
	}
}

// provoke works, is refused, finds nobody, is hung up on, and closes with records in flight.
func (s suite) provoke(t *testing.T) {
	x := s.open(t, config(s.topic(t, 1)))
	x.sendAll(records(0, 100, false))
	if len(s.o.Brokers) == 0 {
		return
	}
	for _, serve := range []func(net.Conn){nil, func(c net.Conn) { c.Close() }, func(net.Conn) {}} {
		at := s.cluster()
		at.Brokers, at.DialTimeout = []string{listen(t, serve)}, 200*time.Millisecond
		if s.dial(t, t.Context(), at) == nil {
			t.Error("no error although nobody answers")
		}
	}
	hasty := config(s.topic(t, 1))
	hasty.Linger = 1e9 // its records are still queued when it closes
	x = s.open(t, hasty)
	for _, r := range records(0, 100, false) {
		if err := x.send(t.Context(), r); err != nil {
			t.Errorf("record %d: %v", r.Seq, err)
		}
	}
	x.close()
	cfg := config("any")
	cfg.Acks = "no-such"
	if _, err := s.d.NewProducer(t.Context(), s.cluster(), cfg, nil); err == nil {
		t.Error("no error although the acks are wrong")
	}
	topic := s.topic(t, 1)
	s.fill(t, topic, 0, 10)
	r := s.consume(t, static(readConfig(topic, topic), 0, 1), nil) // partition 1 does not exist
	r.await(10)
	r.stop()
}
