// Package internal_test holds the order of kbench's packages: who may import whom.
package internal_test

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"maps"
	"os"
	"path"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
)

// A row is one package, and what it may import beside the standard library and libraries that are no Kafka client.
type row struct {
	pkg     string // folder from the module's root
	may     string // packages of rows further down, with spaces between; * is all of them
	clients bool   // Kafka client libraries too
}

// table is the order of all packages: imports go down it, never up. A new package gets a row; a row that must grow for
// an import is a reason to look twice. docs/design.md draws it.
func table() []row {
	return []row{
		{pkg: "bench/peers", may: "bench/bare bench/lab internal/compare internal/host internal/result internal/unit"},
		{pkg: "bench/scale", may: "bench/bare bench/lab internal/compare internal/result"},
		{pkg: "bench/bare", may: "internal/host internal/load", clients: true},
		{pkg: "bench/lab", may: "internal/admin internal/cluster internal/host internal/result"},
		{pkg: "cmd/kbench", may: "*"},
		{pkg: "internal/convert", may: "internal/driver/security internal/properties internal/unit"},
		{pkg: "internal/doctest"},
		{pkg: "internal/doctor", may: "internal/run internal/pace internal/driver/null internal/driver internal/driver/security internal/scenario internal/result internal/cluster internal/host internal/admin internal/unit"},
		{pkg: "internal/run", may: "internal/load internal/pace internal/meter internal/audit internal/steady internal/search internal/driver internal/driver/security internal/scenario internal/result internal/cluster internal/host internal/admin internal/unit"},
		{pkg: "report", may: "internal/compare internal/search internal/result internal/scenario internal/unit"},
		{pkg: "internal/result", may: "internal/search internal/driver internal/scenario internal/host internal/unit"},
		{pkg: "internal/scenario", may: "internal/driver internal/unit"},
		{pkg: "internal/connect", may: "internal/driver internal/driver/security internal/properties"},
		{pkg: "internal/driver/confluent", may: "internal/driver/security internal/driver internal/unit", clients: true},
		{pkg: "internal/driver/franz", may: "internal/driver/franz/secure internal/driver/security internal/driver internal/unit", clients: true},
		{pkg: "internal/driver/sarama", may: "internal/driver/security internal/driver internal/unit", clients: true},
		{pkg: "internal/driver/null", may: "internal/driver"},
		{pkg: "internal/driver/drivertest", may: "internal/driver internal/driver/security internal/driver/security/certtest internal/cluster", clients: true},
		{pkg: "internal/driver", may: "internal/driver/security internal/unit"},
		{pkg: "internal/cluster", may: "docker internal/admin internal/fault internal/unit", clients: true},
		{pkg: "internal/admin", may: "internal/driver/franz/secure internal/driver/security", clients: true},
		{pkg: "internal/metrics", may: "internal/meter"},
		{pkg: "internal/driver/franz/secure", may: "internal/driver/security", clients: true},
		{pkg: "internal/driver/security"},
		{pkg: "internal/driver/security/certtest"},
		{pkg: "internal/properties"},
		{pkg: "internal/load"},
		{pkg: "internal/pace"},
		{pkg: "internal/meter"},
		{pkg: "internal/audit"},
		{pkg: "internal/compare"},
		{pkg: "internal/steady"},
		{pkg: "internal/search", may: "internal/unit"},
		{pkg: "internal/host"},
		{pkg: "internal/fault"},
		{pkg: "internal/need"},
		{pkg: "internal/unit"},
		{pkg: "scenarios"},
		{pkg: "docker"},
	}
}

// light are packages that other programs can have without a Kafka client: nothing they import may bring one.
func light() []string { return []string{"report"} }

// clientLibraries are the beginnings of import paths.
func clientLibraries() []string {
	return []string{"github.com/confluentinc/", "github.com/twmb/franz-go", "github.com/IBM/sarama", "github.com/segmentio/kafka-go"}
}

const module = "kbench/"

// TestImports reads the files itself, whatever system they are for; and so the go command knows that it must run again
// when one of them changes, as it would not with go list.
func TestImports(t *testing.T) {
	t.Parallel()
	imports, err := readImports(os.DirFS(".."))
	if err != nil {
		t.Fatal(err)
	}
	for _, line := range violations(table(), light(), imports) {
		t.Error(line)
	}
}

// readImports returns what each package with Go files imports, tests left out.
func readImports(tree fs.FS) (map[string][]string, error) {
	imports := map[string][]string{}
	err := fs.WalkDir(tree, ".", func(name string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && name != "." && (d.Name() == "testdata" || strings.HasPrefix(d.Name(), ".")):
			return fs.SkipDir
		case d.IsDir() || !strings.HasSuffix(name, ".go") || strings.HasSuffix(name, "_test.go"):
			return nil
		}
		src, err := fs.ReadFile(tree, name)
		if err != nil {
			return err
		}
		file, err := parser.ParseFile(token.NewFileSet(), name, src, parser.ImportsOnly)
		if err != nil {
			return err
		}
		pkg := path.Dir(name)
		imports[pkg] = append(imports[pkg], importsOf(file)...) // there even where it imports nothing
		return nil
	})
	return imports, err
}

func importsOf(file *ast.File) (imported []string) {
	for _, spec := range file.Imports {
		imported = append(imported, strings.Trim(spec.Path.Value, "\"`")) // the parser has seen to it that it is quoted
	}
	return imported
}

