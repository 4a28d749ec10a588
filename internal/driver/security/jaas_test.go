package security

import (
	"maps"
	"strings"
	"testing"
)

func TestParseJAAS(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		why, text, class string
		options          map[string]string
	}{
		{"no options", "a.B required;", "a.B", map[string]string{}},
		{"as everybody writes it", `a.B required username="anna" password="p w";`, "a.B", map[string]string{"username": "anna", "password": "p w"}},
		{"lines and blanks", "\n a.B\trequired\n u = 'anna'\n p\n=\n\"x\" ;\n", "a.B", map[string]string{"u": "anna", "p": "x"}},
		{"without quotes", "a.B REQUIRED a=b-c.1 d=true;", "a.B", map[string]string{"a": "b-c.1", "d": "true"}},
		{"what quotes keep", `a.B optional a="x;y=z # /*" b='"';`, "a.B", map[string]string{"a": "x;y=z # /*", "b": `"`}},
		{"backslashes", `a.B required a="x\"y\\z\n\q";`, "a.B", map[string]string{"a": "x\"y\\z\nq"}},
		{"an empty value", `a.B required a="";`, "a.B", map[string]string{"a": ""}},
	} {
		got, err := parseJAAS(tt.text)
		if err != nil || got.class != tt.class || !maps.Equal(got.options, tt.options) {
			t.Errorf("%s: got %q %q, error %v", tt.why, got.class, got.options, err)
		}
	}
	for _, tt := range []struct{ why, text string }{
		{"nothing", ""},
		{"no flag", "a.B;"},
		{"another word than a flag", `a.B hunter2="x";`},
		{"no semicolon", `a.B required password="hunter2"`},
		{"a quote without an end", `a.B required password="hunter2;`},
		{"a quote over two lines", "a.B required password=\"hunter2\n\";"},
		{"a name alone", `a.B required hunter2;`},
		{"no name", `a.B required ="hunter2";`},
		{"an option twice", `a.B required a="hunter2" a="hunter2";`},
		{"two modules", `a.B required a="hunter2"; c.D required;`},
		{"a backslash at the end", `a.B required a="hunter2\`},
	} {
		if got, err := parseJAAS(tt.text); err == nil || strings.Contains(err.Error(), "hunter2") {
			t.Errorf("%s: got %q and error %v, want an error that shows no value", tt.why, got, err)
		}
	}
}

func FuzzParseJAAS(f *testing.F) {
	for _, s := range []string{plainJAAS, oauthJAAS, "a required;", `a required b='\`, `a required b=c d="e\"f";x`} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		m, err := parseJAAS(text)
		if err != nil {
			return
		}
		if m.class == "" {
			t.Fatalf("%q: no class", text)
		}
		again := m.class + " required"
		quote := strings.NewReplacer(`\`, `\\`, `"`, `\"`, "\n", `\n`, "\r", `\r`)
		for name, value := range m.options {
			again += ` "` + quote.Replace(name) + `"="` + quote.Replace(value) + `"`
		}
		if strings.ContainsAny(m.class, " \t\r\n\f=;\"'") {
			return // it was in quotes
		}
		back, err := parseJAAS(again + ";")
		if err != nil || !maps.Equal(back.options, m.options) {
			t.Fatalf("%q: again %q: %q, %v", text, again, back.options, err)
		}
	})
}
