//go:build e2e && e2e_gallery

package e2e

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"kbench/bench/lab"
	"kbench/internal/driver/security/certtest"
	"kbench/internal/result"
)

// galleryPage keeps, by scenario, what a real run of it said.
const galleryPage = "../docs/scenarios-gallery.md"

// TestGallery runs scenarios as their readers would, on a Kafka that is up and warm, and writes what they show into
// docs/scenarios-gallery.md. REPEATS stands for their own number of repeats, or pairs; one may be asked for by name; and what the
// folder KEEP has of an earlier time is reported again rather than run:
//
//	make gallery ONLY=burst REPEATS=3 KEEP=/var/tmp/gallery
func TestGallery(t *testing.T) {
	t.Run("one node", func(t *testing.T) {
		ownCluster(t)
		runScenario(t, warming, "--cluster", "running")
		for _, scenario := range []string{
			"group-protocols", "rebalance-storm", "duplicate-consumption", "backlog-drain", "share-group", "transactions-cost", "exactly-once",
			"hot-partition", "message-size-sweep", "many-partitions", "many-producers", "burst", "noisy-neighbour",
			"ramp-to-break", // last: it leaves the brokers with a gigabyte
		} {
			t.Run(scenario, func(t *testing.T) {
				args := repeated("--repeats", "run", scenario, "--cluster", "running", "--set", "preheat=0s")
				if scenario == "burst" { // larger ones leave kbench too little of two CPUs
					args = append(args, "--set", "message.size=200B")
				}
				exhibit(t, scenario, strings.Join(args, " "), args...)
			})
		}
	})
	t.Run("secured", func(t *testing.T) {
		s := upSecured(t)
		warmUp(t, s.kafka)
		tls := certtest.File(t, "tls.properties", "security.protocol=SSL\nssl.ca.location="+certtest.File(t, "ca.pem", s.ca.PEM)+"\n")
		t.Run("tls-cost", func(t *testing.T) {
			args := []string{"ab", "tls-cost", "--pairs", "8", "--set", "load.rate=5k/s"} // more leaves kbench too little of two CPUs
			exhibit(t, "tls-cost", strings.Join(args, " ")+" --a brokers=kafka1:9092 --b brokers=kafka1:9093 --b client-config=tls.properties",
				append(args, "--a", "brokers="+s.cluster.Brokers()[0], "--b", "brokers="+s.at(byTLS), "--b", "client-config="+tls)...)
		})
	})
}

// repeated adds the number of repeats to a command, if one is asked for.
func repeated(flag string, args ...string) []string {
	if n := os.Getenv("REPEATS"); n != "" {
		args = append(args, flag, n)
	}
	return args
}

// tries is how often a trial that kbench does not trust is run again: the machine may be busy for a while.
const tries = 4

// exhibit runs kbench until it trusts all that it measured, or has tried often enough, and puts its report into the section of a
// scenario, with the doubts that are left. shown is the command as people would give it.
func exhibit(t *testing.T, scenario, shown string, args ...string) {
	t.Helper()
	out := filepath.Join(cmp.Or(os.Getenv("KEEP"), t.TempDir()), scenario)
	if made, err := os.ReadDir(out); err != nil || len(made) == 0 {
		carriedOut(t, slices.Concat(args, []string{"--out", out})...)
	}
	folder := filepath.Join(out, fileNames(t, out)[0])
	r := opened(t, folder)
	for range tries {
		for _, trial := range untrusted(r) {
			if trial.Pair == nil { // a comparison runs its pairs again itself
				t.Logf("%s r%d again: %s", trial.Case, trial.Repeat, strings.Join(trial.Verdict.Reasons, "; "))
				again(t, folder, trial, args)
			}
		}
		r = opened(t, folder)
	}
	for _, trial := range untrusted(r) { // which stands in the section too, with the reason
		t.Logf("kbench does not trust repeat %d of %s: %s", trial.Repeat, trial.Case, strings.Join(trial.Verdict.Reasons, "; "))
	}
	carriedOut(t, "report", folder)
	for _, trial := range r.Trials {
		if trial.Status != result.StatusOK {
			t.Errorf("repeat %d of %s: %s: %s", trial.Repeat, trial.Case, trial.Status, trial.Failure)
		}
	}
	text, err := os.ReadFile(filepath.Join(folder, "report.md"))
	if err != nil {
		t.Fatal(err)
	}
	first := r.Trials[0]
	taken := fmt.Sprintf("Taken on %s with Kafka %s: %s.", first.Start[:len(time.DateOnly)], first.Cluster.Version, lab.Machine())
	section, err := exhibited(string(text), shown, taken)
	if err == nil {
		err = lab.WriteSection(galleryPage, "gallery "+scenario, section)
	}
	if err != nil {
		t.Error(err)
	}
}

