package driver

import "testing"

func TestRetries(t *testing.T) {
	t.Parallel()
	rows := []struct {
		text string
		want Retries
		ok   bool
	}{
		{"max", MaxRetries, true},
		{"2147483647", MaxRetries, true},
		{"0", 0, true},
		{"12", 12, true},
		{"2147483648", 0, false},
		{"-1", 0, false},
		{"", 0, false},
		{"1k", 0, false},
		{"1.0", 0, false},
	}
	for _, r := range rows {
		var got Retries
		if err := got.UnmarshalText([]byte(r.text)); (err == nil) != r.ok || got != r.want {
			t.Errorf("%q: got %d and error %v, want %d and ok %v", r.text, got, err, r.want, r.ok)
		}
	}
}

func TestEvery(t *testing.T) {
	t.Parallel()
	rows := []struct {
		text string
		want Every
		ok   bool
	}{
		{"5s", Every{For: 5e9}, true},
		{"100ms", Every{For: 100e6}, true},
		{"1000", Every{Records: 1000}, true},
		{"10k", Every{Records: 10_000}, true},
		{" 7 ", Every{Records: 7}, true},
		{"0", Every{}, false},
		{"0s", Every{}, false},
		{"-1", Every{}, false},
		{"-5s", Every{}, false},
		{"", Every{}, false},
		{"often", Every{}, false},
	}
	for _, r := range rows {
		var got Every
		if err := got.UnmarshalText([]byte(r.text)); (err == nil) != r.ok || got != r.want {
			t.Errorf("%q: got %v and error %v, want %v and ok %v", r.text, got, err, r.want, r.ok)
		}
	}
}

// What is read prints as something that reads the same.
func FuzzScalars(f *testing.F) {
	for _, text := range []string{"max", "0", "12", "5s", "1k", "1000", "1.5M", "1h2m3.5s"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		var r, r2 Retries
		if r.UnmarshalText([]byte(text)) == nil {
			if err := r2.UnmarshalText([]byte(r.String())); err != nil || r2 != r {
				t.Errorf("retries %q: %d prints as %q, which reads as %d, error %v", text, r, r, r2, err)
			}
		}
		var e, e2 Every
		if e.UnmarshalText([]byte(text)) == nil {
			if (e.For > 0) == (e.Records > 0) {
				t.Errorf("every %q: %+v; want exactly one above 0", text, e)
			}
			if err := e2.UnmarshalText([]byte(e.String())); err != nil || e2 != e {
				t.Errorf("every %q: %+v prints as %q, which reads as %+v, error %v", text, e, e, e2, err)
			}
		}
	})
}
