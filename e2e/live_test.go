//go:build e2e

package e2e

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"
)

// null measures kbench alone: it needs no Kafka, and is over soon.
const null = `
name: floor
load: {rate: 5k/s, warmup: 1s, measure: 6s, drain: 5s}
producer: {client: "null"}
matrix: {message.size: [100B, 200B]}
repeats: 1
order: listed
`

// A tmux is a terminal whose screen can be read. It has a server of its own.
type tmux struct {
	t      *testing.T
	socket string
}

// newTmux starts a shell in a window of a size, whose locale is UTF-8 and which is not in CI.
func newTmux(t *testing.T, columns, rows int) tmux {
	t.Helper()
	needs(t, "tmux")
	m := tmux{t, filepath.Join(t.TempDir(), "tmux")}
	m.do("-f", "/dev/null", "-u", "new-session", "-d", "-x", strconv.Itoa(columns), "-y", strconv.Itoa(rows),
		"env", "LC_ALL=C.UTF-8", "CI=", "NO_COLOR=", "PS1=$ ", "sh")
	t.Cleanup(func() { _ = exec.Command("tmux", "-S", m.socket, "kill-server").Run() })
	m.await("prompt", func(s string) bool { return strings.HasPrefix(s, "$") })
	return m
}

// do runs a command of tmux, and returns what it says.
func (m tmux) do(args ...string) string {
	m.t.Helper()
	out, err := exec.Command("tmux", append([]string{"-S", m.socket}, args...)...).CombinedOutput()
	if err != nil {
		m.t.Fatalf("tmux %v: %v: %s", args, err, out)
	}
	return string(out)
}

// run types a command.
func (m tmux) run(command string) {
	m.t.Helper()
	m.do("send-keys", "-l", command)
	m.do("send-keys", "Enter")
}

// screen returns what can be seen; all, what has scrolled by too, with broken lines joined.
func (m tmux) screen() string { return m.do("capture-pane", "-p") }
func (m tmux) all() string    { return m.do("capture-pane", "-p", "-J", "-S", "-") }

// await returns the screen as soon as it fits.
func (m tmux) await(what string, fits func(screen string) bool) string {
	m.t.Helper()
	for limit := time.Now().Add(time.Minute); time.Now().Before(limit); <-time.After(50 * time.Millisecond) {
		if s := m.screen(); fits(s) {
			return s
		}
	}
	m.t.Fatalf("no %s in a minute:\n%s", what, m.all())
	return ""
}

// scenarioFile writes a scenario into a folder of its own.
func scenarioFile(t *testing.T, text string) (file, out string) {
	t.Helper()
	dir := t.TempDir()
	file = filepath.Join(dir, "scenario.yaml")
	if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	return file, filepath.Join(dir, "results")
}

// isView holds a screen to one view of a trial, whole and with nothing of another one.
func isView(t *testing.T, screen string, columns int) {
	t.Helper()
	for _, once := range []string{`(?m)^floor: trial \d of 2: `, `(?m)^rate +offered 5.00 k/s, acked `, `(?m)^lag `, `(?m)^response `, `(?m)^errors +none$`, `(?m)^acked/s `, `(?m)^p99 `} {
		if n := len(regexp.MustCompile(once).FindAllString(screen, -1)); n != 1 {
			t.Errorf("%s is there %d times:\n%s", once, n, screen)
		}
	}
	for _, line := range strings.Split(screen, "\n") {
		if n := len([]rune(line)); n > columns {
			t.Errorf("%d columns, want %d at most: %s", n, columns, line)
		}
	}
}

// isOver holds what a run has left on the terminal to what it has told, once and without a view.
func isOver(t *testing.T, all string) {
	t.Helper()
	for _, once := range []string{`(?m)^floor: 2 cases, 2 trials, about 14s *$`, `(?m)^\S*size=100B r1: ok`, `(?m)^\S*size=200B r1: ok`, `(?m)^rc=[04] *$`} {
		if n := len(regexp.MustCompile(once).FindAllString(all, -1)); n != 1 {
			t.Errorf("%s is there %d times:\n%s", once, n, all)
		}
	}
	for _, none := range []string{`(?m)^rate +offered`, `(?m)^floor: trial`, `[█▁]`} {
		if found := regexp.MustCompile(none).FindString(all); found != "" {
			t.Errorf("%q is left:\n%s", found, all)
		}
	}
}

// isWhole holds what is printed at last, the table among it, to lines that the terminal does not break: from the verdict to the files.
func isWhole(t *testing.T, all string, columns int) {
	t.Helper()
	_, text, printed := strings.Cut(all, "Trust: ")
	text, _, told := strings.Cut(text, "\nreports: ")
	if !printed || !told || !strings.Contains(text, "produced") {
		t.Errorf("there is no table:\n%s", all)
	}
	for line := range strings.Lines(text) {
		if n := len([]rune(strings.TrimRight(line, " \n"))); n > columns {
			t.Errorf("%d columns, want %d at most: %s", n, columns, line)
		}
	}
}