// carriedOut runs kbench. A limit that a cluster broke, or a client, is an answer too: exit codes 1 and 4.
func carriedOut(t *testing.T, args ...string) {
	t.Helper()
	argv := slices.Concat([]string{"kbench"}, args)
	if args[0] != "report" {
		argv = append(argv, "--progress", "none")
	}
	if _, _, err := lab.Run(t.Context(), lab.Command{Argv: argv, OK: []int{1, 4}}); err != nil {
		t.Fatal(err)
	}
}

func opened(t *testing.T, folder string) *result.Run {
	t.Helper()
	r, err := result.Open(folder)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// untrusted returns the trials whose numbers kbench calls invalid, of the last attempt at each.
func untrusted(r *result.Run) []*result.Trial {
	return slices.DeleteFunc(slices.Clone(result.LastAttempts(r.Trials)), func(t *result.Trial) bool { return t.Verdict.Trust != result.TrustInvalid })
}

// again carries out one trial of a run anew, and puts its record in the place of the one that was there, if kbench trusts it.
func again(t *testing.T, folder string, old *result.Trial, args []string) {
	t.Helper()
	out := t.TempDir()
	carriedOut(t, slices.Concat(args, []string{"--only", old.Case, "--repeats", "1", "--out", out})...)
	anew := filepath.Join(out, fileNames(t, out)[0])
	trial := opened(t, anew).Trials[0]
	if trial.Verdict.Trust == result.TrustInvalid {
		return
	}
	name := strings.Replace(fileNames(t, filepath.Join(anew, "records"))[0], ".r1.json", fmt.Sprintf(".r%d.json", old.Repeat), 1)
	trial.Run, trial.ID, trial.Repeat, trial.Position = old.Run, old.ID, old.Repeat, old.Position
	err := result.WriteAtomic(filepath.Join(folder, "records", name), func(w io.Writer) error { return json.NewEncoder(w).Encode(trial) })
	if err != nil {
		t.Fatal(err)
	}
}

var (
	diagram = regexp.MustCompile("(?s)```mermaid\n.*?```\n\n?")
	events  = regexp.MustCompile("(?ms)^### Events$.*?(^##)")
	heading = regexp.MustCompile("(?m)^#")

	temporary = regexp.MustCompile(`/tmp/\S*/`) // where the test has its files
)

// exhibited is a report as a section of a page: one level down, without diagrams, the long list of events, and what explains the
// tables, which is the same in all.
func exhibited(text, shown, taken string) (string, error) {
	verdict, rest, ok := strings.Cut(text, "# ")
	body, _, ended := strings.Cut(rest, "\n## Reading this table")
	title, body, titled := strings.Cut(body, "\n")
	if !ok || !ended || !titled {
		return "", errors.New("the report has no title, or does not say how to read its table")
	}
	body = events.ReplaceAllString(diagram.ReplaceAllString(body, ""), "$1")
	body = temporary.ReplaceAllString(heading.ReplaceAllString(body, "##"), "")
	return fmt.Sprintf("## %s\n\n```\nkbench %s\n```\n\n%s\n\n%s%s", title, shown, taken, verdict, strings.TrimSpace(body)), nil
}
