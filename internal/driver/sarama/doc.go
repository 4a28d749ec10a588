// Package sarama is the driver of IBM/sarama: its AsyncProducer, its ConsumerGroup and its partition consumers.
//
// Every setting that kbench has is stated in the library's configuration, and Settings reads it back from there: under
// Kafka's names, and what the library alone has under the path of its field, such as Producer.Flush.Bytes. Those paths
// are also the client's own properties.
//
// What the library has not, and who does it here:
//   - A buffer. Its input is a channel that blocks once a few hundred records stand behind it. So a flight holds the
//     records that it has not taken yet, and Send waits for room there.
//   - A delivery timeout. The flight gives a record up when its time is over. The library may still hold it, and with it
//     the bytes, so the record gets fresh ones; it takes room until the library lets go.
//   - Retries without end. It allocates for each one at the start, so it gets as many as the timeout has room for.
//   - A sticky partitioner. Ours stays with a partition for one batch, or for two lingers.
//   - A way to hurry. On Close, records look like ones that cannot be sent, pauses between tries are over, and what still
//     waits for the network ends when the connections are cut. Only a linger has to be waited for, so it has a limit.
//   - Transactions that kbench could drive, the consumer protocol (KIP-848), levels for lz4: refused.
//
// Non-obvious, each of them read in the library's source:
//   - Idempotence needs max_in_flight 1, or the library refuses its own configuration. In any case it has one batch of a
//     partition in flight at a time; max_in_flight counts requests to a broker.
//   - A batch is full by Producer.MaxMessageBytes, which also bounds a single record: a larger one fails with
//     MESSAGE_TOO_LARGE. Flush.Bytes would count all partitions of a broker together and bounds nothing while a batch is
//     under way, so batches could outgrow what the broker takes. It stays unset.
//   - zstd has four levels; the library takes the nearest one.
//   - Leaders are looked up for half of the delivery timeout, then the record fails with what the brokers said last: an
//     unknown topic is told as one, and an outage of half of the timeout is survived.
//   - After three failed look-ups a circuit breaker answers for 10 s. Its error says nothing, so the last real one is told.
//     Nothing can end its timer: where brokers went away just before Close, a goroutine sleeps for up to 10 s after it.
//   - Its meters start a goroutine that never ends, and forget their counts when a connection closes. The registry here
//     counts, and nothing more.
//   - A consumer has one connection to a broker and one request on it at a time: a commit waits until the fetch before it
//     is answered, which takes as long as the broker may wait for records. So that is 100 ms here, and not 500.
//   - With the cooperative protocol a session lives on through rebalances: claims end and begin without a word to the
//     handler but their channel's end. What was read must be committed before the handler returns.
//   - OffsetManager asks for each partition's offset by itself, and fails where the broker has no such group, as the fake
//     does. An empty commit makes the group.
package sarama
