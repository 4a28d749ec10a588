// Package doctest runs what documents tell people to run, so that no document says what does not work. It is for tests.
//
// A document's blocks are taken in their order, in one fresh folder, as somebody does who follows it:
//
//	```sh                          is run by bash, and must end with 0
//	```sh kafka                    likewise, where there is an Apache Kafka
//	```yaml                        is a scenario, which kbench must find valid
//	```yaml title="NAME"           is one too, and the file NAME is there from the beginning
//	```yaml foreign title="NAME"   is a file of another program's
//
// All others are for people only. kbench is stood for by kbench.sh, which takes the brokers that are there instead of those that a
// command names, and shortens what would take long; programs that would change the machine are stood for by scripts that
// do nothing. It lies at bin/kbench, where make builds it, and nowhere on the path until the document puts it there. What a block
// makes of the path holds for those after it.
package doctest

import (
	"context"
	_ "embed"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"
)

//go:embed kbench.sh
var kbenchScript string

// blockLimit ends a block that does not end by itself.
const blockLimit = 5 * time.Minute

// A Block is a fenced block of a document.
type Block struct {
	Line  int      // of its fence, from 1
	Words []string // behind the fence, the title left out: the language first
	Title string
	Text  string
}

// is reports whether a block has all of words, the language among them.
func (b Block) is(words ...string) bool {
	return !slices.ContainsFunc(words, func(w string) bool { return !slices.Contains(b.Words, w) })
}

var (
	fence = regexp.MustCompile("(?ms)^```([^\n`]+)\n(.*?)^```$")
	title = regexp.MustCompile(`title="([^"]*)"`)
)

// Blocks returns the blocks of a document that say what they hold.
func Blocks(document string) (out []Block) {
	for _, m := range fence.FindAllStringSubmatchIndex(document, -1) {
		info := document[m[2]:m[3]]
		b := Block{Line: 1 + strings.Count(document[:m[0]], "\n"), Text: document[m[4]:m[5]]}
		if t := title.FindStringSubmatch(info); t != nil {
			b.Title = t[1]
		}
		b.Words = strings.Fields(title.ReplaceAllString(info, ""))
		out = append(out, b)
	}
	return out
}

// Options say where a document is run.
type Options struct {
	Kbench string   // the program; empty: the one on the path
	Root   string   // of the repository, whose Makefile has the targets that documents name
	OnPath bool     // kbench is on the path from the beginning: the document is for those who have it
	Kafka  bool     // a cluster that kbench cluster up has started is there, and is used instead of the embedded broker
	Env    []string // NAME=VALUE, over the process's own
}

// Run runs a document.
func Run(t *testing.T, file string, o Options) {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	r := newRunner(t, o)
	blocks, ran := Blocks(string(text)), 0
	for _, b := range blocks {
		if b.Title != "" {
			r.write(t, filepath.Join(r.dir, filepath.FromSlash(b.Title)), b.Text, 0o644)
		}
	}
	for _, b := range blocks {
		at := fmt.Sprintf("%s:%d", file, b.Line)
		switch {
		case b.is("sh") && (o.Kafka || !b.is("kafka")):
			ran++
			r.run(t, at, b.Text)
		case b.is("yaml") && !b.is("foreign"):
			ran++
			name := b.Title
			if name == "" {
				name = fmt.Sprintf("block-%d.yaml", b.Line)
				r.write(t, filepath.Join(r.dir, name), b.Text, 0o644)
			}
			r.run(t, at, "bin/kbench validate '"+name+"'")
		}
	}
	if ran == 0 {
		t.Errorf("%s: nothing in it was run", file)
	}
}

// A runner is the folder in which a document is run.
type runner struct {
	dir  string
	env  []string
	path string // as the last block has left it
}

func newRunner(t *testing.T, o Options) *runner {
	t.Helper()
	bin, dir, home := t.TempDir(), t.TempDir(), t.TempDir()
	r := &runner{dir: dir}
	program := o.Kbench
	if program == "" {
		var err error
		if program, err = exec.LookPath("kbench"); err != nil {
			t.Fatal(err)
		}
	}
	r.write(t, filepath.Join(dir, "bin", "kbench"), kbenchScript, 0o755)
	r.write(t, filepath.Join(bin, "kbench"), "#!/bin/sh\necho 'kbench: command not found' >&2\nexit 127\n", 0o755) // which this machine may have
	r.path = bin + string(os.PathListSeparator) + os.Getenv("PATH")
	if o.OnPath {
		r.path = filepath.Join(dir, "bin") + string(os.PathListSeparator) + r.path
	}
	const knows = "#!/bin/sh\n" +
		`for target; do grep -q "^$target:" "$KBENCH_MAKEFILE" || { echo "the Makefile has no $target" >&2; exit 2; }; done` + "\n"
	const clones = "#!/bin/sh\nfor url; do :; done\nfolder=$(basename \"$url\" .git)\n" + `mkdir -p "$folder" && ln -s ../bin "$folder/bin"` + "\n"
	r.write(t, filepath.Join(bin, "make"), knows, 0o755)
	r.write(t, filepath.Join(bin, "git"), clones, 0o755)
	for _, other := range []string{"apt", "apt-get", "sudo", "docker", "man"} {
		r.write(t, filepath.Join(bin, other), "#!/bin/sh\n", 0o755)
	}
	makefile, err := filepath.Abs(filepath.Join(o.Root, "Makefile"))
	if err != nil {
		t.Fatal(err)
	}
	cluster := ""
	if o.Kafka {
		cluster = "running"
	}
	r.env = slices.Concat(os.Environ(), []string{
		"KBENCH_REAL=" + program, "KBENCH_MAKEFILE=" + makefile, "KBENCH_TEST_CLUSTER=" + cluster,
		"HOME=" + home, "XDG_STATE_HOME=" + home + "/state", "XDG_CACHE_HOME=" + home + "/cache",
		"KBENCH_BROKERS=", "GITHUB_ACTIONS=", "GITHUB_STEP_SUMMARY=",
	}, o.Env)
	return r
}

func (r *runner) write(t *testing.T, file, text string, mode os.FileMode) {
	t.Helper()
	err := os.MkdirAll(filepath.Dir(file), 0o755)
	if err == nil {
		err = os.WriteFile(file, []byte(text), mode)
	}
	if err != nil {
		t.Fatal(err)
	}
}

// run runs a script as somebody does who pastes it, but stops at the first command that fails.
func (r *runner) run(t *testing.T, at, script string) {
	t.Helper()
	if out, err := r.try(t, script); err != nil {
		t.Errorf("%s: %v:\n%s\n%s", at, err, script, out)
	}
}

// try runs a script, and returns what it has said.
func (r *runner) try(t *testing.T, script string) (out []byte, err error) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), blockLimit)
	defer cancel()
	leaves := filepath.Join(t.TempDir(), "path")
	cmd := exec.CommandContext(ctx, "bash", "-e", "-o", "pipefail", "-c", `trap 'printf %s "$PATH" >"$PATH_LEFT"' EXIT`+"\n"+script)
	cmd.Dir, cmd.Env, cmd.WaitDelay = r.dir, append(slices.Clip(r.env), "PATH="+r.path, "PATH_LEFT="+leaves), 10*time.Second
	out, err = cmd.CombinedOutput()
	if left, e := os.ReadFile(leaves); e == nil {
		r.path = string(left)
	}
	return out, err
}
