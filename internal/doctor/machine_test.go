package doctor

import (
	"testing"
	"testing/fstest"
	"time"

	"kbench/internal/host"
	"kbench/internal/run"
)

// quiet is a machine with which nothing is wrong.
func quiet() machine {
	return machine{
		facts: host.Facts{CPUs: 4, MemBytes: 8 << 30, Clock: "tsc", Governor: "performance", GOMAXPROCS: 4},
		usage: host.Usage{PressureCPU: 0.01, StealPart: 0, Throttled: 0}, available: 4 << 30, turbo: "off", procs: 5,
		look: 40 * time.Nanosecond, files: 4096, limits: run.DefaultLimits(),
	}
}

// levels returns the level of each check that is not ok.
func levels(checks []Check) map[string]Level {
	m := map[string]Level{}
	for _, c := range checks {
		if c.Level != OK {
			m[c.Name] = c.Level
		}
	}
	return m
}

// whole fails where a check lacks what every check has.
func whole(t *testing.T, checks []Check) {
	t.Helper()
	for _, c := range checks {
		if c.Part == "" || c.Name == "" || c.Level == "" || c.Said == "" || c.Figures == nil || (c.Do == "") != (c.Level == OK) {
			t.Errorf("%s of %q is not whole: %+v", c.Name, c.Part, c)
		}
	}
}

func TestMachine(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		why    string
		change func(*machine)
		check  string // "" for none
		want   Level
	}{
		{"nothing is wrong", func(*machine) {}, "", OK},
		{"a limit on the CPUs throttles", func(m *machine) { m.facts.CPULimit = 2.5 }, "cpus", Warn},
		{"a limit above what there is does not", func(m *machine) { m.facts.CPULimit = 8 }, "", OK},
		{"one CPU is too few", func(m *machine) { m.facts.CPUs = 1 }, "cpus", Warn},
		{"little memory is free", func(m *machine) { m.available = memoryLeast - 1 }, "memory", Warn},
		{"or allowed", func(m *machine) { m.facts.MemLimit = memoryLeast - 1 }, "memory", Warn},
		{"how much is free is not known: nothing to do about it", func(m *machine) { m.available = -1 }, "", OK},
		{"few files", func(m *machine) { m.files = filesLeast - 1 }, "open_files", Warn},
		{"no limit on files is not none", func(m *machine) { m.files = 0 }, "", OK},
		{"a clock that the kernel must be asked for", func(m *machine) { m.facts.Clock = "hpet" }, "clock", Warn},
		{"a good source that is slow all the same", func(m *machine) { m.look = time.Microsecond }, "clock", Warn},
		{"an unknown source that is fast", func(m *machine) { m.facts.Clock = "" }, "", OK},
		{"a CPU that slows down", func(m *machine) { m.facts.Governor = "powersave" }, "governor", Warn},
		{"a virtual machine shows none", func(m *machine) { m.facts.Governor, m.turbo = "", "" }, "", OK},
		{"others use the CPUs", func(m *machine) { m.usage.PressureCPU = 0.31 }, "cpu_pressure", Warn},
		{"a kernel that does not tell of it", func(m *machine) { m.usage.PressureCPU = -1 }, "cpu_pressure", Warn},
		{"the host takes CPU time", func(m *machine) { m.usage.StealPart = 0.021 }, "steal", Fail},
		{"a kernel that does not tell", func(m *machine) { m.usage.StealPart = -1 }, "steal", Warn},
		{"throttled", func(m *machine) { m.usage.Throttled = 1 }, "throttling", Fail},
		{"no limit, so nothing that could be told", func(m *machine) { m.usage.Throttled = -1 }, "", OK},
		{
			"a limit, and nothing is told", func(m *machine) { m.usage.Throttled, m.facts.CPULimit = -1, 8 },
			"throttling", Warn,
		},
		{
			"whether there is a limit is not known either",
			func(m *machine) { m.usage.Throttled, m.facts.Unknown = -1, []string{"cpu_limit_cores"} }, "throttling", Warn,
		},
	} {
		m := quiet()
		tt.change(&m)
		checks := m.checks()
		whole(t, checks)
		got := levels(checks)
		if want := tt.check == ""; want != (len(got) == 0) || got[tt.check] != tt.want && !want {
			t.Errorf("%s: got %v, want %q for %q", tt.why, got, tt.want, tt.check)
		}
	}
}

func TestUnknownIsNull(t *testing.T) {
	t.Parallel()
	m := quiet()
	m.usage = host.Usage{PressureCPU: -1, StealPart: -1, Throttled: -1}
	m.available, m.files, m.facts.Clock, m.facts.Governor, m.turbo = -1, -1, "", "", ""
	null := map[string][]string{
		"cpus": {"limit_cores"}, "memory": {"available_bytes", "limit_bytes"}, "open_files": {"limit"}, "clock": {"clocksource"},
		"governor": {"governor", "turbo"}, "cpu_pressure": {"part"}, "steal": {"part"}, "throttling": {"periods"},
	}
	for _, c := range m.checks() {
		for _, key := range null[c.Name] {
			if v, there := c.Figures[key]; !there || v != nil {
				t.Errorf("%s: %s is %v, want null", c.Name, key, v)
			}
		}
	}
}

func TestReadTree(t *testing.T) {
	t.Parallel()
	file := func(s string) *fstest.MapFile { return &fstest.MapFile{Data: []byte(s)} }
	const noTurbo, boost = "sys/devices/system/cpu/intel_pstate/no_turbo", "sys/devices/system/cpu/cpufreq/boost"
	for _, tt := range []struct {
		why       string
		tree      fstest.MapFS
		available int64
		turbo     string
	}{
		{"nothing there", fstest.MapFS{}, -1, ""},
		{"Intel, off", fstest.MapFS{"proc/meminfo": file("MemTotal: 9 kB\nMemAvailable:    2048 kB\n"), noTurbo: file("1\n")}, 2 << 20, "off"},
		{"Intel, on", fstest.MapFS{noTurbo: file("0\n")}, -1, "on"},
		{"others, on", fstest.MapFS{boost: file("1\n")}, -1, "on"},
		{"others, off", fstest.MapFS{boost: file("0\n")}, -1, "off"},
		{"no numbers", fstest.MapFS{"proc/meminfo": file("MemAvailable: many kB\n"), boost: file("yes\n")}, -1, ""},
		{"a number below zero", fstest.MapFS{"proc/meminfo": file("MemAvailable: -5 kB\n")}, -1, ""},
		{"another unit", fstest.MapFS{"proc/meminfo": file("MemAvailable: 5 MB\n")}, -1, ""},
	} {
		var m machine
		m.readTree(tt.tree)
		if m.available != tt.available || m.turbo != tt.turbo {
			t.Errorf("%s: got %d and %q, want %d and %q", tt.why, m.available, m.turbo, tt.available, tt.turbo)
		}
	}
}

func TestFolder(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	c := folder(dir + "/not/yet/there")
	whole(t, []Check{c})
	if n, ok := c.Figures["free_bytes"].(int64); c.Level == Fail || !ok || n <= 0 {
		t.Errorf("a folder that can be made: got %+v, want the room there is", c)
	}
	c = folder("machine_test.go/below")
	whole(t, []Check{c})
	if c.Level != Fail {
		t.Errorf("a folder below a file: got %+v, want a failure", c)
	}
}