// violations holds packages against the rows, and the rows against themselves; a line each.
func violations(rows []row, light []string, imports map[string][]string) (lines []string) {
	say := func(format string, args ...any) { lines = append(lines, fmt.Sprintf(format, args...)) }
	allowed := map[string]map[string]bool{} // by package
	clients := map[string]bool{}
	below := map[string]bool{}
	for _, r := range slices.Backward(rows) {
		may := map[string]bool{}
		for _, word := range strings.Fields(r.may) {
			if word == "*" {
				maps.Copy(may, below)
			} else if may[word] = true; !below[word] {
				say("the row of %s names %s, which has no row below it", r.pkg, word)
			}
		}
		if _, exists := imports[r.pkg]; !exists {
			say("there is a row for %s and no such package", r.pkg)
		}
		allowed[r.pkg], clients[r.pkg], below[r.pkg] = may, r.clients, true
	}
	for _, pkg := range slices.Sorted(maps.Keys(imports)) {
		if allowed[pkg] == nil {
			say("package %s has no row: say in the table what it may import", pkg)
			continue
		}
		for _, imported := range unique(imports[pkg]) {
			if own, ok := strings.CutPrefix(imported, module); ok && !allowed[pkg][own] {
				say("%s imports %s, which its row does not allow", pkg, own)
			}
			if isClient(imported) && !clients[pkg] {
				say("%s imports the client library %s: ask a driver, cluster or admin for what it needs", pkg, imported)
			}
		}
	}
	for _, pkg := range light {
		for _, through := range reach(imports, pkg) {
			if slices.ContainsFunc(imports[through], isClient) {
				say("%s must do without client libraries, and gets one through %s", pkg, through)
			}
		}
	}
	return lines
}

// reach lists pkg and all that it imports of kbench, directly or not.
func reach(imports map[string][]string, pkg string) []string {
	out := []string{pkg}
	for i := 0; i < len(out); i++ {
		for _, imported := range imports[out[i]] {
			if own, ok := strings.CutPrefix(imported, module); ok && !slices.Contains(out, own) {
				out = append(out, own)
			}
		}
	}
	return out
}

func isClient(imported string) bool {
	return slices.ContainsFunc(clientLibraries(), func(library string) bool { return strings.HasPrefix(imported, library) })
}

func unique(s []string) []string { return slices.Compact(slices.Sorted(slices.Values(s))) }

func TestViolations(t *testing.T) {
	t.Parallel()
	rows := []row{
		{pkg: "cmd", may: "*"},
		{pkg: "report", may: "middle"},
		{pkg: "middle", may: "driver"},
		{pkg: "driver", clients: true},
	}
	for _, tc := range []struct {
		name string
		file string // one more file
		src  string
		rows []row // nil: those above
		want []string
	}{
		{name: "all as it should be", file: "cmd/a.go", src: `import ("fmt"; "kbench/report"; "kbench/driver")`},
		{name: "tests may import anything", file: "middle/a_test.go", src: `import "kbench/report"`},
		{name: "what is under testdata is no package", file: "driver/testdata/a.go", src: `import "kbench/report"`},
		{
			name: "an import up the table", file: "middle/a.go", src: `import "kbench/report"`,
			want: []string{"middle imports report, which its row does not allow"},
		},
		{
			name: "an import down the table that nobody allowed", file: "report/a.go", src: `import "kbench/driver"`,
			want: []string{"report imports driver, which its row does not allow", "report must do without client libraries, and gets one through driver"},
		},
		{
			name: "a file for another system counts", file: "middle/a_plan9.go", src: `import "kbench/report"`,
			want: []string{"middle imports report, which its row does not allow"},
		},
		{
			name: "a client library where none belongs", file: "cmd/a.go", src: `import "github.com/twmb/franz-go/pkg/kgo"`,
			want: []string{"cmd imports the client library github.com/twmb/franz-go/pkg/kgo: ask a driver, cluster or admin for what it needs"},
		},
		{
			name: "a client library through two packages", file: "middle/a.go", src: `import "kbench/driver"`,
			want: []string{"report must do without client libraries, and gets one through driver"},
		},
		{
			name: "a new package", file: "util/a.go", src: "",
			want: []string{"package util has no row: say in the table what it may import"},
		},
		{
			name: "a package that is gone", file: "cmd/a.go", src: "", rows: append(slices.Clone(rows), row{pkg: "gone"}),
			want: []string{"there is a row for gone and no such package"},
		},
		{
			name: "a row that names one above it", file: "cmd/a.go", src: "",
			rows: []row{{pkg: "cmd", may: "*"}, {pkg: "middle", may: "driver report"}, {pkg: "report", may: "middle"}, {pkg: "driver", clients: true}},
			want: []string{"the row of report names middle, which has no row below it"},
		},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			file := func(src string) *fstest.MapFile { return &fstest.MapFile{Data: []byte("package p\n" + src + "\n")} }
			tree := fstest.MapFS{
				"cmd/main.go": file(`import "kbench/report"`), "report/r.go": file(`import "kbench/middle"`), "middle/m.go": file(""),
				"driver/d.go": file(`import "github.com/confluentinc/confluent-kafka-go/v2/kafka"`), tc.file: file(tc.src),
			}
			imports, err := readImports(tree)
			if err != nil {
				t.Fatal(err)
			}
			use := tc.rows
			if use == nil {
				use = rows
			}
			if got := violations(use, []string{"report"}, imports); !slices.Equal(got, tc.want) {
				t.Errorf("got  %q\nwant %q", got, tc.want)
			}
		})
	}
}
