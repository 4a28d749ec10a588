//go:build e2e

// Package browser tests the page that kbench writes as people have it: opened from a file by a browser that has no network. It
// needs Chromium, and axe-core, which npm installs:
//
//	apt-get install --yes --no-install-recommends chromium npm
//	npm ci --prefix e2e/browser
//	go test -tags e2e -count 1 ./e2e/browser
//
// With -update it writes the pictures of docs/images anew.
package browser

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"

	"kbench/internal/need"
)

func TestMain(m *testing.M) {
	flag.BoolVar(new(bool), "update", false, "write the pictures of docs/images")
	os.Exit(m.Run())
}

// limit ends a browser that does not end by itself. A test needs some seconds.
const limit = 4 * time.Minute

// chromium returns the program. Where there is none the test is skipped, or fails.
func chromium(t *testing.T) string {
	t.Helper()
	for _, name := range []string{os.Getenv("KBENCH_BROWSER"), "chromium", "chromium-browser", "google-chrome", "headless_shell"} {
		if path, err := exec.LookPath(name); name != "" && err == nil {
			return path
		}
	}
	const how = "no browser found: apt-get install --yes --no-install-recommends chromium, or name one in KBENCH_BROWSER"
	need.Lacking(t, "browser", how)
	return ""
}

// startBrowser starts a browser that can reach nothing, and ends it with the test.
func startBrowser(t *testing.T) context.Context {
	t.Helper()
	options := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.ExecPath(chromium(t)), chromedp.NoSandbox, chromedp.DisableGPU,
		chromedp.Flag("host-resolver-rules", "MAP * ~NOTFOUND"), chromedp.WSURLReadTimeout(time.Minute))
	ctx, cancel := context.WithTimeout(context.Background(), limit)
	ctx, end := chromedp.NewExecAllocator(ctx, options...)
	ctx, closeAll := chromedp.NewContext(ctx)
	t.Cleanup(func() {
		closeAll()
		end()
		cancel()
	})
	if err := chromedp.Do(ctx); err != nil {
		t.Fatalf("start the browser: %v", err)
	}
	return ctx
}

// A view is how somebody looks at a page.
type view struct {
	width, height int64
	dark          bool
	noScripts     bool
}

func (v view) String() string {
	return fmt.Sprintf("%dx%d, %s", v.width, v.height, map[bool]string{true: "dark", false: "light"}[v.dark])
}

func views() []view {
	return []view{{width: 1440, height: 1200}, {width: 1440, height: 1200, dark: true}, {width: 375, height: 812}, {width: 375, height: 812, dark: true}}
}

// A tab has a page open.
type tab struct {
	t   *testing.T
	ctx context.Context //nolint:containedctx // chromedp's context is the tab

	lock sync.Mutex
	said []string // what the page complained of, and what it asked the network for
}

// open opens a file in a tab of its own, which is closed with the test.
func open(t *testing.T, browser context.Context, file string, v view) *tab {
	t.Helper()
	ctx, cancel := chromedp.NewContext(browser)
	t.Cleanup(cancel)
	p := &tab{t: t, ctx: ctx}
	if err := chromedp.Listen(ctx, p.listen); err != nil {
		t.Fatal(err)
	}
	p.run(
		call(network.Enable, network.EnableParams{}),
		chromedp.EmulateViewport(v.width, v.height),
		media(v.dark, ""),
		scripts(!v.noScripts),
		chromedp.Navigate("file://"+file),
	)
	return p
}

// call makes an action of a command of the browser's protocol.
func call[P, R any](command cdp.Command[P, R], params P) chromedp.Action[chromedp.Void] {
	return chromedp.Func(func(ctx context.Context, t *chromedp.Target) error {
		_, err := cdp.Call(ctx, t, command, params)
		return err
	})
}

// media sets what the system prefers, and on what the page is shown: empty for a screen.
func media(dark bool, on string) chromedp.Action[chromedp.Void] {
	scheme := map[bool]string{true: "dark", false: "light"}[dark]
	return call(emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{
		Media: on, Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: scheme}},
	})
}

func scripts(on bool) chromedp.Action[chromedp.Void] {
	return call(emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: !on})
}

// listen notes what a page must not do.
func (p *tab) listen(event any) {
	note := ""
	switch e := event.(type) {
	case *runtime.EventConsoleAPICalled:
		if e.Type == runtime.ConsoleAPICalledTypeError || e.Type == runtime.ConsoleAPICalledTypeWarning {
			note = "console:"
			for _, arg := range e.Args {
				note += fmt.Sprintf(" %s %s", arg.Value, arg.Description)
			}
		}
	case *runtime.EventExceptionThrown:
		note = fmt.Sprintf("exception: %s, line %d", e.ExceptionDetails.Text, e.ExceptionDetails.LineNumber)
		if e.ExceptionDetails.Exception != nil {
			note += ": " + e.ExceptionDetails.Exception.Description
		}
	case *log.EventEntryAdded:
		if e.Entry.Level == log.EntryLevelError || e.Entry.Level == log.EntryLevelWarning {
			note = "log: " + e.Entry.Text
		}
	case *network.EventRequestWillBeSent:
		if !strings.HasPrefix(e.Request.URL, "file://") && !strings.HasPrefix(e.Request.URL, "blob:") {
			note = "asked for " + e.Request.URL
		}
	}
	if note != "" {
		p.lock.Lock()
		defer p.lock.Unlock()
		p.said = append(p.said, note)
	}
}

// quiet holds the page to having complained of nothing, and asked for nothing.
func (p *tab) quiet() {
	p.t.Helper()
	p.lock.Lock()
	defer p.lock.Unlock()
	for _, note := range p.said {
		p.t.Error(note)
	}
}

func (p *tab) run(steps ...chromedp.Action[chromedp.Void]) {
	p.t.Helper()
	if err := chromedp.Do(p.ctx, steps...); err != nil {
		p.t.Fatal(err)
	}
}

// value runs an action that has one.
func value[T any](p *tab, action chromedp.Action[T]) T {
	p.t.Helper()
	out, err := chromedp.Run(p.ctx, action)
	if err != nil {
		p.t.Fatal(err)
	}
	return out
}

// eval evaluates an expression, which may be a promise, into a value.
func eval[T any](p *tab, expression string) T {
	p.t.Helper()
	return value(p, chromedp.Evaluate[T](expression, chromedp.EvalAwaitPromise))
}

// axe returns what axe-core finds that keeps people from reading the page.
func (p *tab) axe() []string {
	p.t.Helper()
	text, err := os.ReadFile(filepath.Join("node_modules", "axe-core", "axe.min.js"))
	if err != nil {
		p.t.Fatalf("axe-core is not installed: npm ci --prefix e2e/browser (%v)", err)
	}
	eval[int](p, string(text)+";0")
	return eval[[]string](p, `axe.run(document, {resultTypes: ['violations']}).then(r => r.violations
		.filter(v => v.impact === 'serious' || v.impact === 'critical')
		.flatMap(v => v.nodes.slice(0, 3).map(n => v.id + ': ' + n.html.slice(0, 160) + ' ' + (n.failureSummary ?? ''))))`)
}
