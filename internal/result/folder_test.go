package result

import (
	"errors"
	"io"
	"math"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"kbench/internal/driver"
	"kbench/internal/scenario"
)

func TestCreateNames(t *testing.T) {
	t.Parallel()
	parent := filepath.Join(t.TempDir(), "new", "results")
	for _, want := range []string{"acks_x-20261121T020304Z", "acks_x-20261121T020304Z-2", "acks_x-20261121T020304Z-3"} {
		f, err := Create(parent, "acks/x", start(), Manifest{})
		if err != nil {
			t.Fatal(err)
		}
		if f.Name() != want || f.Path() != filepath.Join(parent, want) {
			t.Errorf("got %s, want %s in %s", f.Path(), want, parent)
		}
	}
}

func TestCaseFiles(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("x", 300)
	f := create(t, Manifest{Plan: &scenario.Plan{Cases: []scenario.Case{{Name: "rate=50k/s"}, {Name: "rate=50k_s"}}}})
	tests := []struct{ why, name, want string }{
		{"plain", "acks=1,linger=5ms", "acks=1,linger=5ms"},
		{"a slash, first in the plan", "rate=50k/s", "rate=50k_s"},
		{"the same once made safe, later in the plan", "rate=50k_s", "rate=50k_s-708588b7"},
		{"the same where upper and lower case are one", "ACKS=1,linger=5ms", "ACKS=1,linger=5ms-10558885"},
		{"out of the folder", "../../etc", "_.._.._etc"},
		{"control characters and other letters", "a\x00b\nc é", "a_b_c__"},
		{"nothing", "", "_"},
		{"too long", long, long[:maxCaseFile]},
		{"too long, and the same up to there", long + "y", long[:maxCaseFile] + "-bb6bf88a"},
	}
	for range 2 { // asking again changes nothing
		for _, tt := range tests {
			if got := f.caseFile(tt.name); got != tt.want {
				t.Errorf("%s: got %q, want %q", tt.why, got, tt.want)
			}
		}
	}
	if got, want := f.HDRPath("a b", 2), filepath.Join(f.Path(), "hdr", "a_b.r2.hlog"); got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

func TestWriteFileKeepsTheOld(t *testing.T) {
	t.Parallel()
	f := create(t, Manifest{})
	text := func(s string, err error) func(io.Writer) error {
		return func(w io.Writer) error {
			_, e := io.WriteString(w, s)
			return errors.Join(e, err)
		}
	}
	if err := f.WriteFile("report.md", text("old", nil)); err != nil {
		t.Fatal(err)
	}
	broken := errors.New("no such column")
	err := f.WriteFile("report.md", text("half", broken))
	if !errors.Is(err, broken) || !strings.Contains(err.Error(), filepath.Join(f.Path(), "report.md")) {
		t.Errorf("got %v, want the path and the cause", err)
	}
	if got, _ := os.ReadFile(filepath.Join(f.Path(), "report.md")); string(got) != "old" {
		t.Errorf("got %q, want the old text", got)
	}
	if err := f.WriteFile("../outside", text("x", nil)); err == nil {
		t.Error("a file outside the folder was written")
	}
	noTemporary(t, f.Path())
}

func TestSaveTrialErrors(t *testing.T) {
	t.Parallel()
	f := create(t, Manifest{})
	err := f.SaveTrial(&Trial{Case: "nan", Repeat: 1, Status: StatusOK, Rates: Rates{AckedPerS: math.NaN()}})
	if err == nil || !strings.Contains(err.Error(), "nan.r1.json: json: unsupported value: NaN") {
		t.Errorf("got %v, want the file and the cause", err)
	}
	noTemporary(t, filepath.Join(f.Path(), recordsDir))
	if err := os.RemoveAll(filepath.Join(f.Path(), recordsDir)); err != nil {
		t.Fatal(err)
	}
	err = f.SaveTrial(&Trial{Case: "gone", Repeat: 1, Status: StatusOK})
	if !errors.Is(err, os.ErrNotExist) || strings.Contains(err.Error(), ".tmp") {
		t.Errorf("got %v, want that the folder is not there, without a temporary name", err)
	}
	file := filepath.Join(f.Path(), "file")
	write(t, file, "")
	if _, err := Create(file, "x", start(), Manifest{}); err == nil || !strings.Contains(err.Error(), "choose a folder that can be written, with --out") {
		t.Errorf("got %v, want what helps", err)
	}
}

func TestSecrets(t *testing.T) {
	t.Parallel()
	config := map[string]string{"sasl.password": "hunter2", "linger.ms": "5", "ssl.key.location": "/k.pem"}
	s := scenario.Scenario{
		Producer: &scenario.Producer{ProducerConfig: driver.ProducerConfig{Config: config}},
		Consumer: &scenario.Consumer{ConsumerConfig: driver.ConsumerConfig{Config: config, CommitEvery: driver.Every{Records: 1}}},
	}
	set := []scenario.Setting{{Path: "producer.config.sasl.jaas.config", Value: "hunter2"}}
	plan := &scenario.Plan{Source: "sasl.password: hunter2", Cases: []scenario.Case{{Name: "base", Set: set, Scenario: s}}}
	declared := &Comparison{A: "producer.acks=1 producer.config.sasl.password=hunter2 is hunter2", B: "client=franz"}
	f := create(t, Manifest{Plan: plan, Comparison: declared, Command: []string{
		"run", "a.yaml", "-X", "sasl.password=hunter2=", "--set=producer.config.sasl.password=hunter2", "--client-config=/secret.properties",
	}})
	save(t, f, &Trial{Case: "base", Repeat: 1, Status: StatusOK, Plan: s, Set: set, Client: Clients{Producer: &Client{Settings: config}}})
	for _, name := range []string{manifestFile, "records/base.r1.json"} {
		got, err := os.ReadFile(filepath.Join(f.Path(), name))
		if err != nil {
			t.Fatal(err)
		}
		if strings.Contains(string(got), "hunter2") || !strings.Contains(string(got), "/k.pem") {
			t.Errorf("%s: got %s", name, got)
		}
	}
	want := []string{"run", "a.yaml", "-X", "sasl.password=***", "--set=producer.config.sasl.password=***", "--client-config=/secret.properties"}
	if got := f.manifest.Command; !reflect.DeepEqual(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
	if c := f.manifest.Comparison; c.A != "producer.acks=1 producer.config.sasl.password=***" || c.B != declared.B || c == declared {
		t.Errorf("the sides of the comparison are %q and %q", c.A, c.B)
	}
	if config["sasl.password"] != "hunter2" || plan.Source == f.manifest.Plan.Source {
		t.Error("the caller's plan was changed, or nothing was masked")
	}
}

func noTemporary(t *testing.T, dir string) {
	t.Helper()
	left, err := filepath.Glob(filepath.Join(dir, ".*"))
	if err != nil || len(left) > 0 {
		t.Errorf("left over: %q (%v)", left, err)
	}
}
