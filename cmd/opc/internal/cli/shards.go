package cli

import (
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/opc-project/opc/emit"
)

// A listed description is one line of opc list.
type listed struct {
	Description string   `json:"description"`       // its path, relative to where opc runs
	Name        string   `json:"name,omitempty"`    // the operator's; "" where the description has errors
	Version     string   `json:"version,omitempty"` // the operator's
	Digest      string   `json:"digest,omitempty"`  // of what the description says and of the files that it names
	Inputs      []string `json:"inputs"`            // the files that it is made from, itself among them

	size int64 // of the inputs, in bytes: what a machine has to do
}

// A shard is what one machine of several compiles.
type shard struct {
	Shard        int      `json:"shard"` // counted from 1
	Descriptions []string `json:"descriptions"`
}

// deal gives descriptions to at most n shards of about the same size: the largest first, each to the shard that has
// least. The same descriptions give the same shards.
func deal(list []listed, n int) []shard {
	order := slices.Clone(list)
	slices.SortStableFunc(order, func(a, b listed) int { return int(min(max(b.size-a.size, -1), 1)) })
	shards, loads := make([]shard, min(n, len(list))), make([]int64, min(n, len(list)))
	for _, l := range order {
		i := slices.Index(loads, slices.Min(loads))
		loads[i] += l.size + 1 // even an empty one counts
		shards[i].Descriptions = append(shards[i].Descriptions, l.Description)
	}
	for i := range shards {
		shards[i].Shard = i + 1
		slices.Sort(shards[i].Descriptions)
	}
	return shards
}

// words are the descriptions of a shard as one text, quoted for a shell and for xargs where a name needs it.
func (s shard) words() string {
	var out []string
	for _, d := range s.Descriptions {
		out = append(out, shellWord(d))
	}
	return strings.Join(out, " ")
}

// shellWord quotes a word for a shell, if it needs that.
func shellWord(s string) string {
	if s == "" || strings.ContainsFunc(s, unsafeInShell) {
		return shellQuoted(s)
	}
	return s
}

func unsafeInShell(r rune) bool {
	return r > 127 || !strings.ContainsRune("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-/+@,:=", r)
}

// matrices print shards as the CI systems take them.
var matrices = map[string]func(io.Writer, []shard) error{
	"text": func(w io.Writer, shards []shard) error {
		for _, s := range shards {
			if _, err := fmt.Fprintln(w, s.words()); err != nil {
				return err
			}
		}
		return nil
	},
	"json":   func(w io.Writer, shards []shard) error { return inOneLine(w, append([]shard{}, shards...)) },
	"github": githubMatrix,
	"gitlab": gitlabPipeline,
	"tekton": func(w io.Writer, shards []shard) error { return inOneLine(w, eachInWords(shards)) },
}

// githubMatrix is a value of strategy.matrix. A matrix without entries is an error there: a workflow asks for that first.
func githubMatrix(w io.Writer, shards []shard) error {
	type entry struct {
		Shard        string `json:"shard"`
		Descriptions string `json:"descriptions"`
	}
	include := []entry{}
	for _, s := range shards {
		include = append(include, entry{fmt.Sprintf("%d/%d", s.Shard, len(shards)), s.words()})
	}
	return inOneLine(w, map[string]any{"include": include})
}

// gitlabPipeline is a child pipeline with a job for each shard. What the jobs run stands in the job .opc of the project:
// the variables of parallel:matrix can't be computed, but a child pipeline can. GitLab refuses one without a job.
func gitlabPipeline(w io.Writer, shards []shard) error {
	jobs := map[string]any{}
	for _, s := range shards {
		jobs[fmt.Sprintf("opc %d/%d", s.Shard, len(shards))] = map[string]any{
			"extends": ".opc", "variables": map[string]any{"DESCRIPTIONS": s.words()},
		}
	}
	if len(shards) == 0 {
		jobs["opc"] = map[string]any{"script": []any{"echo 'no description to compile'"}}
	}
	_, err := w.Write(emit.PlainYAML(jobs, ""))
	return err
}

func eachInWords(shards []shard) []string {
	out := []string{}
	for _, s := range shards {
		out = append(out, s.words())
	}
	return out
}

// inOneLine prints JSON as a CI system takes it for the value of an output.
func inOneLine(w io.Writer, v any) error {
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	return enc.Encode(v)
}
