package cluster

import (
	"encoding/base64"
	"errors"
	"flag"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

var update = flag.Bool("update", false, "write the golden files")

func TestServerProperties(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		file  string
		id    int
		ports []int
	}{
		{"one.properties", 1, []int{20001, 20002, 20003, 20004}},
		{"third-of-three.properties", 3, []int{20001, 20002, 20003, 20004, 20005, 20006, 20007, 20008, 20009, 20010, 20011, 20012}},
	} {
		file := filepath.Join("testdata", tt.file)
		got := serverProperties(tt.id, tt.ports, `/data/back\slash`)
		if *update {
			if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		want, err := os.ReadFile(file)
		if err != nil || got != string(want) {
			t.Errorf("%s: got\n%s\nwant\n%s (%v)", file, got, want, err)
		}
	}
}

func TestHeap(t *testing.T) {
	t.Parallel()
	if heap(0, 1) != 512<<20 || heap(0, 3) != 384<<20 || heap(7, 3) != 7 {
		t.Errorf("heap: %d %d %d", heap(0, 1), heap(0, 3), heap(7, 3))
	}
}

func TestFreePorts(t *testing.T) {
	t.Parallel()
	ports, err := freePorts(18)
	if err != nil {
		t.Fatal(err)
	}
	slices.Sort(ports)
	if len(slices.Compact(ports)) != 18 {
		t.Errorf("%d are chosen twice", ports)
	}
	if ports[0] < 20000 || ports[17] >= 32000 {
		t.Errorf("%d are out of range", ports)
	}
}

func TestClusterID(t *testing.T) {
	t.Parallel()
	a, b := newClusterID(), newClusterID()
	raw, err := base64.RawURLEncoding.DecodeString(a)
	if err != nil || len(raw) != 16 || a == b || a[0] == '-' {
		t.Errorf("%q, %q: %v, want two different ids of 16 bytes", a, b, err)
	}
}

func TestWhatANodeSaid(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		what, log, out, want string
	}{
		{"nothing", "", "", ""},
		// The settings that a broker prints at its start are no reason for its end.
		{"an error before other lines", "[1] ERROR disk full (x)\n[1] INFO a = b\n", "", "; it said: [1] ERROR disk full (x)"},
		{"no error", "[1] INFO a\n[1] INFO b\n[1] INFO c\n[1] INFO d\n", "", "; it said: [1] INFO b | [1] INFO c | [1] INFO d"},
		{"the JVM", "[1] INFO a\n", "Too small\tmaximum heap\n", "; it said: Too small maximum heap"},
	} {
		n := &jvm{Dir: t.TempDir()}
		err := errors.Join(os.WriteFile(n.logFile(), []byte(tt.log), 0o644), os.WriteFile(n.outFile(), []byte(tt.out), 0o644))
		if got := n.said(); err != nil || got != tt.want {
			t.Errorf("%s: %q, %v, want %q", tt.what, got, err, tt.want)
		}
	}
}

