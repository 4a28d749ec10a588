package main

import (
	"encoding/json"
	"fmt"
	"io"
	"os"
	"sync"
	"time"

	"kbench/internal/result"
	"kbench/internal/run"
	"kbench/internal/scenario"
	"kbench/internal/unit"
)

// plainEvery is the time between lines of plain progress.
const plainEvery = 5 * time.Second

// A progress tells on standard error where a run stands. Safe for concurrent use.
type progress struct {
	mode string // tty, plain, json or none
	w    io.Writer

	mu    sync.Mutex
	last  time.Time // of the last plain line
	phase string
	open  bool // a tty line stands without its end
}

func newProgress(mode string, quiet bool, w io.Writer) (*progress, error) {
	switch mode {
	case "auto":
		mode = "plain"
		if isTerminal(w) {
			mode = "tty"
		}
	case "tty", "plain", "json", "none":
	default:
		return nil, fmt.Errorf("--progress %s: it is auto, tty, plain, json or none", mode)
	}
	if quiet {
		mode = "none"
	}
	return &progress{mode: mode, w: w}, nil
}

func isTerminal(w io.Writer) bool {
	f, ok := w.(*os.File)
	if !ok {
		return false
	}
	info, err := f.Stat()
	return err == nil && info.Mode()&os.ModeCharDevice != 0 && os.Getenv("TERM") != "dumb"
}

// begin tells what is about to be run.
func (p *progress) begin(plan *scenario.Plan) {
	if p.mode == "tty" || p.mode == "plain" {
		fmt.Fprintf(p.w, "%s: %s, about %s\n", plan.Name, trialsOf(plan), lengthOf(plan))
	}
}

// tell takes one progress report a second, and phases as they begin.
func (p *progress) tell(r run.Progress) {
	p.mu.Lock()
	defer p.mu.Unlock()
	switch p.mode {
	case "json":
		b, err := json.Marshal(r)
		if err == nil {
			fmt.Fprintf(p.w, "%s\n", b)
		}
	case "tty":
		fmt.Fprintf(p.w, "\r\x1b[K%s", progressLine(r))
		p.open = true
	case "plain":
		if now := time.Now(); r.Phase != p.phase || now.Sub(p.last) >= plainEvery {
			p.last, p.phase = now, r.Phase
			fmt.Fprintln(p.w, progressLine(r))
		}
	}
}

// trial tells that one has ended.
func (p *progress) trial(t *result.Trial) {
	if p.mode != "tty" && p.mode != "plain" {
		return
	}
	p.end()
	line := fmt.Sprintf("%s r%d: %s", t.Case, t.Repeat, t.Status)
	if t.Search != nil {
		line += ", " + searchLine(t.Search)
	}
	if t.Failure != "" {
		line += ": " + t.Failure
	}
	for _, reason := range t.Verdict.Reasons {
		line += "; " + t.Verdict.Trust + ": " + reason
	}
	fmt.Fprintln(p.w, line)
}

// end finishes an open line.
func (p *progress) end() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.open {
		fmt.Fprint(p.w, "\r\x1b[K")
		p.open = false
	}
}

func progressLine(r run.Progress) string {
	line := r.Case
	if r.Trial > 0 {
		line = fmt.Sprintf("[%d/%d] %s r%d", r.Trial, r.Trials, r.Case, r.Repeat)
	}
	if r.Phase != "" {
		return line + ": " + r.Phase
	}
	line += fmt.Sprintf(": %s", r.At.Round(time.Second))
	if r.Of > 0 {
		line += fmt.Sprintf(" of %s", r.Of.Round(time.Second))
	}
	if r.Warmup {
		line += " (warm-up)"
	}
	if r.OfferedPerS > 0 {
		line += fmt.Sprintf(", offered %s/s, acked %s/s", unit.Human(r.OfferedPerS), unit.Human(r.AckedPerS))
	}
	if r.ConsumedPerS > 0 {
		line += fmt.Sprintf(", consumed %s/s", unit.Human(r.ConsumedPerS))
	}
	if r.ResponseP99 > 0 {
		line += ", p99 " + unit.HumanDuration(r.ResponseP99)
	}
	if r.Failed > 0 {
		line += fmt.Sprintf(", %d failed", r.Failed)
	}
	return line
}
