// Package scenarios holds the scenarios that kbench ships with. Each file's comment says which question it answers, how
// to read the answer, and how long it takes; its description is the question in one line.
package scenarios

import (
	"embed"
	"fmt"
	"regexp"
	"strings"
)

//go:embed *.yaml
var files embed.FS

// Names lists the built-in scenarios, sorted.
func Names() []string {
	entries, err := files.ReadDir(".")
	if err != nil {
		return nil // cannot be: the folder is in the binary
	}
	names := make([]string, len(entries))
	for i, e := range entries {
		names[i] = strings.TrimSuffix(e.Name(), ".yaml")
	}
	return names
}

// Read returns the text of a built-in scenario.
func Read(name string) ([]byte, error) {
	text, err := files.ReadFile(name + ".yaml")
	if err != nil {
		return nil, fmt.Errorf("there is no built-in scenario %q%s; there are %s", name, suggest(name), strings.Join(Names(), " "))
	}
	return text, nil
}

// Question returns what a built-in scenario asks, in one line; empty if there is no such scenario.
func Question(name string) string {
	text, err := Read(name)
	if err != nil {
		return ""
	}
	line := regexp.MustCompile(`(?m)^description: (.*)$`).FindSubmatch(text)
	if line == nil {
		return ""
	}
	return string(line[1])
}

// suggest returns ", did you mean X?" for the name that shares the longest beginning and end with name: enough to find
// a typo. It asks for half of the letters.
func suggest(name string) string {
	best, most := "", len(name)/2
	for _, n := range Names() {
		begin, end, least := 0, 0, min(len(n), len(name))
		for begin < least && n[begin] == name[begin] {
			begin++
		}
		for end < least-begin && n[len(n)-1-end] == name[len(name)-1-end] {
			end++
		}
		if begin+end > most {
			best, most = n, begin+end
		}
	}
	if best == "" {
		return ""
	}
	return ", did you mean " + best + "?"
}
