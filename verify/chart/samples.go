package chart

import (
	"encoding/json"
	"strings"
)

// Sample is what the values schema must take for a value, and what it must refuse.
type Sample struct {
	Path           []string
	Takes, Refuses []any
}

// Try holds the values schema against a sample.
func (c *Chart) Try(s Sample) []Laxity {
	var out []Laxity
	for _, v := range s.Takes {
		if !c.Takes(s.Path, v) {
			out = append(out, Laxity{s.Path, "refuses " + jsonOf(v)})
		}
	}
	for _, v := range s.Refuses {
		if c.Takes(s.Path, v) {
			out = append(out, Laxity{s.Path, "takes " + jsonOf(v)})
		}
	}
	return out
}

var (
	name     = Sample{Takes: []any{"", "a-name-1"}, Refuses: []any{"Not a name", strings.Repeat("a", 64)}}
	amount   = Sample{Takes: []any{0, 3}, Refuses: []any{-1}}
	host     = Sample{Takes: []any{"", "localhost:5000/a"}, Refuses: []any{"a host", "https://localhost"}}
	share    = Sample{Takes: []any{0, 3, "50%"}, Refuses: []any{-1, "half", "50"}}
	duration = Sample{Takes: []any{"", "30s", "1m30s"}, Refuses: []any{"often", "30"}}
)

// samples are what Kubernetes, a registry or the Prometheus Operator takes and refuses, by the name of the value that
// gets there.
var samples = map[string]Sample{
	"nameOverride": name, "fullnameOverride": name, "namespaceOverride": name,
	"repository":   {Takes: []any{"a", "localhost:5000/a/b"}, Refuses: []any{""}},
	"tag":          {Takes: []any{"", "v1.0_a-b"}, Refuses: []any{"a tag", "a@b", strings.Repeat("a", 129)}},
	"digest":       {Takes: []any{"", "sha256:" + strings.Repeat("0a", 32)}, Refuses: []any{"sha256:0a", strings.Repeat("0a", 32)}},
	"pullPolicy":   {Takes: []any{"", "Always", "IfNotPresent", "Never"}, Refuses: []any{"Sometimes"}},
	"dnsPolicy":    {Takes: []any{"", "ClusterFirst", "ClusterFirstWithHostNet", "Default", "None"}, Refuses: []any{"Sometimes"}},
	"replicaCount": amount, "terminationGracePeriodSeconds": amount, "revisionHistoryLimit": amount,
	"registry": host, "imageRegistry": host,
	"maxUnavailable": share, "minAvailable": share,
	"interval": duration, "scrapeTimeout": duration,
	"extraEnv": {Takes: list(`[{"name": "A", "value": "b"}]`, `[{"name": "A", "valueFrom": {"fieldRef": {"fieldPath": "spec.nodeName"}}}]`),
		Refuses: list(`[{"value": "b"}]`, `[{"name": "A", "value": 1}]`, `[{"name": "A", "value": "b", "valueFrom": {}}]`)},
	"extraEnvFrom":              {Takes: list(`[{"secretRef": {"name": "a"}}]`), Refuses: list(`[{"secretRef": "a"}]`)},
	"extraVolumes":              {Takes: list(`[{"name": "a", "emptyDir": {}}]`), Refuses: list(`[{"emptyDir": {}}]`)},
	"extraVolumeMounts":         {Takes: list(`[{"name": "a", "mountPath": "/a"}]`), Refuses: list(`[{"name": "a"}]`)},
	"extraContainers":           {Takes: list(`[{"name": "a", "image": "b"}]`), Refuses: list(`[{"image": "b"}]`)},
	"extraInitContainers":       {Takes: list(`[{"name": "a", "image": "b"}]`), Refuses: list(`[{"image": "b"}]`)},
	"extraObjects":              {Takes: list(`[{"apiVersion": "v1", "kind": "Secret"}]`), Refuses: list(`[{"kind": "Secret"}]`, `[{"apiVersion": "v1"}]`)},
	"affinity":                  {Takes: list(`{"podAffinity": {}}`), Refuses: list(`{"podAffinity": []}`)},
	"tolerations":               {Takes: list(`[{"key": "a", "operator": "Exists"}]`), Refuses: list(`[{"value": true}]`, `[{"effect": "Never"}]`)},
	"topologySpreadConstraints": {Takes: list(`[{"maxSkew": 1, "topologyKey": "zone", "whenUnsatisfiable": "ScheduleAnyway"}]`), Refuses: list(`[{"maxSkew": "1"}]`)},
	"imagePullSecrets":          {Takes: list(`[{"name": "a"}]`), Refuses: list(`["a"]`)},
	"lifecycle":                 {Takes: list(`{"preStop": {"sleep": {"seconds": 1}}}`), Refuses: list(`{"preStop": []}`)},
	"podSecurityContext":        {Takes: list(`{"fsGroup": 1}`), Refuses: list(`{"fsGroup": "a"}`)},
	"securityContext":           {Takes: list(`{"privileged": false}`), Refuses: list(`{"privileged": "no"}`)},
	"resources":                 {Takes: list(`{"limits": {"cpu": 1, "memory": "1Gi"}}`), Refuses: list(`{"limits": {"cpu": true}}`)},
	"strategy":                  {Takes: list(`{"type": "Recreate"}`), Refuses: list(`{"type": "Sometimes"}`)},
	"failurePolicy":             {Takes: list(`""`, `"Fail"`, `"Ignore"`), Refuses: list(`"Sometimes"`)},
	"timeoutSeconds":            {Takes: []any{1, 30}, Refuses: []any{0, 31}},
}

// list reads samples that are written in JSON.
func list(texts ...string) []any {
	out := make([]any, len(texts))
	for i, text := range texts {
		if err := json.Unmarshal([]byte(text), &out[i]); err != nil {
			panic("chart: a sample that is no JSON: " + text)
		}
	}
	return out
}

// sample is what a value of the chart must take and refuse, where its name says so. The name of a parameter is its
// author's, and says nothing.
func sample(path []string) Sample {
	s := samples[path[len(path)-1]]
	switch path[0] {
	case "relatedImages":
		s = samples["repository"]
	case "parameters":
		s = Sample{}
	}
	s.Path = path
	return s
}
