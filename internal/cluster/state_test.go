package cluster

import (
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// put writes a state file with these contents, and returns options that point to it.
func put(t *testing.T, text string) Options {
	t.Helper()
	o := Options{StateDir: t.TempDir()}
	if err := os.WriteFile(stateFile(o), []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	return o
}

func TestDamagedState(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		what, text string
	}{
		{"nothing", ""},
		{"half of it", `{"engine": "java", "no`},
		{"another kbench's", `{"engine": "wasm", "nodes": 1, "dir": "/x"}`},
		{"no nodes", `{"engine": "java", "nodes": 0, "dir": "/x"}`},
		{"an engine that does not stay", `{"engine": "embedded", "nodes": 1, "dir": "/x"}`},
		// Down removes the folder: it must not be anything but kbench's.
		{"a folder that depends on where one is", `{"engine": "java", "nodes": 1, "dir": "x"}`},
		{"the root", `{"engine": "java", "nodes": 1, "dir": "/x/.."}`},
		// To signal pid -1 is to signal everybody.
		{"everybody", `{"engine": "java", "nodes": 1, "dir": "/x", "jvms": [{"process": {"pid": -1}}]}`},
		{"no node", `{"engine": "java", "nodes": 1, "dir": "/x", "jvms": [null]}`},
		{"more nodes than it says", `{"engine": "java", "nodes": 1, "dir": "/x", "jvms": [{}, {}]}`},
	} {
		o := put(t, tt.text)
		_, status := ReadStatus(t.Context(), o)
		_, down := Down(t.Context(), o)
		_, up := Up(t.Context(), Java, 1, o)
		for _, err := range []error{status, down, up} {
			if err == nil || !strings.Contains(err.Error(), stateFile(o)+" is damaged") || strings.Contains(err.Error(), "%!") || strings.Contains(err.Error(), "\n") {
				t.Errorf("%s: %v, want a word about the damage, on one line", tt.what, err)
			}
		}
	}
}

func FuzzReadState(f *testing.F) {
	f.Add([]byte(`{"engine":"java","nodes":1,"dir":"/x","jvms":[{"id":1,"process":{"pid":7,"start":"8"}}]}`))
	f.Add([]byte(`{"engine":"docker","nodes":3,"dir":"/x"}`))
	f.Add([]byte(`{`))
	f.Fuzz(func(t *testing.T, b []byte) {
		s, err := parseState(b)
		if err != nil {
			return
		}
		for _, n := range s.JVMs {
			if n.Process.PID < 0 {
				t.Fatalf("pid %d was accepted", n.Process.PID)
			}
		}
		again, err := json.Marshal(s)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := parseState(again); err != nil {
			t.Fatalf("%s was accepted, and %s is not: %v", b, again, err)
		}
	})
}

func TestStaleState(t *testing.T) {
	t.Parallel()
	// This very process has the pid, and another one had it when the state was written.
	self, err := identify(os.Getpid())
	if err != nil {
		t.Fatal(err)
	}
	self.Start = "before"
	dir := filepath.Join(t.TempDir(), "kafka")
	if err := os.Mkdir(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	o := Options{StateDir: t.TempDir()}
	err = writeState(o, &State{Engine: Java, Count: 1, Dir: dir, Started: time.Now(), JVMs: []*jvm{{ID: 1, Addr: "127.0.0.1:1", Process: self}}})
	if err != nil {
		t.Fatal(err)
	}
	st, err := ReadStatus(t.Context(), o)
	if err != nil || !st.Stale() || st.Whole() {
		t.Errorf("ReadStatus = %+v, %v, want stale", st, err)
	}
	if _, err := Open(t.Context(), Spec{Engine: Running}, o); err == nil || !strings.Contains(err.Error(), "is not running any more: run kbench cluster up again") {
		t.Errorf("Open = %v", err)
	}
	if was, err := Down(t.Context(), o); err != nil || was == nil {
		t.Errorf("Down = %+v, %v", was, err)
	}
	if _, err := os.Stat(dir); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("the data are left: %v", err)
	}
}

func TestNothingIsUp(t *testing.T) {
	t.Parallel()
	o := Options{StateDir: filepath.Join(t.TempDir(), "not-yet")}
	if st, err := ReadStatus(t.Context(), o); st != nil || err != nil {
		t.Errorf("ReadStatus = %+v, %v, want nothing", st, err)
	}
	if was, err := Down(t.Context(), o); was != nil || err != nil {
		t.Errorf("Down = %+v, %v, want nothing", was, err)
	}
	if _, err := Open(t.Context(), Spec{Engine: Running}, o); err == nil || !strings.Contains(err.Error(), "run kbench cluster up first") {
		t.Errorf("Open = %v", err)
	}
}

func TestUpRefuses(t *testing.T) {
	t.Parallel()
	o := Options{StateDir: t.TempDir()}
	for _, tt := range []struct {
		engine Engine
		nodes  int
		want   string
	}{
		{Embedded, 1, "cannot stay"},
		{Running, 0, "java or docker"},
		{"podman", 1, `engine "podman" is not known`},
		{Java, 0, "it is 1 to 9"},
		{Docker, 2, "it is 1 or 3"},
	} {
		if _, err := Up(t.Context(), tt.engine, tt.nodes, o); err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("Up(%s, %d) = %v, want %q", tt.engine, tt.nodes, err, tt.want)
		}
	}
	// Another kbench that brings a cluster up or down goes first.
	unlock, err := lock(t.Context(), filepath.Join(o.StateDir, "cluster.lock"))
	if err != nil {
		t.Fatal(err)
	}
	defer unlock()
	if _, err := Up(expired(t, 0), Java, 1, o); err == nil || !strings.Contains(err.Error(), "another kbench holds") {
		t.Errorf("Up while another one is at it = %v", err)
	}
}
