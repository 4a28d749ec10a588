package main

import (
	"strings"
	"testing"

	"kbench/internal/doctor"
)

func TestDoctorCode(t *testing.T) {
	t.Parallel()
	check := func(p doctor.Part, l doctor.Level) doctor.Check { return doctor.Check{Part: p, Level: l} }
	for _, tt := range []struct {
		why    string
		checks []doctor.Check
		want   int
		sum    string
	}{
		{"all well", []doctor.Check{check(doctor.Machine, doctor.OK)}, 0, "1 check, all ok"},
		{"warnings fail nothing", []doctor.Check{check(doctor.Brokers, doctor.Warn), check(doctor.Floor, doctor.OK)}, 0, "2 checks, 1 warning"},
		{"trials would not be trusted", []doctor.Check{check(doctor.Floor, doctor.Fail)}, exitUntrusted, "1 check, 1 failed"},
		{"as on a throttled machine", []doctor.Check{check(doctor.Machine, doctor.Fail)}, exitUntrusted, "1 check, 1 failed"},
		{"a run would fail", []doctor.Check{check(doctor.Brokers, doctor.Fail)}, exitFailed, "1 check, 1 failed"},
		{"nothing could be kept", []doctor.Check{check(doctor.Results, doctor.Fail)}, exitFailed, "1 check, 1 failed"},
		{
			"failing outweighs not being trusted",
			[]doctor.Check{check(doctor.Floor, doctor.Fail), check(doctor.Ceiling, doctor.Fail), check(doctor.Machine, doctor.Warn)},
			exitFailed, "3 checks, 2 failed, 1 warning",
		},
	} {
		if got := doctorCode(tt.checks); got != tt.want {
			t.Errorf("%s: got %d, want %d", tt.why, got, tt.want)
		}
		if got := diagnosis(tt.checks); got != tt.sum {
			t.Errorf("%s: got %q, want %q", tt.why, got, tt.sum)
		}
	}
}

func TestPrintCheck(t *testing.T) {
	t.Parallel()
	var b strings.Builder
	printCheck(&b, doctor.Check{Part: doctor.Machine, Name: "cpus", Level: doctor.OK, Said: "4"}, true)
	printCheck(&b, doctor.Check{Part: doctor.Machine, Name: "governor", Level: doctor.Warn, Said: "powersave", Do: "set performance"}, false)
	const want = `machine
  ok    cpus            4
  warn  governor        powersave
                        to do: set performance
`
	if got := b.String(); got != want {
		t.Errorf("got:\n%swant:\n%s", got, want)
	}
}
