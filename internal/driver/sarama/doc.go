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
//   - Retries without end. It gets as many as the timeout has room for.
//   - SCRAM. franz-go's client for it says what is to be said.
//   - A sticky partitioner. Ours stays with a partition for one batch, or for two lingers.
//   - A way to hurry. On Close, records look like ones that cannot be sent, pauses between tries are over, and what still
//     waits for the network ends when the connections are cut. Only a linger has to be waited for, so it has a limit.
//   - Transactions that kbench could drive, the consumer protocol (KIP-848), levels for lz4: refused.
//
// Leaders are looked up for half of the delivery timeout, then the record fails with what the brokers said last: an unknown
// topic is told as one, and an outage of half of the timeout is survived. What the library does beside what one expects
// stands in docs/traps.md.
package sarama