func TestPortClash(t *testing.T) {
	t.Parallel()
	n := &jvm{Dir: t.TempDir()}
	js := &jvms{nodes: []*jvm{n}}
	if js.portClash() {
		t.Error("a clash without a log")
	}
	if err := os.WriteFile(n.logFile(), []byte("java.net.BindException: Address already in use\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	if !js.portClash() {
		t.Error("no clash")
	}
}

// fakeJava is a program in the place of java. It does what the script says when it is to be a broker.
func fakeJava(t *testing.T, script string) Options {
	t.Helper()
	dir := t.TempDir()
	text := `#!/bin/sh
case "$*" in
*-version*) echo 'openjdk version "21.0.1"' >&2; exit ;;
*StorageTool*) exit ;;
esac
` + script
	libs := filepath.Join(dir, "kafka", "libs")
	err := errors.Join(
		os.MkdirAll(filepath.Join(dir, "jre", "bin"), 0o755),
		os.WriteFile(filepath.Join(dir, "jre", "bin", "java"), []byte(text), 0o755),
		os.MkdirAll(libs, 0o755),
		os.WriteFile(filepath.Join(libs, "kafka_2.13-9.9.9.jar"), nil, 0o644))
	if err != nil {
		t.Fatal(err)
	}
	t.Setenv("JAVA_HOME", filepath.Join(dir, "jre"))
	temp := filepath.Join(dir, "temp")
	if err := os.Mkdir(temp, 0o755); err != nil {
		t.Fatal(err)
	}
	return Options{KafkaHome: filepath.Join(dir, "kafka"), TempDir: temp, StateDir: filepath.Join(dir, "state")}
}

func TestJavaThatEnds(t *testing.T) {
	o := fakeJava(t, "echo cannot work here; exit 1\n")
	if _, err := Open(t.Context(), Spec{Java, 2}, o); err == nil || !strings.Contains(err.Error(), "has ended; its log is "+o.TempDir) || !strings.HasSuffix(err.Error(), "it said: cannot work here") {
		t.Errorf("Open = %v", err)
	}
	if _, err := Up(t.Context(), Java, 1, o); err == nil {
		t.Error("Up succeeded")
	}
	if s, err := ReadStatus(t.Context(), o); s != nil || err != nil {
		t.Errorf("after an Up that failed the state is %+v, %v", s, err)
	}
}

func TestJavaWithTakenPorts(t *testing.T) {
	var said strings.Builder
	o := fakeJava(t, `for last; do :; done; echo "java.net.BindException: Address already in use" >"${last%/*}/server.log"; exit 1`)
	o.Log = &said
	if _, err := Open(t.Context(), Spec{Java, 1}, o); err == nil {
		t.Error("Open succeeded")
	}
	if got := strings.Count(said.String(), "a port was taken meanwhile"); got != 2 {
		t.Errorf("it was tried again %d times, want 2; said %q", got, said.String())
	}
}

func TestNoJava(t *testing.T) {
	o := Options{KafkaHome: t.TempDir()}
	t.Setenv("JAVA_HOME", t.TempDir())
	if _, err := Open(t.Context(), Spec{Java, 1}, o); err == nil || !strings.Contains(err.Error(), "Java 17 or newer") {
		t.Errorf("without java: %v", err)
	}
	o = fakeJava(t, "")
	o.KafkaHome = t.TempDir()
	if _, err := Open(t.Context(), Spec{Java, 1}, o); err == nil || !strings.Contains(err.Error(), "set KAFKA_HOME to the folder that Kafka was unpacked to") {
		t.Errorf("without Kafka: %v", err)
	}
	o.KafkaHome, o.CacheDir = "", t.TempDir()
	t.Setenv("KAFKA_HOME", "")
	t.Setenv("PATH", t.TempDir())
	if _, err := Open(t.Context(), Spec{Java, 1}, o); err == nil || !strings.Contains(err.Error(), "install Maven") {
		t.Errorf("without Maven: %v", err)
	}
}

func TestJavaMajor(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		said string
		want int
	}{
		{`openjdk version "17.0.15" 2025-04-15`, 17},
		{"Picked up JAVA_TOOL_OPTIONS: -Dx\nopenjdk version \"25\" 2025-09-16", 25},
		{`openjdk version "22-ea"`, 22},
		{`java version "1.8.0_401"`, 8}, // how it was written up to 8
		{"The operation couldn't be completed. Unable to locate a Java Runtime.", 0},
		{`version "99999999999999999999"`, 0},
	} {
		if got := javaMajor(tt.said); got != tt.want {
			t.Errorf("javaMajor(%q) = %d, want %d", tt.said, got, tt.want)
		}
	}
}

func FuzzJavaMajor(f *testing.F) {
	f.Add(`openjdk version "17.0.15"`)
	f.Fuzz(func(t *testing.T, s string) {
		if n := javaMajor(s); n < 0 {
			t.Errorf("javaMajor(%q) = %d", s, n)
		}
	})
}

// fakeMaven puts a program in the place of mvn.
func fakeMaven(t *testing.T, script string) Options {
	t.Helper()
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "mvn"), []byte("#!/bin/sh\n"+script), 0o755); err != nil {
		t.Fatal(err)
	}
	t.Setenv("PATH", dir+":"+os.Getenv("PATH"))
	return Options{CacheDir: filepath.Join(dir, "cache"), Log: io.Discard}
}

// mavenWorks does what Maven does, and notes that it was called.
const mavenWorks = `for a; do case $a in -DoutputDirectory=*) libs=${a#*=};; esac; done
grep -q "<version>` + kafkaVersion + `<" pom.xml || exit 9
mkdir "$libs" && touch "$libs/kafka_2.13-` + kafkaVersion + `.jar" && echo x >>"${0%/*}/calls"
`

