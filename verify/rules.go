package verify

import (
	"maps"
	"slices"
	"sync"
)

// ruleUse remembers which rules of what may differ were needed, so that a test can find those that never are.
type ruleUse struct {
	mu  sync.Mutex
	ids map[string]bool
}

func (u *ruleUse) add(ids []string) {
	u.mu.Lock()
	defer u.mu.Unlock()
	if u.ids == nil {
		u.ids = map[string]bool{}
	}
	for _, id := range ids {
		u.ids[id] = true
	}
}

func (u *ruleUse) list() []string {
	u.mu.Lock()
	defer u.mu.Unlock()
	return slices.Sorted(maps.Keys(u.ids))
}
