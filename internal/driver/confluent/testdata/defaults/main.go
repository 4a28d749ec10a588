// Defaults prints librdkafka's configuration before anything is set, a property and its value a line. The Go package has
// no way to ask for it, and test files cannot use C themselves.
package main

/*
#include <stddef.h>

typedef struct rd_kafka_conf_s rd_kafka_conf_t;
typedef struct rd_kafka_topic_conf_s rd_kafka_topic_conf_t;
extern rd_kafka_conf_t *rd_kafka_conf_new(void);
extern rd_kafka_topic_conf_t *rd_kafka_topic_conf_new(void);
extern const char **rd_kafka_conf_dump(rd_kafka_conf_t *conf, size_t *cntp);
extern const char **rd_kafka_topic_conf_dump(rd_kafka_topic_conf_t *conf, size_t *cntp);
*/
import "C"

import (
	"fmt"
	"unsafe"

	_ "github.com/confluentinc/confluent-kafka-go/v2/kafka" // brings the library
)

func main() {
	var n C.size_t
	show(C.rd_kafka_topic_conf_dump(C.rd_kafka_topic_conf_new(), &n), &n)
	show(C.rd_kafka_conf_dump(C.rd_kafka_conf_new(), &n), &n)
}

// show prints n texts, names and values in turn.
func show(texts **C.char, n *C.size_t) {
	all := unsafe.Slice(texts, int(*n))
	for i := 0; i+1 < len(all); i += 2 {
		fmt.Printf("%s=%s\n", C.GoString(all[i]), C.GoString(all[i+1]))
	}
}
