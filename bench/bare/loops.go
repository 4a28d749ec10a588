package bare

import (
	"fmt"
	"time"
)

// pollFor is the longest that a consumer waits for records, and so how late it notices that it is over.
const pollFor = 100 * time.Millisecond

// loops returns a client's two.
func loops(client string) (produce, consume loop, err error) {
	switch client {
	case "franz":
		return produceFranz, consumeFranz, nil
	case "confluent":
		return produceConfluent, consumeConfluent, nil
	case "sarama":
		return produceSarama, consumeSarama, nil
	}
	return nil, nil, fmt.Errorf("there is no bare loop of %q: it is franz, confluent or sarama", client)
}
