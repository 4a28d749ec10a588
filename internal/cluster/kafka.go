package cluster

import (
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

// kafkaVersion is what is fetched when no Kafka is installed.
const kafkaVersion = "4.3.0"

// fetchLimit is how long Maven may take for about 54 MB.
const fetchLimit = 10 * time.Minute

// pom asks Maven for a broker with its tools, and for what makes it write a log.
const pom = `<project xmlns="http://maven.apache.org/POM/4.0.0">
<modelVersion>4.0.0</modelVersion><groupId>kbench</groupId><artifactId>kafka</artifactId><version>1</version><packaging>pom</packaging>
<dependencies>
<dependency><groupId>org.apache.kafka</groupId><artifactId>kafka_2.13</artifactId><version>` + kafkaVersion + `</version></dependency>
<dependency><groupId>org.apache.kafka</groupId><artifactId>kafka-tools</artifactId><version>` + kafkaVersion + `</version></dependency>
<dependency><groupId>org.apache.logging.log4j</groupId><artifactId>log4j-slf4j-impl</artifactId><version>2.24.3</version></dependency>
</dependencies></project>
`

// A kafka is an installed Apache Kafka and the Java that runs it.
type kafka struct {
	java    string // path of the program
	libs    string // folder of jars
	version string
}

// findKafka returns the Kafka of KafkaHome, or else the one in the cache, which is fetched once.
func findKafka(ctx context.Context, o Options) (kafka, error) {
	k := kafka{version: kafkaVersion, libs: filepath.Join(o.CacheDir, "kafka-"+kafkaVersion, "libs")}
	var err error
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
	return k, fetch(ctx, o, filepath.Dir(k.libs))
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
func fetch(ctx context.Context, o Options, dir string) error {
	mvn, err := exec.LookPath("mvn")
	if err != nil {
		return fmt.Errorf("fetch Apache Kafka %s: %w; install Maven, or set KAFKA_HOME to an unpacked Kafka", kafkaVersion, err)
	}
	ctx, cancel := context.WithTimeoutCause(ctx, fetchLimit, fmt.Errorf("not done after %v", fetchLimit))
	defer cancel()
	unlock, err := lock(ctx, dir+".lock")
	if err != nil {
		return fmt.Errorf("fetch Apache Kafka %s: %w", kafkaVersion, err)
	}
	defer unlock()
	if _, err := versionOf(filepath.Join(dir, "libs")); err == nil {
		return nil // by another kbench, while this one waited
	}
	fmt.Fprintf(o.Log, "kbench: fetching Apache Kafka %s from Maven, once (54 MB, to %s)\n", kafkaVersion, dir)
	temp, err := os.MkdirTemp(filepath.Dir(dir), filepath.Base(dir)+".part-")
	if err != nil {
		return fmt.Errorf("fetch Apache Kafka %s: %w", kafkaVersion, err)
	}
	defer func() { _ = os.RemoveAll(temp) }()
	if err := download(ctx, mvn, temp); err != nil {
		return fmt.Errorf("fetch Apache Kafka %s: %w; check the network and Maven's settings, or set KAFKA_HOME to an unpacked Kafka", kafkaVersion, err)
	}
	if err := os.RemoveAll(dir); err != nil { // what is there is not whole
		return err
	}
	if err := os.Rename(temp, dir); err != nil {
		return fmt.Errorf("fetch Apache Kafka %s: %w", kafkaVersion, err)
	}
	return nil
}

func download(ctx context.Context, mvn, temp string) error {
	if err := os.WriteFile(filepath.Join(temp, "pom.xml"), []byte(pom), 0o644); err != nil {
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
