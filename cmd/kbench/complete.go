package main

import (
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"kbench/internal/result"
	"kbench/internal/scenario"
	"kbench/scenarios"
)

// What shells complete, beside the names of commands and flags, which cobra knows.

// completeAll adds to each command below root what its flags and arguments may be.
func completeAll(root *cobra.Command) {
	words := flagWords()
	arguments := map[string]cobra.CompletionFunc{
		"run": completeScenario, "ab": completeOne(completeScenario), "scenarios": completeOne(completeBuiltIn),
		"validate": completeYAML, "convert": completeYAML,
	}
	for _, cmd := range root.Commands() {
		if complete := arguments[cmd.Name()]; complete != nil {
			cmd.ValidArgsFunction = complete
		}
		cmd.Flags().VisitAll(func(f *pflag.Flag) {
			complete := words[cmd.Name()+" "+f.Name]
			if complete == nil {
				complete = words[f.Name]
			}
			if complete != nil {
				_ = cmd.RegisterFlagCompletionFunc(f.Name, complete) // it refuses only a flag that is not there
			}
		})
		completeAll(cmd)
	}
}

// flagWords are the completions of flags, by COMMAND FLAG or by FLAG alone. Those of kbench ab whose names are one letter have none:
// cobra takes them for shorthands.
func flagWords() map[string]cobra.CompletionFunc {
	fixed := func(words ...string) cobra.CompletionFunc {
		return cobra.FixedCompletions(words, cobra.ShellCompDirectiveNoFileComp)
	}
	return map[string]cobra.CompletionFunc{
		"cluster":                 fixed("embedded", "java", "java:3", "docker", "docker:3", "running"),
		"progress":                fixed("auto", "tty", "plain", "json", "none"),
		"engine":                  fixed("java", "docker"),
		"nodes":                   fixed("1", "3"),
		"report format":           fixed(formats()...),
		"compare format":          fixed(comparisonFormats()...),
		"ab on-inconclusive":      fixed(openWarn, openFail, openExtend, openExtend+","+openWarn, openExtend+","+openFail),
		"compare on-inconclusive": fixed(openPass, openFail),
		"set":                     completeSetting,
		"gate":                    completeGate,
		"only":                    cobra.NoFileCompletions,
		"repeats":                 cobra.NoFileCompletions,
		"seed":                    cobra.NoFileCompletions,
		"pairs":                   cobra.NoFileCompletions,
		"rest":                    cobra.NoFileCompletions,
		"brokers":                 cobra.NoFileCompletions,
		"bootstrap-server":        cobra.NoFileCompletions,
	}
}

// described puts behind a word what shells show beside it.
func described(word, text string) string { return cobra.CompletionWithDesc(word, text) }

// completeBuiltIn offers the built-in scenarios.
func completeBuiltIn(_ *cobra.Command, _ []string, _ string) ([]string, cobra.ShellCompDirective) {
	var out []string
	for _, name := range scenarios.Names() {
		out = append(out, described(name, scenarios.Question(name)))
	}
	return out, cobra.ShellCompDirectiveNoFileComp
}

// completeScenario offers the built-in scenarios, and files once the word looks like one.
func completeScenario(cmd *cobra.Command, args []string, word string) ([]string, cobra.ShellCompDirective) {
	if strings.ContainsAny(word, "/.") {
		return completeYAML(cmd, args, word)
	}
	names, _ := completeBuiltIn(cmd, args, word)
	return names, cobra.ShellCompDirectiveDefault // files too, where no name begins so
}

// completeYAML offers files that may be scenarios.
func completeYAML(_ *cobra.Command, _ []string, _ string) ([]string, cobra.ShellCompDirective) {
	return []string{"yaml", "yml"}, cobra.ShellCompDirectiveFilterFileExt
}

// completeOne offers nothing after the first argument.
func completeOne(first cobra.CompletionFunc) cobra.CompletionFunc {
	return func(cmd *cobra.Command, args []string, word string) ([]string, cobra.ShellCompDirective) {
		if len(args) > 0 {
			return nil, cobra.ShellCompDirectiveNoFileComp
		}
		return first(cmd, args, word)
	}
}

// completeSetting offers PATH=, and behind that the words that the value may be.
func completeSetting(_ *cobra.Command, _ []string, word string) ([]string, cobra.ShellCompDirective) {
	paths := scenario.Paths()
	if path, _, ok := strings.Cut(word, "="); ok {
		var out []string
		if i := slices.IndexFunc(paths, func(p scenario.Path) bool { return p.Path == path }); i >= 0 {
			for _, value := range paths[i].Words {
				out = append(out, path+"="+value)
			}
		}
		return out, cobra.ShellCompDirectiveNoFileComp
	}
	var out []string
	for _, p := range paths {
		end := "="
		if strings.HasSuffix(p.Path, ".config") {
			end = "." // the name of a property comes next
		}
		out = append(out, described(p.Path+end, p.Doc))
	}
	return out, cobra.ShellCompDirectiveNoFileComp | cobra.ShellCompDirectiveNoSpace
}

// completeGate offers metrics.
func completeGate(_ *cobra.Command, _ []string, _ string) ([]string, cobra.ShellCompDirective) {
	return result.Names(), cobra.ShellCompDirectiveNoFileComp | cobra.ShellCompDirectiveNoSpace
}
