//go:build e2e && e2e_gallery

package e2e

import (
	"cmp"
	"errors"
	"fmt"
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
				exhibit(t, scenario, strings.Join(args, " "), args...)
			})
		}
	})
	t.Run("secured", func(t *testing.T) {
		s := upSecured(t)
		warmUp(t, s.kafka)
		tls := certtest.File(t, "tls.properties", "security.protocol=SSL\nssl.ca.location="+certtest.File(t, "ca.pem", s.ca.PEM)+"\n")
		t.Run("tls-cost", func(t *testing.T) {
			args := []string{"ab", "tls-cost", "--pairs", "8"}
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

// tries is how often a scenario is run that kbench does not trust: the machine may be busy for a while.
const tries = 3

// exhibit runs kbench until it trusts what it measured, and puts its report into the section of a scenario. shown is the command as
// people would give it.
func exhibit(t *testing.T, scenario, shown string, args ...string) {
	t.Helper()
	out := filepath.Join(cmp.Or(os.Getenv("KEEP"), t.TempDir()), scenario)
	var r *result.Run
	var folder string
	for range tries {
		argv := slices.Concat([]string{"kbench"}, args, []string{"--out", out, "--progress", "none"})
		if made, err := os.ReadDir(out); err == nil && len(made) > 0 && r == nil {
			argv = []string{"kbench", "report", filepath.Join(out, made[len(made)-1].Name())}
		}
		// A limit that a cluster broke, or a client, is an answer too: exit codes 1 and 4.
		if _, _, err := lab.Run(t.Context(), lab.Command{Argv: argv, OK: []int{1, 4}}); err != nil {
			t.Fatal(err)
		}
		made := fileNames(t, out)
		folder = filepath.Join(out, made[len(made)-1])
		var err error
		if r, err = result.Open(folder); err != nil {
			t.Fatal(err)
		}
		if !untrusted(t, r) {
			break
		}
	}
	if untrusted(t, r) {
		t.Errorf("kbench trusts none of %d runs of %s: it has no new section", tries, scenario)
		return
	}
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

// untrusted says whether kbench calls a trial of a run invalid, and logs why.
func untrusted(t *testing.T, r *result.Run) (any bool) {
	t.Helper()
	for _, trial := range result.LastAttempts(r.Trials) {
		if trial.Verdict.Trust == result.TrustInvalid {
			any = true
			t.Logf("%s r%d: %s", trial.Case, trial.Repeat, strings.Join(trial.Verdict.Reasons, "; "))
		}
	}
	return any
}

var (
	diagram = regexp.MustCompile("(?s)```mermaid\n.*?```\n\n?")
	events  = regexp.MustCompile("(?ms)^### Events$.*?(^##)")
	heading = regexp.MustCompile("(?m)^#")
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
	body = heading.ReplaceAllString(body, "##")
	return fmt.Sprintf("## %s\n\n```\nkbench %s\n```\n\n%s\n\n%s%s", title, shown, taken, verdict, strings.TrimSpace(body)), nil
}
