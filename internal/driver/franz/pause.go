package franz

// The library pauses a topic, also partitions of it that are assigned later.

func (c *consumer) Pause()  { c.kc.PauseFetchTopics(c.cfg.Topic) }
func (c *consumer) Resume() { c.kc.ResumeFetchTopics(c.cfg.Topic) }
