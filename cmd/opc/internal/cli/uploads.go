package cli

import (
	"sync"
	"time"

	"github.com/vbauerster/mpb/v8"
	"github.com/vbauerster/mpb/v8/decor"

	"github.com/opc-project/opc/publish"
)

// smallUpload is the size from which a blob gets a bar of its own; smaller ones are over before anybody has read it.
const smallUpload = 256 << 10

// uploads shows on a terminal what is being sent: a line that says what is being done, and a bar for each large blob.
// The zero value shows nothing.
type uploads struct {
	all  *mpb.Progress
	line *mpb.Bar

	mu   sync.Mutex
	now  string
	bars map[string]*mpb.Bar // by repository and digest
}

// newUploads shows uploads, where somebody looks.
func (p *printer) newUploads() *uploads {
	if p.quiet || !p.env.Terminal {
		return &uploads{}
	}
	begin := make(chan struct{})
	time.AfterFunc(progressDelay, func() { close(begin) })
	u := &uploads{bars: map[string]*mpb.Bar{}, now: "looking at the registry"}
	u.all = mpb.New(mpb.WithOutput(p.env.Stderr), mpb.WithWidth(30), mpb.WithAutoRefresh(), mpb.WithRenderDelay(begin))
	u.line = u.all.MustAdd(0, nil, mpb.BarPriority(1<<20), mpb.PrependDecorators(decor.Any(func(decor.Statistics) string {
		u.mu.Lock()
		defer u.mu.Unlock()
		return u.now + " ..."
	})))
	return u
}

// tell replaces the line that says what is being done.
func (u *uploads) tell(what string) {
	u.mu.Lock()
	defer u.mu.Unlock()
	u.now = what
}

// sent moves the bar of a blob.
func (u *uploads) sent(t publish.Transfer) {
	if u.all == nil || t.Size < smallUpload {
		return
	}
	u.mu.Lock()
	defer u.mu.Unlock()
	key := t.Repository + "@" + t.Digest
	bar, ok := u.bars[key]
	if !ok {
		bar = u.all.AddBar(t.Size, mpb.BarRemoveOnComplete(),
			mpb.PrependDecorators(decor.Name(shortDigest(t.Digest)+" ")),
			mpb.AppendDecorators(decor.Counters(decor.SizeB1000(0), " % .1f of % .1f")))
		u.bars[key] = bar
	}
	bar.SetCurrent(t.At)
}

// end removes everything that was shown.
func (u *uploads) end() {
	if u.all == nil {
		return
	}
	u.mu.Lock()
	for _, bar := range u.bars {
		bar.Abort(true)
	}
	u.mu.Unlock()
	u.line.Abort(true)
	u.all.Wait()
}

// shortDigest is enough of a digest to tell blobs apart.
func shortDigest(digest string) string { return digest[:min(len(digest), len("sha256:")+12)] }
