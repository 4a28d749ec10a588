package result

// A Rebalance is what a change of a consumer group's members did to its reading: a step of the scenario's churn, or one that the
// group came to by itself. Instants count from the trial's start. docs/method.md defines what a pause is.
type Rebalance struct {
	Group     int    `json:"group"`          // from 1
	Step      int    `json:"step,omitempty"` // of Plan.Consumer.Churn, from 1; 0: the group's own
	AtNs      int64  `json:"at_ns"`          // when it began: of the group's own, when it was noticed
	Why       string `json:"why"`            // for people
	SettledNs *int64 `json:"settled_ns"`     // how long after AtNs a partition last changed hands, or was dealt again; nil: none was

	Partitions int    `json:"partitions"`   // from which records came, or should have
	Moved      int    `json:"moved"`        // that another member had afterwards
	Stopped    int    `json:"stopped"`      // whose pause was above StoppedNs; those of Unread too
	Unread     int    `json:"unread"`       // from which nothing came any more, though there were records: nobody knows their pause
	PauseP50Ns *int64 `json:"pause_p50_ns"` // over partitions; nil where that is one of Unread, or there were none
	PauseMaxNs *int64 `json:"pause_max_ns"` // likewise; with Unread above 0 a lower bound
	Reread     int64  `json:"reread"`       // records that the group read again, from its beginning to that of the next

	Longest []Standstill `json:"longest,omitempty"` // by partition, the longest first, LongestPauses at most
}

// A Standstill is the pause of one partition. Members are known by their number in the group; 0 is nobody.
type Standstill struct {
	Partition int32 `json:"partition"`
	PauseNs   int64 `json:"pause_ns"`
	From      int32 `json:"from"`
	To        int32 `json:"to"`
}

const (
	// StoppedNs is how long a pause must be for a partition to count as stopped: well above what a record takes on a quiet cluster.
	StoppedNs = 50e6
	// LongestPauses bounds Rebalance.Longest.
	LongestPauses = 50
)

// rebalanceMetrics are read off all rebalances of a trial; without one there is no number.
func rebalanceMetrics() []Metric {
	return []Metric{
		{"rebalance_pause_max", UnitNs, -1, func(t *Trial) (float64, bool) {
			longest, found := int64(0), false
			for _, r := range t.Rebalances {
				if r.PauseMaxNs != nil {
					longest, found = max(longest, *r.PauseMaxNs), true
				}
			}
			return float64(longest), found
		}},
		{"reread", UnitRecords, -1, func(t *Trial) (float64, bool) { return known(t.Counts.Reread) }},
	}
}

// pauseUnknown says that some partition stood still for longer than any number tells.
func (t *Trial) pauseUnknown() bool {
	for _, r := range t.Rebalances {
		if r.Unread > 0 {
			return true
		}
	}
	return false
}
