package main

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/goccy/go-yaml"

	"kbench/internal/doctest"
)

// A ciStep is one shell script of a job in docs/ci.md.
type ciStep struct {
	file, job string
	flags     string // KBENCH_FLAGS of the job
	script    string
}

// ciFiles returns the files that docs/ci.md holds, by their name.
func ciFiles(t *testing.T) map[string]string {
	t.Helper()
	b, err := os.ReadFile("../../docs/ci.md")
	if err != nil {
		t.Fatal(err)
	}
	files := map[string]string{}
	for _, block := range doctest.Blocks(string(b)) {
		files[block.Title] = block.Text
	}
	return files
}

// githubSteps reads a workflow.
func githubSteps(t *testing.T, file, text string) (out []ciStep) {
	t.Helper()
	var workflow struct {
		On   any
		Jobs map[string]struct {
			RunsOn string `yaml:"runs-on"`
			Env    map[string]string
			Steps  []struct{ Uses, Run string }
		}
	}
	if err := yaml.Unmarshal([]byte(text), &workflow); err != nil || workflow.On == nil {
		t.Fatalf("%s: %v", file, err)
	}
	for name, job := range workflow.Jobs {
		if job.RunsOn == "" {
			t.Errorf("%s: job %s runs nowhere", file, name)
		}
		for _, s := range job.Steps {
			if (s.Run == "") == (s.Uses == "") {
				t.Errorf("%s: a step of job %s has one of run and uses", file, name)
			}
			if s.Run != "" {
				out = append(out, ciStep{file, name, job.Env["KBENCH_FLAGS"], s.Run})
			}
		}
	}
	return out
}

func gitlabSteps(t *testing.T, file, text string) (out []ciStep) {
	t.Helper()
	var jobs map[string]struct {
		Variables map[string]any
		Script    []string
		After     []string `yaml:"after_script"` // runs whatever became of the script
	}
	if err := yaml.Unmarshal([]byte(text), &jobs); err != nil {
		t.Fatalf("%s: %v", file, err)
	}
	for name, job := range jobs {
		flags, _ := job.Variables["KBENCH_FLAGS"].(string)
		for _, script := range slices.Concat(job.Script, job.After) {
			out = append(out, ciStep{file, name, flags, script})
		}
	}
	return out
}

// jenkinsSteps finds the stages, flags and shell steps of a pipeline by their form.
func jenkinsSteps(file, text string) (out []ciStep) {
	stage, flags := "", ""
	for _, m := range regexp.MustCompile(`stage\('(\w+)'\)|KBENCH_FLAGS = '([^']+)'|\bsh (?:'([^'\n]+)'|"([^"\n]+)")`).FindAllStringSubmatch(text, -1) {
		switch {
		case m[1] != "":
			stage, flags = m[1], ""
		case m[2] != "":
			flags = m[2]
		default:
			out = append(out, ciStep{file, stage, flags, m[3] + m[4]})
		}
	}
	return out
}

// ciSteps returns all steps, in their order within each file.
func ciSteps(t *testing.T, files map[string]string) (out []ciStep) {
	t.Helper()
	for _, name := range []string{"perf-gate", "perf-nightly", "perf-settings"} {
		file := ".github/workflows/" + name + ".yml"
		out = append(out, githubSteps(t, file, files[file])...)
	}
	out = append(out, gitlabSteps(t, ".gitlab-ci.yml", files[".gitlab-ci.yml"])...)
	return append(out, jenkinsSteps("Jenkinsfile", files["Jenkinsfile"])...)
}

// TestCIDocument holds that each workflow of docs/ci.md can be read and has the three jobs, and runs every command of
// kbench's in them. What other programs do with its output is run in e2e.
func TestCIDocument(t *testing.T) {
	t.Parallel()
	files := ciFiles(t)
	steps := ciSteps(t, files)
	var config map[string]any
	if err := yaml.Unmarshal([]byte(files["perf/otava.yaml"]), &config); err != nil || config["tests"] == nil {
		t.Errorf("perf/otava.yaml: %v", err)
	}
	for _, job := range []string{"gate", "nightly", "settings"} {
		t.Run(job, func(t *testing.T) {
			t.Parallel()
			var ran []string
			dir := t.TempDir()
			for name, text := range map[string]string{"perf/gate.yaml": files["perf/gate.yaml"], "base.yaml": files["perf/gate.yaml"], "perf/otava.yaml": files["perf/otava.yaml"]} {
				file := filepath.Join(dir, name)
				if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
					t.Fatal(err)
				}
				if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			systems := map[string]int{}
			for _, s := range steps {
				if s.job != job {
					continue
				}
				systems[s.file]++
				switch program, _, _ := strings.Cut(s.script, " "); program {
				case "kbench":
					s.check(t, dir)
					if !slices.Contains(ran, s.script) {
						ran = append(ran, s.script)
						s.run(t, dir)
					}
				case "git", "otava", "benchstat", "cp":
				default:
					t.Errorf("%s: %q is run by no test", s.file, s.script)
				}
			}
			if len(systems) != 3 || len(ran) < 2 {
				t.Errorf("job %s is in %v and has %d commands of kbench's, want it in three systems", job, systems, len(ran))
			}
		})
	}
}

// check holds the flags that a step really has to be right, without running it.
func (s ciStep) check(t *testing.T, dir string) {
	t.Helper()
	if strings.Contains(s.script, "$KBENCH_FLAGS") {
		if s.flags == "" {
			t.Errorf("%s: job %s has no KBENCH_FLAGS", s.file, s.job)
		}
		if code, out := shell(t, dir, s.script, s.flags+" --dry-run"); code != 0 {
			t.Errorf("%s: %s with %s: exit %d:\n%s", s.file, s.script, s.flags, code, out)
		}
	}
}

// run runs a step without a broker and for a moment only. What came out of that, a machine that was too busy among it, is not
// what this is about.
func (s ciStep) run(t *testing.T, dir string) {
	t.Helper()
	flags := "--set producer.client=null --set load.rate=2k/s --set load.warmup=0s --set load.measure=200ms"
	flags += map[string]string{
		"gate":     " --set producer.compression=none --pairs 7 --rest 0s",
		"nightly":  " --set producer.compression=none --repeats 2",
		"settings": " --set consumer=null --repeats 1",
	}[s.job]
	code, out := shell(t, dir, s.script, flags)
	if measured := strings.Contains(s.script, "$KBENCH_FLAGS"); code != 0 && (!measured || code != exitMissed && code != exitUntrusted) {
		t.Errorf("%s: %s: exit %d:\n%s", s.file, s.script, code, out)
	}
}

// shell runs a script as CI does, and returns its exit code and all that it said.
func shell(t *testing.T, dir, script, flags string) (code int, out string) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "bash", "-e", "-o", "pipefail", "-c", script)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "KBENCH_FLAGS="+flags, "KBENCH_BROKERS=", "PERF_HISTORY="+filepath.Join(dir, "history.csv"), "GITHUB_ACTIONS=", "GITHUB_STEP_SUMMARY=")
	b, err := cmd.CombinedOutput()
	if _, ok := errors.AsType[*exec.ExitError](err); err != nil && !ok {
		t.Fatalf("%s: %v", script, err)
	}
	return cmd.ProcessState.ExitCode(), string(b)
}