// TestLiveView looks at the view as a person does, in windows of several sizes, one of which changes meanwhile.
func TestLiveView(t *testing.T) {
	for _, tt := range []struct{ columns, rows, thenColumns, thenRows int }{
		{80, 24, 60, 20},
		{80, 24, 200, 50},
		{200, 50, 80, 24},
		{200, 50, 70, 30},
	} {
		t.Run(strconv.Itoa(tt.columns)+" to "+strconv.Itoa(tt.thenColumns), func(t *testing.T) {
			t.Parallel()
			file, out := scenarioFile(t, null)
			m := newTmux(t, tt.columns, tt.rows)
			m.run("kbench run " + file + " -o " + out + "; echo rc=$?")
			loaded := func(trial string) func(string) bool {
				return func(s string) bool {
					return strings.Contains(s, "floor: trial "+trial) && strings.Contains(s, "offered 5.00 k/s") && strings.Contains(s, "\np99")
				}
			}
			isView(t, m.await("view", loaded("1")), tt.columns)
			m.do("resize-window", "-x", strconv.Itoa(tt.thenColumns), "-y", strconv.Itoa(tt.thenRows))
			isView(t, m.await("view of the second trial", loaded("2")), tt.thenColumns)
			m.await("end", regexp.MustCompile(`(?m)^rc=\d`).MatchString) // as it is typed, there is no number
			isOver(t, m.all())
			isWhole(t, m.all(), tt.thenColumns)
			if got := m.do("display-message", "-p", "#{cursor_flag} #{wrap_flag}"); got != "1 1\n" {
				t.Errorf("cursor and wrapping are %q, want both", got)
			}
		})
	}
}

// TestLiveViewInterrupted ends it by Ctrl-C.
func TestLiveViewInterrupted(t *testing.T) {
	t.Parallel()
	file, out := scenarioFile(t, null)
	m := newTmux(t, 80, 24)
	m.run("kbench run " + file + " -o " + out + "; echo rc=$?")
	m.await("view", func(s string) bool { return strings.Contains(s, "floor: trial 1") })
	m.do("send-keys", "C-c")
	m.await("end", func(s string) bool { return strings.Contains(s, "rc=130") })
	all := m.all()
	if !strings.Contains(all, "kbench: stopping; results so far are kept") || strings.Contains(all, "floor: trial") || !strings.Contains(all, "size=100B r1: interrupted") {
		t.Errorf("it left\n%s", all)
	}
	if got := m.do("display-message", "-p", "#{cursor_flag} #{wrap_flag}"); got != "1 1\n" {
		t.Errorf("cursor and wrapping are %q, want both", got)
	}
}

// TestLiveElsewhere runs where there is no terminal, or one that nobody looks at: nothing may steer it.
func TestLiveElsewhere(t *testing.T) {
	t.Parallel()
	needs(t, "script")
	for _, tt := range []struct {
		why   string
		env   []string
		under bool // script, which has a terminal
		view  bool
	}{
		{"a pipe", nil, false, false},
		{"a terminal that is recorded", nil, true, true},
		{"without colours", []string{"NO_COLOR=1"}, true, true},
		{"a terminal in CI", []string{"CI=true"}, true, false},
		{"a terminal that can't be drawn on", []string{"TERM=dumb"}, true, false},
	} {
		t.Run(tt.why, func(t *testing.T) {
			t.Parallel()
			file, out := scenarioFile(t, strings.ReplaceAll(null, "measure: 6s", "measure: 2s"))
			line := "kbench run " + file + " -o " + out
			cmd := exec.Command("sh", "-c", line)
			if tt.under {
				cmd = exec.Command("script", "--quiet", "--return", "--command", line, "/dev/null")
			}
			cmd.Env = append(os.Environ(), append([]string{"CI=", "NO_COLOR=", "TERM=xterm"}, tt.env...)...)
			b, err := cmd.CombinedOutput()
			if code := cmd.ProcessState.ExitCode(); code != 0 && code != 4 {
				t.Fatalf("%v:\n%s", err, b)
			}
			text := string(b)
			if got := strings.Contains(text, "\x1b["); got != tt.view {
				t.Errorf("it steers a terminal: %v, want %v:\n%q", got, tt.view, text)
			}
			if strings.Contains(text, "\x1b[1m") != (tt.view && tt.env == nil) {
				t.Errorf("the title is bold, or it is not:\n%q", text)
			}
			if tt.view && strings.LastIndex(text, "\x1b[?7h") < strings.LastIndex(text, "\x1b[?7l") {
				t.Errorf("wrapping is left off:\n%q", text)
			}
			if n := strings.Count(text, "size=100B r1: ok"); n != 1 {
				t.Errorf("the first trial has ended %d times:\n%q", n, text)
			}
		})
	}
}