func TestFetch(t *testing.T) {
	o := fakeMaven(t, mavenWorks)
	dir := filepath.Join(o.CacheDir, "kafka-"+kafkaVersion)
	// What is left of an interrupted copy is no Kafka.
	if err := os.MkdirAll(filepath.Join(dir, "libs"), 0o755); err != nil {
		t.Fatal(err)
	}
	errs := make(chan error)
	for range 3 { // at once: one of them does it
		go func() { errs <- fetch(t.Context(), o, kafkaVersion, dir) }()
	}
	for range 3 {
		if err := <-errs; err != nil {
			t.Error(err)
		}
	}
	if v, err := versionOf(filepath.Join(dir, "libs")); v != kafkaVersion || err != nil {
		t.Errorf("version %q, %v", v, err)
	}
	if calls, err := os.ReadFile(filepath.Join(filepath.Dir(o.CacheDir), "calls")); string(calls) != "x\n" {
		t.Errorf("Maven was called %q, %v, want once", calls, err)
	}
	if parts, _ := filepath.Glob(filepath.Join(o.CacheDir, "*.part-*")); len(parts) != 0 {
		t.Errorf("%q is left", parts)
	}
}

func TestVersionToFetch(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ why, asked, want, lines string }{
		{"nobody asks", "", kafkaVersion, ""},
		{"an old one, which has a log of another kind", "3.3.1", "3.3.1", "log4j-1.2-api reload4j"},
		{"a new one", "4.10.0", "4.10.0", ""},
		{"it would need ZooKeeper", "2.8.2", "", ""},
		{"no version", "latest", "", ""},
		{"a path", "4.0.0/../..", "", ""},
		{"markup", "4.0.0</version>", "", ""},
		{"too short", "4.0", "", ""},
	} {
		got, err := Options{KafkaVersion: tt.asked}.version()
		if got != tt.want || (err == nil) != (tt.want != "") {
			t.Errorf("%s: version %q, %v, want %q", tt.why, got, err, tt.want)
		}
		for _, line := range []string{"log4j-1.2-api", "reload4j"} {
			if got != "" && strings.Contains(pomFor(got), line) != strings.Contains(tt.lines, line) {
				t.Errorf("%s: the pom has %s or lacks it wrongly:\n%s", tt.why, line, pomFor(got))
			}
		}
	}
}

func TestFetchFails(t *testing.T) {
	for _, tt := range []struct {
		what, script, want string
	}{
		{"no network", "echo '[ERROR] Unknown host'; exit 1", "Unknown host"},
		{"nothing came", "exit 0", "no Kafka in"},
	} {
		o := fakeMaven(t, tt.script)
		dir := filepath.Join(o.CacheDir, "kafka-"+kafkaVersion)
		if err := fetch(t.Context(), o, kafkaVersion, dir); err == nil || !strings.Contains(err.Error(), tt.want) || !strings.Contains(err.Error(), "set KAFKA_HOME") {
			t.Errorf("%s: %v, want %q", tt.what, err, tt.want)
		}
		if left, _ := filepath.Glob(dir + "*"); len(left) != 1 || !strings.HasSuffix(left[0], ".lock") {
			t.Errorf("%s: %q is left", tt.what, left)
		}
	}
}

func TestVersionOf(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	for _, name := range []string{"kafka_2.13-3.9.1-test.jar", "kafka_2.13-3.9.1.jar", "kafka-clients-3.9.1.jar", "kafka_2.13-x.jar"} {
		if err := os.WriteFile(filepath.Join(dir, name), nil, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if v, err := versionOf(dir); v != "3.9.1" || err != nil {
		t.Errorf("versionOf = %q, %v, want 3.9.1", v, err)
	}
}

func TestLock(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "sub", "lock")
	unlock, err := lock(t.Context(), file)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := lock(expired(t, 50*time.Millisecond), file); err == nil || !strings.Contains(err.Error(), "another kbench holds "+file) {
		t.Errorf("a lock that is taken: %v", err)
	}
	unlock()
	again, err := lock(t.Context(), file)
	if err != nil {
		t.Fatal(err)
	}
	again()
}

func TestWaitReadyOfNobody(t *testing.T) {
	t.Parallel()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	l.Close()
	dead := errors.New("dead")
	if _, err := waitReady(t.Context(), []string{l.Addr().String()}, func() error { return dead }); !errors.Is(err, dead) {
		t.Errorf("a broker that has ended: %v", err)
	}
	_, err = waitReady(expired(t, 50*time.Millisecond), []string{l.Addr().String()}, func() error { return nil })
	if !strings.Contains(fmt.Sprint(err), "no broker answers") && !strings.Contains(fmt.Sprint(err), "deadline") {
		t.Errorf("a broker that never answers: %v", err)
	}
}
