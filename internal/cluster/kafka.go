package cluster

import (
	"cmp"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// kafkaVersion is what is fetched when no Kafka is installed, and nobody asks for another version.
const kafkaVersion = "4.3.0"

// fetchLimit is how long Maven may take for about 60 MB.
const fetchLimit = 10 * time.Minute

// pomFor asks Maven for a broker of a version with its tools, and for what makes it write a log. Kafka 3 calls Log4j 1, and its tools
// bring a copy, which would write to standard output; this is one that hands over to Log4j 2.
func pomFor(version string) string {
	bridge, without := "", ""
	if strings.HasPrefix(version, "3.") {
		bridge = `<dependency><groupId>org.apache.logging.log4j</groupId><artifactId>log4j-1.2-api</artifactId><version>2.24.3</version></dependency>
`
		without = `<exclusions><exclusion><groupId>org.slf4j</groupId><artifactId>slf4j-reload4j</artifactId></exclusion>` +
			`<exclusion><groupId>ch.qos.reload4j</groupId><artifactId>reload4j</artifactId></exclusion></exclusions>`
	}
	return `<project xmlns="http://maven.apache.org/POM/4.0.0">
<modelVersion>4.0.0</modelVersion><groupId>kbench</groupId><artifactId>kafka</artifactId><version>1</version><packaging>pom</packaging>
<dependencies>
<dependency><groupId>org.apache.kafka</groupId><artifactId>kafka_2.13</artifactId><version>` + version + `</version>` + without + `</dependency>
<dependency><groupId>org.apache.kafka</groupId><artifactId>kafka-tools</artifactId><version>` + version + `</version>` + without + `</dependency>
<dependency><groupId>org.apache.logging.log4j</groupId><artifactId>log4j-slf4j-impl</artifactId><version>2.24.3</version></dependency>
` + bridge + `</dependencies></project>
`
}

// A kafka is an installed Apache Kafka and the Java that runs it.
type kafka struct {
	java    string // path of the program
	libs    string // folder of jars
	version string
}

// findKafka returns the Kafka of KafkaHome, or else the one in the cache, which is fetched once.
func findKafka(ctx context.Context, o Options) (kafka, error) {
	version, err := o.version()
	if err != nil {
		return kafka{}, err
	}
	k := kafka{version: version, libs: filepath.Join(o.CacheDir, "kafka-"+version, "libs")}
	if k.java, err = findJava(ctx); err != nil {
		return k, err
	}
	if o.KafkaHome != "" {
		k.libs = filepath.Join(o.KafkaHome, "libs")
		k.version, err = versionOf(k.libs)
		return k, err
	}
	if _, err := versionOf(k.libs); err == nil {
		return k, nil
	}
	return k, fetch(ctx, o, version, filepath.Dir(k.libs))
}

// version returns which Kafka to fetch. It becomes part of a path.
func (o Options) version() (string, error) {
	version := cmp.Or(o.KafkaVersion, kafkaVersion)
	if !regexp.MustCompile(`^[34]\.\d{1,3}\.\d{1,3}$`).MatchString(version) {
		return "", fmt.Errorf("KBENCH_KAFKA_VERSION %q is no version of Kafka that runs without ZooKeeper (examples: 3.3.1, %s)", version, kafkaVersion)
	}
	return version, nil
}

// versionOf reads Kafka's version off the name of its jar in libs.
func versionOf(libs string) (string, error) {
	jars, err := filepath.Glob(filepath.Join(libs, "kafka_2.*.jar"))
	if err != nil {
		return "", err
	}
	for _, jar := range jars {
		_, version, ok := strings.Cut(strings.TrimSuffix(filepath.Base(jar), ".jar"), "-")
		if ok && version != "" && version[0] >= '0' && version[0] <= '9' && !strings.Contains(version, "-test") && !strings.Contains(version, "-sources") {
			return version, nil
		}
	}
	return "", fmt.Errorf("no Kafka in %s: there is no kafka_2.13-VERSION.jar; set KAFKA_HOME to the folder that Kafka was unpacked to, or unset it to let kbench fetch one", libs)
}

// findJava returns the path of a Java that is new enough for Kafka 4.
func findJava(ctx context.Context) (string, error) {
	const want = "Kafka needs Java 17 or newer: install a JRE, or set JAVA_HOME to one"
	path := "java"
	if home := os.Getenv("JAVA_HOME"); home != "" {
		path = filepath.Join(home, "bin", "java")
	}
	path, err := exec.LookPath(path)
	if err != nil {
		return "", fmt.Errorf("find java: %w; %s", err, want)
	}
	ctx, cancel := context.WithTimeout(ctx, 20*time.Second)
	defer cancel()
	_, said, err := run(ctx, command{path: path, args: []string{"-version"}})
	if err != nil {
		return "", fmt.Errorf("%w; %s", err, want)
	}
	if major := javaMajor(said); major < 17 {
		return "", fmt.Errorf("%s is version %d; %s", path, major, want)
	}
	return path, nil
}

// javaMajor reads 17 from `openjdk version "17.0.15"`, 8 from `java version "1.8.0_401"`, and 0 from anything else.
func javaMajor(said string) int {
	m := regexp.MustCompile(`version "(?:1\.)?(\d+)`).FindStringSubmatch(said)
	if m == nil {
		return 0
	}
	n, err := strconv.Atoi(m[1])
	if err != nil {
		return 0
	}
	return n
}

// fetch fills dir with Kafka's jars. It does so in a folder beside it that is renamed at the end, so that a download
// that broke is never taken for a whole one, and under a lock, so that a second kbench waits for the first.
func fetch(ctx context.Context, o Options, version, dir string) error {
	mvn, err := exec.LookPath("mvn")
	if err != nil {
		return fmt.Errorf("fetch Apache Kafka %s: %w; install Maven, or set KAFKA_HOME to an unpacked Kafka", version, err)
	}
	ctx, cancel := context.WithTimeoutCause(ctx, fetchLimit, fmt.Errorf("not done after %v", fetchLimit))
	defer cancel()
	unlock, err := lock(ctx, dir+".lock")
	if err != nil {
		return fmt.Errorf("fetch Apache Kafka %s: %w", version, err)
	}
	defer unlock()
	if _, err := versionOf(filepath.Join(dir, "libs")); err == nil {
		return nil // by another kbench, while this one waited
	}
	fmt.Fprintf(o.Log, "kbench: fetching Apache Kafka %s from Maven, once (some 60 MB, to %s)\n", version, dir)
	temp, err := os.MkdirTemp(filepath.Dir(dir), filepath.Base(dir)+".part-")
	if err != nil {
		return fmt.Errorf("fetch Apache Kafka %s: %w", version, err)
	}
	defer func() { _ = os.RemoveAll(temp) }()
	if err := download(ctx, mvn, version, temp); err != nil {
		return fmt.Errorf("fetch Apache Kafka %s: %w; check the network and Maven's settings, or set KAFKA_HOME to an unpacked Kafka", version, err)
	}
	if err := os.RemoveAll(dir); err != nil { // what is there is not whole
		return err
	}
	if err := os.Rename(temp, dir); err != nil {
		return fmt.Errorf("fetch Apache Kafka %s: %w", version, err)
	}
	return nil
}

func download(ctx context.Context, mvn, version, temp string) error {
	if err := os.WriteFile(filepath.Join(temp, "pom.xml"), []byte(pomFor(version)), 0o644); err != nil {
		return err
	}
	libs := filepath.Join(temp, "libs")
	args := []string{"-q", "-B", "-f", "pom.xml", "dependency:copy-dependencies", "-DoutputDirectory=" + libs}
	if _, _, err := run(ctx, command{path: mvn, args: args, dir: temp}); err != nil {
		return err
	}
	_, err := versionOf(libs)
	return err
}
