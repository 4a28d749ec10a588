package cluster

import (
	"go/version"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/compose-spec/compose-go/v2/loader"
	"github.com/compose-spec/compose-go/v2/types"

	"kbench/docker"
)

// TestComposeAlone has no plugin of docker, only the program docker-compose.
func TestComposeAlone(t *testing.T) {
	o, calls := fakeDocker(t, `case "$*" in "compose version") exit 1;; ps*) echo kbench-kafka;; esac`)
	o.dockerPorts = fakePorts(t, 1)
	if _, err := Up(t.Context(), Docker, 1, o); err != nil {
		t.Fatal(err)
	}
	if _, err := Down(t.Context(), o); err != nil {
		t.Fatal(err)
	}
	find := callsFind + "docker-compose version\n"
	want := strings.Replace(callsCheck, callsFind, find, 1) +
		"docker-compose -p kbench -f STATE/compose.yaml --profile kafka up --detach\n" +
		find + "docker-" + callsDown
	if got := calls(); got != want {
		t.Errorf("docker was called\n%s\nwant\n%s", got, want)
	}
}

// load reads the compose file as docker does, with every profile and these variables.
func load(t *testing.T, variables map[string]string) *types.Project {
	t.Helper()
	p, err := loader.LoadWithContext(t.Context(), types.ConfigDetails{
		WorkingDir:  filepath.Join("..", "..", "docker"),
		ConfigFiles: []types.ConfigFile{{Filename: "compose.yaml", Content: []byte(docker.Compose())}},
		Environment: variables,
	}, loader.WithProfiles(docker.Profiles()), func(o *loader.Options) { o.SetProjectName("kbench", true) })
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func TestComposeFile(t *testing.T) {
	t.Parallel()
	p := load(t, nil)
	if len(p.Services) != 7 || len(p.DisabledServices) != 0 {
		t.Errorf("there are %d services, and %d without a profile that is known", len(p.Services), len(p.DisabledServices))
	}
	for name, s := range p.Services {
		_, tag, _ := strings.Cut(s.Image, ":")
		if strings.Trim(tag, "v0123456789.") != "" || strings.Count(tag, ".") != 2 {
			t.Errorf("%s: the image %s is not pinned to a version", name, s.Image)
		}
		if s.HealthCheck == nil || len(s.HealthCheck.Test) == 0 {
			t.Errorf("%s has no health check", name)
		}
		if s.ContainerName != name || len(s.Profiles) != 1 {
			t.Errorf("%s: container %q, profiles %q", name, s.ContainerName, s.Profiles)
		}
		checkLoopback(t, s)
		for _, v := range s.Volumes {
			if _, err := os.Stat(v.Source); err != nil || !v.ReadOnly {
				t.Errorf("%s: what it mounts must be there, and only be read (%v): %v", name, v.ReadOnly, err)
			}
		}
	}
}

// checkLoopback holds a service to being reached from this machine only.
func checkLoopback(t *testing.T, s types.ServiceConfig) {
	t.Helper()
	for _, port := range s.Ports {
		if port.HostIP != "127.0.0.1" {
			t.Errorf("%s: port %s is bound to %q, not to loopback", s.Name, port.Published, port.HostIP)
		}
	}
	grafana := s.Environment["GF_SERVER_HTTP_ADDR"]
	told := slices.Contains(s.Command, "--web.listen-address=127.0.0.1:9090") || grafana != nil && *grafana == "127.0.0.1"
	onHost := s.NetworkMode == "host"
	if onHost != told || onHost == (len(s.Ports) > 0) {
		t.Errorf("%s: on the network %q with %d ports, told to listen on loopback: %v", s.Name, s.NetworkMode, len(s.Ports), told)
	}
	if onHost == slices.Contains(docker.OfKafka(), s.Profiles[0]) {
		t.Errorf("%s: what ends with Kafka shares its network, and nothing else does; profile %s is on %q", s.Name, s.Profiles[0], s.NetworkMode)
	}
}

// TestGrafanaLetsNobodyIn holds Grafana to viewers alone: its own administrator has a password that everybody knows.
func TestGrafanaLetsNobodyIn(t *testing.T) {
	t.Parallel()
	env := load(t, nil).Services["kbench-grafana"].Environment
	for name, want := range map[string]string{
		"GF_AUTH_ANONYMOUS_ENABLED": "true", "GF_AUTH_ANONYMOUS_ORG_ROLE": "Viewer", "GF_AUTH_DISABLE_LOGIN_FORM": "true",
		"GF_AUTH_BASIC_ENABLED": "false", "GF_SECURITY_DISABLE_INITIAL_ADMIN_CREATION": "true",
	} {
		if got := env[name]; got == nil || *got != want {
			t.Errorf("%s is not %s", name, want)
		}
	}
}

// TestDocumentsEndWhatTheyStart looks for a way down for each profile that a document starts.
func TestDocumentsEndWhatTheyStart(t *testing.T) {
	t.Parallel()
	for _, file := range []string{"README.md", "docs/docker.md"} {
		text, err := os.ReadFile(filepath.Join("..", "..", filepath.FromSlash(file)))
		if err != nil {
			t.Fatal(err)
		}
		for _, profile := range docker.Profiles() {
			for _, words := range []string{"up -d", "down -v"} {
				if !regexp.MustCompile(`docker compose -f docker/compose.yaml --profile ` + profile + ` +` + words).Match(text) {
					t.Errorf("%s does not say how to take %s %s", file, profile, words)
				}
			}
		}
	}
}

func TestKafkaImage(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ why, set, want string }{
		{"the version that the engine java has", "", "apache/kafka:" + kafkaVersion},
		{"a mirror's", "mirror.example/kafka:4.2.0", "mirror.example/kafka:4.2.0"},
	} {
		p := load(t, map[string]string{"KBENCH_KAFKA_IMAGE": tt.set})
		for _, name := range []string{"kbench-kafka", "kbench-kafka-1", "kbench-kafka-2", "kbench-kafka-3"} {
			if got := p.Services[name].Image; got != tt.want {
				t.Errorf("%s: %s has the image %s, want %s", tt.why, name, got, tt.want)
			}
		}
	}
}

