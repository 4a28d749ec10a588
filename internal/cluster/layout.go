package cluster

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"kbench/internal/unit"
)

// What a node needs ports for, in their order: every node's of one kind stand together.
const (
	portClients     = iota
	portControllers // of each other
	portLinked      // what comes through its link
	portLink        // the link's own, where kbench listens and not the node
	portKinds
)

// portOf is the address of one kind of node id, 1 and up.
func portOf(ports []int, kind, id int) string {
	return loopback(ports[kind*len(ports)/portKinds+id-1])
}

// layOut makes n's folder with its settings, and its command line. ports are as portOf has them; change may be nil.
func layOut(n *jvm, k kafka, ports []int, heap unit.Size, change func(string) string) error {
	if err := os.MkdirAll(n.Dir, 0o755); err != nil {
		return err
	}
	settings := serverProperties(int(n.ID), ports, n.dataDir())
	if change != nil {
		settings = change(settings)
	}
	for name, text := range map[string]string{
		"server.properties": settings,
		"log4j2.properties": log4jProperties(n.logFile()),
	} {
		if err := os.WriteFile(filepath.Join(n.Dir, name), []byte(text), 0o644); err != nil {
			return err
		}
	}
	n.Argv = []string{
		k.java, fmt.Sprintf("-Xms%d", heap), fmt.Sprintf("-Xmx%d", heap),
		// What Kafka's own start script sets.
		"-server", "-XX:+UseG1GC", "-XX:MaxGCPauseMillis=20", "-XX:InitiatingHeapOccupancyPercent=35",
		"-XX:+ExplicitGCInvokesConcurrent", "-Djava.awt.headless=true",
		log4jOption(n.Dir), "-cp", k.libs + "/*", "kafka.Kafka", filepath.Join(n.Dir, "server.properties"),
	}
	return nil
}

// serverProperties are the settings of node id, 1 and up, which is broker and controller in one. Kafka's defaults
// stay for everybody's topics. What differs is what few nodes cannot do (three replicas of Kafka's own topics on one),
// what only makes a first consumer wait, and topics that a mistyped name would make.
//
// A client goes where brokers tell it to. So those that come through a node's link, to the listener LINK, are told the
// links' addresses. Links are there only while a scenario needs them; until then the listener is idle.
func serverProperties(id int, ports []int, data string) string {
	nodes := len(ports) / portKinds
	voters := make([]string, nodes)
	for i := range voters {
		voters[i] = fmt.Sprintf("%d@%s", i+1, portOf(ports, portControllers, i+1))
	}
	replicas := min(3, nodes)
	inSync := max(1, replicas-1)
	return strings.Join([]string{
		"process.roles=broker,controller",
		fmt.Sprintf("node.id=%d", id),
		"controller.quorum.voters=" + strings.Join(voters, ","),
		"controller.listener.names=CONTROLLER",
		fmt.Sprintf("listeners=PLAINTEXT://%s,CONTROLLER://%s,LINK://%s",
			portOf(ports, portClients, id), portOf(ports, portControllers, id), portOf(ports, portLinked, id)),
		fmt.Sprintf("advertised.listeners=PLAINTEXT://%s,LINK://%s", portOf(ports, portClients, id), portOf(ports, portLink, id)),
		"listener.security.protocol.map=PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT,LINK:PLAINTEXT",
		"inter.broker.listener.name=PLAINTEXT",
		"log.dirs=" + escapeProperty(data),
		fmt.Sprintf("offsets.topic.replication.factor=%d", replicas),
		fmt.Sprintf("transaction.state.log.replication.factor=%d", replicas),
		fmt.Sprintf("transaction.state.log.min.isr=%d", inSync),
		fmt.Sprintf("share.coordinator.state.topic.replication.factor=%d", replicas),
		fmt.Sprintf("share.coordinator.state.topic.min.isr=%d", inSync),
		"offsets.topic.num.partitions=4",
		"transaction.state.log.num.partitions=4",
		"auto.create.topics.enable=false",
		"group.initial.rebalance.delay.ms=0",
		"",
	}, "\n")
}

// log4jProperties make the broker write what it has to say to file, 10 MB and as much again at most.
func log4jProperties(file string) string {
	return `status=warn
appender.file.type=RollingFile
appender.file.name=file
appender.file.fileName=` + escapeProperty(file) + `
appender.file.filePattern=` + escapeProperty(file) + `.%i
appender.file.layout.type=PatternLayout
appender.file.layout.pattern=[%d] %p %m (%c)%n
appender.file.policies.type=Policies
appender.file.policies.size.type=SizeBasedTriggeringPolicy
appender.file.policies.size.size=10MB
appender.file.strategy.type=DefaultRolloverStrategy
appender.file.strategy.max=1
rootLogger.level=info
rootLogger.appenderRef.file.ref=file
`
}

func log4jOption(dir string) string {
	return "-Dlog4j2.configurationFile=" + filepath.Join(dir, "log4j2.properties")
}

// escapeProperty writes a path so that Java's properties format reads it back.
func escapeProperty(path string) string { return strings.ReplaceAll(path, `\`, `\\`) }
