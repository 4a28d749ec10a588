package scenario

import (
	"bytes"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/lexer"
	"github.com/goccy/go-yaml/parser"
	"github.com/goccy/go-yaml/token"

	"kbench/internal/unit"
)

// Bounds of a file. The YAML parser's time and memory grow with the square of a mapping's keys and of the depth of
// nesting: within maxTokens the worst file takes under half a second, at a megabyte it would take minutes.
const (
	maxBytes  = unit.Size(1 << 20)
	maxTokens = 20_000
)

// readYAML reads the one mapping that a file is. A nil node means that the problems are all there is to say.
func readYAML(file string, src []byte) (*node, []Problem) {
	b := builder{file: file, ends: lineEnds(src), anchors: map[string]*node{}}
	fail := func(line, col int, format string, args ...any) (*node, []Problem) {
		b.problem(b.within(line, col), "", format, args...)
		return nil, b.problems
	}
	if len(src) > int(maxBytes) {
		return fail(1, 1, "the file has %d bytes; a scenario has at most %d", len(src), maxBytes)
	}
	if line, col, bad := notText(src); bad {
		return fail(line, col, "not valid UTF-8 text; save the file as UTF-8")
	}
	doc, err := document(bytes.TrimPrefix(src, []byte("\ufeff")))
	if err != nil {
		var p *placed
		errors.As(err, &p)
		return fail(p.line, p.col, "%s", p.msg)
	}
	root := b.build(doc, "")
	switch root.kind {
	case mapping:
		return root, b.problems
	case broken:
	default:
		b.problem(root.at, "", "a scenario is a mapping of keys such as producer and load; this is a %s", root.describe())
	}
	return nil, b.problems
}

// lines splits text at every end of line that YAML has.
func lines(src []byte) []string {
	return strings.Split(strings.NewReplacer("\r\n", "\n", "\r", "\n").Replace(string(src)), "\n")
}

// lineEnds returns the column after the last character of each line.
func lineEnds(src []byte) (ends []int) {
	for _, line := range lines(src) {
		ends = append(ends, utf8.RuneCountInString(line)+1)
	}
	return ends
}

// notText finds the first byte that is not UTF-8, or a NUL.
func notText(src []byte) (line, col int, bad bool) {
	for i, text := range lines(src) {
		for k, r := range text {
			if _, size := utf8.DecodeRuneInString(text[k:]); r == utf8.RuneError && size == 1 || r == 0 {
				return i + 1, utf8.RuneCountInString(text[:k]) + 1, true
			}
		}
	}
	return 0, 0, false
}

// placed is what is wrong with the text as YAML, and where.
type placed struct {
	line, col int
	msg       string
}

// Error makes placed an error.
func (p *placed) Error() string { return p.msg }

// document returns the syntax tree of the only document of src, or a *placed.
func document(src []byte) (doc ast.Node, err error) {
	defer func() {
		// The parser is not ours, and a file that breaks it must not break a run with other scenarios.
		if r := recover(); r != nil {
			doc, err = nil, &placed{1, 1, fmt.Sprintf("the YAML parser cannot read this file: %v", r)}
		}
	}()
	tokens := lexer.Tokenize(string(src))
	if len(tokens) > maxTokens {
		at := tokens[maxTokens].Position
		return nil, &placed{at.Line, at.Column, fmt.Sprintf("too much YAML: a scenario has at most %d words and signs", maxTokens)}
	}
	f, err := parser.Parse(tokens, 0, parser.AllowDuplicateMapKey())
	if err != nil {
		return nil, syntax(src, err)
	}
	for _, d := range f.Docs {
		switch at := d.Body.(type) {
		case nil:
		case *ast.DirectiveNode:
			p := at.GetToken().Position
			return nil, &placed{p.Line, p.Column, "directives such as %YAML are not supported; leave the line out"}
		default:
			if doc != nil {
				p := d.GetToken().Position
				return nil, &placed{p.Line, p.Column, "a second document begins here; put each scenario into a file of its own"}
			}
			doc = d.Body
		}
	}
	if doc == nil {
		return nil, &placed{1, 1, "the file is empty; the smallest scenario is: producer: {}"}
	}
	return doc, nil
}

// syntax says in the parser's words what is wrong, and in ours where they would mislead.
func syntax(src []byte, err error) *placed {
	var y yaml.Error
	if !errors.As(err, &y) || y.GetToken() == nil || y.GetToken().Position == nil {
		return &placed{1, 1, "not valid YAML: " + err.Error()}
	}
	at := y.GetToken().Position
	p := &placed{at.Line, at.Column, "not valid YAML: " + y.GetMessage()}
	if all := lines(src); p.line >= 1 && p.line <= len(all) {
		line := all[p.line-1]
		if indent := line[:len(line)-len(strings.TrimLeft(line, " \t"))]; strings.Contains(indent, "\t") {
			p.col, p.msg = strings.Index(indent, "\t")+1, "a tab in the indentation; YAML takes spaces only"
		}
	}
	return p
}

