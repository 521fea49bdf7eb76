package sandbox

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"runtime/debug"
	"runtime/metrics"
	"sync/atomic"
	"time"

	"github.com/opc-project/opc/internal/processor"
	"github.com/opc-project/opc/verify/chart"
)

// Serve answers requests until in ends: it is what the process does that Start starts. The limit of memory holds for
// the whole process.
func Serve(in io.Reader, out io.Writer) error {
	d, e := json.NewDecoder(in), json.NewEncoder(out)
	e.SetEscapeHTML(false)
	var first request
	if err := d.Decode(&first); err != nil {
		return err
	}
	if first.Limits == nil {
		return errors.New("the first message holds no limits")
	}
	bound(first.Limits.Memory)
	w := &watch{limits: *first.Limits}
	go w.run()
	w.begin()
	f, err := chart.LoadForeign(first.Files)
	if err != nil {
		return e.Encode(answer{Error: err.Error(), Library: errors.Is(err, chart.ErrLibrary)})
	}
	if err := e.Encode(answer{}); err != nil {
		return err
	}
	var last map[string]string
	for {
		w.end()
		var r request
		if err := d.Decode(&r); err != nil {
			if errors.Is(err, io.EOF) {
				return nil
			}
			return err
		}
		w.begin()
		a := render(f, r, first.Limits.Text)
		if a.Texts != nil {
			last, a = a.Texts, a.since(last)
		}
		if err := e.Encode(a); err != nil {
			return err
		}
	}
}

func render(f *chart.Foreign, r request, limit int64) answer {
	if r.Lint != nil {
		return answer{Messages: chart.Lint(r.Lint.Folder, r.Lint.Dir)}
	}
	if r.Release == nil {
		return answer{Error: "the message asks for nothing"}
	}
	texts, err := f.Templates(*r.Release)
	if err != nil {
		return answer{Error: err.Error()}
	}
	var size int64
	for _, text := range texts {
		size += int64(len(text))
	}
	if size > limit {
		return answer{Error: fmt.Sprintf("it renders to more than %d MiB", limit>>20)}
	}
	return answer{Texts: texts}
}

// since leaves out of an answer what is as it was.
func (a answer) since(last map[string]string) answer {
	texts := map[string]string{}
	for name, text := range a.Texts {
		if was, ok := last[name]; !ok || was != text {
			texts[name] = text
		}
	}
	for name := range last {
		if _, ok := a.Texts[name]; !ok {
			a.Gone = append(a.Gone, name)
		}
	}
	a.Texts = texts
	return a
}

// bound limits the memory of this process. Where the system keeps no limit, the watch does.
func bound(limit int64) {
	debug.SetMaxStack(64 << 20)
	debug.SetMemoryLimit(limit * 3 / 4)
	limitMemory(limit)
}

// A watch ends the process that takes too much memory, or too much processor time for one request.
type watch struct {
	limits Limits
	until  atomic.Int64 // processor time; 0 between requests
}

// begin gives the next request its time.
func (w *watch) begin() { w.until.Store(int64(processor.Time() + w.limits.Each)) }

// end stops the clock.
func (w *watch) end() { w.until.Store(0) }

func (w *watch) run() {
	sample := []metrics.Sample{{Name: "/memory/classes/total:bytes"}, {Name: "/memory/classes/heap/released:bytes"}}
	for {
		time.Sleep(20 * time.Millisecond)
		metrics.Read(sample)
		if sample[0].Value.Uint64()-sample[1].Value.Uint64() > uint64(w.limits.Memory) {
			fmt.Fprintln(os.Stderr, "out of memory")
			os.Exit(3)
		}
		if until := w.until.Load(); until > 0 && int64(processor.Time()) > until {
			fmt.Fprintln(os.Stderr, outOfTime)
			os.Exit(3)
		}
	}
}

// outOfTime is what the process says when a request took more than its time.
const outOfTime = "out of time"