// TestDockerfile holds kbench's image to versions: of Go one that builds kbench, and of Debian the same twice, since what is
// built on one C library may not run on an older one.
func TestDockerfile(t *testing.T) {
	t.Parallel()
	find := func(file, pattern string) string {
		text, err := os.ReadFile(filepath.Join("..", "..", file))
		if err != nil {
			t.Fatal(err)
		}
		m := regexp.MustCompile("(?m)^" + pattern + "$").FindSubmatch(text)
		if m == nil {
			t.Fatalf("%s has no line %s", file, pattern)
		}
		return "go" + string(m[1])
	}
	has, needs := find("docker/Dockerfile", `ARG GO_IMAGE=golang:(1\.[0-9.]+)-bookworm`), find("go.mod", "go (1[0-9.]+)")
	if version.Compare(has, needs) < 0 {
		t.Errorf("the image is built by %s, and go.mod asks for %s", has, needs)
	}
	find("docker/Dockerfile", `ARG BASE_IMAGE=debian:(12\.[0-9]+)-slim`) // which is bookworm
}

func TestComposeNodes(t *testing.T) {
	t.Parallel()
	p := load(t, nil)
	for _, nodes := range []int{1, 3} {
		for i, port := range dockerPorts(nodes) {
			id := int32(i + 1)
			s, ok := p.Services[container(nodes, id)]
			if !ok {
				t.Fatalf("there is no service %s", container(nodes, id))
			}
			env := func(name string) string {
				if v := s.Environment[name]; v != nil {
					return *v
				}
				return ""
			}
			host := strconv.Itoa(port)
			if s.Profiles[0] != profile(nodes) || env("KAFKA_NODE_ID") != strconv.Itoa(int(id)) {
				t.Errorf("%s: profile %q, node %q", s.Name, s.Profiles, env("KAFKA_NODE_ID"))
			}
			// A client is sent to the advertised address, so it is the host's, and what is behind it listens.
			if s.Ports[0].Published != host || s.Ports[0].Target != uint32(port) ||
				!strings.Contains(env("KAFKA_LISTENERS"), "HOST://:"+host+",") ||
				env("KAFKA_ADVERTISED_LISTENERS") != "HOST://127.0.0.1:"+host+",INTERNAL://"+s.Name+":9094" {
				t.Errorf("%s: %+v, listeners %s, advertised %s, want port %s in all", s.Name, s.Ports, env("KAFKA_LISTENERS"), env("KAFKA_ADVERTISED_LISTENERS"), host)
			}
			var voters []string
			for v := range nodes {
				voters = append(voters, strconv.Itoa(v+1)+"@"+container(nodes, int32(v+1))+":9093")
			}
			if got := env("KAFKA_CONTROLLER_QUORUM_VOTERS"); got != strings.Join(voters, ",") {
				t.Errorf("%s: voters %s, want %s", s.Name, got, voters)
			}
			sameAsJava(t, nodes, int(id), env)
		}
	}
}

// sameAsJava checks that a node in docker has the settings that one of the engine java has, so that the two differ in
// where they run and in nothing else.
func sameAsJava(t *testing.T, nodes, id int, env func(string) string) {
	t.Helper()
	compared := 0
	for line := range strings.Lines(serverProperties(id, make([]int, portKinds*nodes), "/d")) {
		name, want, _ := strings.Cut(strings.TrimSpace(line), "=")
		if strings.Contains(name, "listener") || strings.Contains(name, "voters") || name == "log.dirs" {
			continue // they are about places
		}
		compared++
		if got := env("KAFKA_" + strings.ToUpper(strings.ReplaceAll(name, ".", "_"))); got != want {
			t.Errorf("%s node %d of %d: %s is %q in docker and %q in java", profile(nodes), id, nodes, name, got, want)
		}
	}
	if compared < 10 {
		t.Errorf("only %d settings were compared", compared)
	}
}