// A builder turns the parser's tree into nodes. Aliases share the node they name, so that they cost nothing, and one
// that names what it stands in is refused.
type builder struct {
	file     string
	ends     []int            // see lineEnds
	anchors  map[string]*node // nil: still being built
	problems []Problem
}

func (b *builder) problem(at pos, path, format string, args ...any) {
	b.problems = append(b.problems, Problem{b.file, at.line, at.col, path, fmt.Sprintf(format, args...)})
}

func (b *builder) build(n ast.Node, path string) *node {
	at := b.place(n)
	switch n := n.(type) {
	case *ast.NullNode:
		if n.Token.Type == token.ImplicitNullType {
			return &node{kind: empty, at: at}
		}
		return &node{kind: scalar, at: at, text: n.Token.Value}
	case *ast.StringNode:
		quoted := n.Token.Type == token.SingleQuoteType || n.Token.Type == token.DoubleQuoteType
		return &node{kind: scalar, at: at, text: n.Value, quoted: quoted}
	case *ast.LiteralNode:
		return &node{kind: scalar, at: at, text: n.Value.Value, quoted: true}
	case *ast.IntegerNode, *ast.FloatNode, *ast.BoolNode, *ast.InfinityNode, *ast.NanNode:
		return &node{kind: scalar, at: at, text: n.GetToken().Value}
	case *ast.SequenceNode:
		out := &node{kind: list, at: at}
		for i, item := range n.Values {
			out.items = append(out.items, b.build(item, path+"["+strconv.Itoa(i)+"]"))
		}
		return out
	case *ast.MappingNode:
		return b.mapping(n, at, path)
	case *ast.AnchorNode:
		name := n.Name.GetToken().Value
		b.anchors[name] = nil
		b.anchors[name] = b.build(n.Value, path)
		return b.anchors[name]
	case *ast.AliasNode:
		name := n.Value.GetToken().Value
		if to := b.anchors[name]; to != nil {
			return to
		}
		if _, open := b.anchors[name]; open {
			b.problem(at, path, "alias *%s stands inside what it names", clip(name))
		} else {
			b.problem(at, path, "alias *%s names no anchor above it", clip(name))
		}
	case *ast.TagNode:
		b.problem(at, path, "tags such as %s are not supported; leave it out, and quote the value if it is text", clip(n.GetToken().Value))
	default:
		b.problem(at, path, "this kind of YAML (%s) is not supported", n.Type())
	}
	return &node{kind: broken, at: at}
}

func (b *builder) mapping(n *ast.MappingNode, at pos, path string) *node {
	out := &node{kind: mapping, at: at}
	first := map[string]pos{}
	for _, v := range n.Values {
		e := entry{key: v.Key.GetToken().Value, at: b.place(v.Key)}
		here := join(path, clip(e.key))
		earlier, twice := first[e.key]
		switch v.Key.(type) {
		case *ast.MergeKeyNode:
			b.problem(e.at, here, "merge keys are not supported; write the keys out")
			continue
		case *ast.MappingKeyNode, *ast.AnchorNode, *ast.AliasNode, *ast.TagNode:
			b.problem(e.at, path, "a key is a plain word here")
			continue
		}
		if twice {
			b.problem(e.at, here, "given twice; the first is on line %d", earlier.line)
			continue
		}
		first[e.key] = e.at
		e.value = b.build(v.Value, here)
		if _, nothing := v.Value.(*ast.NullNode); nothing && e.value.kind == empty {
			e.value.at = e.at
		}
		if len(out.entries) == 0 && !n.IsFlowStyle {
			out.at = e.at // the parser's own place is that of the colon
		}
		out.entries = append(out.entries, e)
	}
	return out
}

// place returns where n begins.
func (b *builder) place(n ast.Node) pos {
	if p := n.GetToken().Position; p != nil {
		return b.within(p.Line, p.Column)
	}
	return b.within(1, 1)
}

// within returns the place in the file that is nearest to what the parser said: it counts some ends of lines twice.
func (b *builder) within(line, col int) pos {
	line = min(max(line, 1), len(b.ends))
	return pos{line: line, col: min(max(col, 1), b.ends[line-1])}
}

// describe says what n is, in YAML's terms that people know.
func (n *node) describe() string {
	return map[kind]string{empty: "key without a value", scalar: "single value", list: "list", mapping: "mapping"}[n.kind]
}

// join adds a key to a path.
func join(path, key string) string {
	if path == "" {
		return key
	}
	return path + "." + key
}
