//go:build e2e && linux

package e2e

import (
	"crypto/sha256"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"
	"testing"

	"kbench/docker"
	"kbench/internal/cluster"
)

// The images that stand in for those of registries. docs/docker.md says what is real about them.
const (
	debianImage = "kbench-e2e/debian"
	toolsImage  = "kbench-e2e/tools"
	golangImage = "kbench-e2e/golang"
)

// kafkaVersion is the version that the compose file names.
func kafkaVersion(t *testing.T) string {
	t.Helper()
	m := regexp.MustCompile(`apache/kafka:([0-9.]+)`).FindStringSubmatch(docker.Compose())
	if m == nil {
		t.Fatal("the compose file names no version of Kafka")
	}
	return m[1]
}

func kafkaImage(t *testing.T) string { return "kbench-e2e/kafka:" + kafkaVersion(t) }

// loadImages gives the engine the images, from the user's cache or else built from this machine's Debian, Java, Kafka and Go.
func loadImages(t *testing.T) {
	t.Helper()
	dir := filepath.Join(cacheDir(t), "e2e-docker")
	if err := os.MkdirAll(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	kept := filepath.Join(dir, "images-"+imagesKey(t)+".tar")
	if _, err := os.Stat(kept); err == nil {
		must(t, "docker", "load", "--input", kept)
		return
	}
	importDebian(t, dir, debianImage)
	importDebian(t, dir, toolsImage, "gcc", "libc6-dev", "ca-certificates", "netcat-openbsd")
	buildKafka(t)
	buildGolang(t)
	old, _ := filepath.Glob(filepath.Join(dir, "images-*.tar")) // of another key: nobody asks for them again
	for _, file := range old {
		if err := os.Remove(file); err != nil {
			t.Fatal(err)
		}
	}
	keep(t, kept, func(part string) {
		must(t, "docker", "save", "--output", part, debianImage, kafkaImage(t), golangImage)
	})
}

// keep has a file written under another name first, so that one that was not finished is never taken for whole.
func keep(t *testing.T, file string, write func(part string)) {
	t.Helper()
	write(file + ".part")
	if err := os.Rename(file+".part", file); err != nil {
		t.Fatal(err)
	}
}

// imagesKey names all that the images are made of.
func imagesKey(t *testing.T) string {
	t.Helper()
	sum := sha256.New()
	release, mirror := debianRelease(t)
	fmt.Fprintln(sum, release, mirror, runtime.Version(), kafkaVersion(t), javaHome(t))
	for _, file := range []string{"docker/kafka/Dockerfile", "docker/kafka/run", "docker/kafka/log4j2.yaml", "docker/golang/Dockerfile", "../go.sum"} {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		fmt.Fprintf(sum, "%s %d\n%s", file, len(text), text)
	}
	return fmt.Sprintf("%x", sum.Sum(nil)[:8])
}

// importDebian makes an image of this machine's release of Debian, as small as it gets, and of some of its packages. What it
// is made of is kept in folder cache.
func importDebian(t *testing.T, cache, image string, packages ...string) {
	t.Helper()
	release, mirror := debianRelease(t)
	args := []string{"--variant=minbase"}
	if len(packages) > 0 {
		args = append(args, "--include="+strings.Join(packages, ","))
	}
	archive := filepath.Join(cache, strings.Join(append([]string{release}, packages...), "+")+".tar")
	if _, err := os.Stat(archive); err != nil {
		root := filepath.Join(t.TempDir(), "root")
		must(t, "debootstrap", append(args, release, root, mirror)...)
		keep(t, archive, func(part string) {
			must(t, "tar", "--create", "--file", part, "--directory", root, "--exclude=./var/cache/apt/archives/*.deb", "--exclude=./var/lib/apt/lists/*", ".")
		})
	}
	must(t, "docker", "import", archive, image)
}

// debianRelease returns the release that this machine runs, and where apt gets it.
func debianRelease(t *testing.T) (release, mirror string) {
	t.Helper()
	text, err := os.ReadFile("/etc/os-release")
	if err != nil {
		t.Fatal(err)
	}
	if m := regexp.MustCompile(`(?m)^VERSION_CODENAME=(\w+)$`).FindSubmatch(text); m != nil {
		release = string(m[1])
	}
	for line := range strings.Lines(must(t, "apt-get", "indextargets", "--format", "$(RELEASE) $(REPO_URI)", "Created-By: Packages", "Origin: Debian")) {
		if words := strings.Fields(line); len(words) == 2 && words[0] == release {
			return release, words[1]
		}
	}
	t.Fatalf("apt knows no mirror of Debian's release %q: run apt-get update", release)
	return "", ""
}

// buildKafka makes the stand-in for apache/kafka.
func buildKafka(t *testing.T) {
	t.Helper()
	dir := t.TempDir()
	home, root := javaHome(t), filepath.Join(dir, "root")
	settings, err := fs.Glob(os.DirFS("/"), "etc/java-*-openjdk") // where Debian's Java has its own, behind links
	if err != nil {
		t.Fatal(err)
	}
	copyTree(t, "/", root, append([]string{"--exclude=jmods", home[1:]}, settings...)...) // jmods only make other JVMs
	must(t, "cp", "--archive", kafkaLibs(t)+"/.", filepath.Join(dir, "libs"))
	must(t, "cp", "--archive", "docker/kafka/.", dir)
	must(t, "docker", "build", "--build-arg", "JAVA="+filepath.Join(home, "bin", "java"), "--tag", kafkaImage(t), dir)
}

// buildGolang makes the stand-in for golang, with the modules out of this machine's cache where they are there.
func buildGolang(t *testing.T) {
	t.Helper()
	dir := t.TempDir()
	copyTree(t, "..", filepath.Join(dir, "src"), "--exclude=./.git", "--exclude=./bin", "--exclude=./results", ".")
	must(t, "cp", "--archive", must(t, "go", "env", "GOROOT")+"/.", filepath.Join(dir, "go"))
	must(t, "cp", "--archive", "docker/golang/Dockerfile", dir)
	modules, proxy := must(t, "go", "env", "GOMODCACHE"), must(t, "go", "env", "GOPROXY")
	must(t, "env", "GOFLAGS=-modcacherw", "GOMODCACHE="+filepath.Join(dir, "mod"), "GOPROXY=file://"+modules+"/cache/download,"+proxy,
		"go", "-C", "..", "mod", "download")
	must(t, "docker", "build", "--tag", golangImage, dir)
}

// copyTree copies what tar's arguments name below one folder to another.
func copyTree(t *testing.T, from, to string, args ...string) {
	t.Helper()
	const script = `mkdir -p "$1"; to=$1; shift; tar --create --directory "$0" "$@" | tar --extract --directory "$to"`
	must(t, "bash", append([]string{"-o", "pipefail", "-ec", script, from, to}, args...)...)
}

// javaHome is the folder of the Java that Kafka runs on here.
func javaHome(t *testing.T) string {
	t.Helper()
	program := "java"
	if home := os.Getenv("JAVA_HOME"); home != "" {
		program = filepath.Join(home, "bin", "java")
	}
	path, err := filepath.EvalSymlinks(must(t, "sh", "-c", `command -v "$0"`, program))
	if err != nil {
		t.Fatal(err)
	}
	return filepath.Dir(filepath.Dir(path))
}

// kafkaLibs is the folder of Kafka's jars. The engine java fetches them when it is first used.
func kafkaLibs(t *testing.T) string {
	t.Helper()
	libs := filepath.Join(cacheDir(t), "kafka-"+kafkaVersion(t), "libs")
	if _, err := os.Stat(libs); err == nil {
		return libs
	}
	c, err := cluster.Open(t.Context(), cluster.Spec{Engine: cluster.Java, Nodes: 1}, cluster.Options{Log: os.Stderr, TempDir: t.TempDir()})
	if err == nil {
		err = c.Close(t.Context())
	}
	if err != nil {
		t.Fatal(err)
	}
	return libs
}

// cacheDir is where kbench keeps what it fetches for this user.
func cacheDir(t *testing.T) string {
	t.Helper()
	dir, err := os.UserCacheDir()
	if err != nil {
		t.Fatal(err)
	}
	return filepath.Join(dir, "kbench")
}
