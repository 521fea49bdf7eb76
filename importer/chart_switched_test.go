package importer

import (
	"strings"
	"testing"
)

// loom is a chart whose values add elements to lists, and switch fields and elements.
const loom = `apiVersion: apps/v1
kind: Deployment
metadata: {name: {{ .Release.Name }}}
spec:
  selector: {matchLabels: {app: weaver}}
  template:
    metadata: {labels: {app: weaver}}
    spec:
      {{- with .Values.hostAliases }}
      hostAliases: {{ toYaml . | nindent 8 }}
      {{- end }}
      {{- with .Values.spread }}
      topologySpreadConstraints: {{ toYaml . | nindent 8 }}
      {{- end }}
      containers:
      - name: weaver
        image: registry.example.com/weaver:3.0.0
        imagePullPolicy: {{ .Values.pull }}
        args:
        - --warp=oak
        {{- if .Values.weft }}
        - --weft={{ .Values.weft }}
        {{- end }}
        {{- if .Values.shuttle.count }}
        - --shuttles
        - {{ .Values.shuttle.count | quote }}
        {{- end }}
        {{- if .Values.shuttle.fast }}
        - --fast
        {{- end }}
        {{- if .Values.selvedge }}
        - --selvedge
        {{- end }}
        - --beat
        {{- with .Values.moreFlags }}
        {{- toYaml . | nindent 8 }}
        {{- end }}
        - --tension={{ .Values.tension }}
        {{- if .Values.thread }}
        - --thread={{ .Values.thread }}
        {{- end }}
        - --pattern={{ .Values.pattern }}
        {{- if or .Values.dye .Values.probed .Values.secretDye }}
        env:
        {{- end }}
        {{- with .Values.secretDye }}
        - name: SECRET_DYE
          valueFrom: {secretKeyRef: {name: {{ . }}, key: dye}}
        {{- end }}
        {{- if .Values.dye }}
        - {name: DYE, value: {{ .Values.dye }}}
        {{- end }}
        {{- if .Values.probed }}
        - {name: PROBED, value: "yes"}
        livenessProbe: {httpGet: {path: /alive, port: 8081}}
        {{- end }}
      - name: spool
        image: registry.example.com/spool:1.0.0
        imagePullPolicy: {{ .Values.pull }}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: {name: guild}
rules:
- {apiGroups: [""], resources: [nodes], verbs: [list]}
{{- if .Values.guild.pods }}
- {apiGroups: [""], resources: [pods], verbs: [list]}
{{- end }}
{{- if .Values.guild.jobs }}
- {apiGroups: [batch], resources: [jobs], verbs: [list]}
{{- end }}
{{- with .Values.guild.moreRules }}
{{ toYaml . }}
{{- end }}
`

const loomValues = `hostAliases: []
spread: []
weft: ""
shuttle: {count: null, fast: false}
selvedge: true
moreFlags: {}
dye: ""
probed: false
guild: {pods: true, jobs: false, moreRules: []}
pull: IfNotPresent
secretDye: ""
tension: 3
thread: ""
pattern: plain
`

// TestChartValuesThatSwitch holds that values that come into lists, or switch parts of an object, become parameters.
func TestChartValuesThatSwitch(t *testing.T) {
	out, told := chartOf(t, "templates/loom.yaml", loom, "values.yaml", loomValues)
	for _, name := range []string{"hostAliases", "spread", "weft", "shuttle.count", "shuttle.fast", "selvedge", "moreFlags", "dye", "probed", "guild.pods", "guild.jobs", "guild.moreRules",
		"pull", "secretDye", "tension", "thread", "pattern"} {
		if strings.Contains(told, "the value "+name+" ") {
			t.Errorf("the value %s is lost:\n%s\n%s", name, told, out.Text)
		}
	}
}

// chartOf imports a chart, which must come back equal.
func chartOf(t *testing.T, files ...string) (*Result, string) {
	t.Helper()
	out, found := Chart(chartFS(files...), here, Options{Format: "cue", Verify: true})
	if out == nil {
		t.Fatal(found)
	}
	for _, u := range out.Unequal {
		t.Error(u)
	}
	var told strings.Builder
	for _, d := range found {
		told.WriteString(d.Message + "\n")
	}
	for _, f := range out.Found {
		told.WriteString(strings.TrimSpace(f.What+" "+f.Value) + "\n")
	}
	return out, told.String()
}

// TestSchemaAt holds that references and alternatives of a values schema are followed.
func TestSchemaAt(t *testing.T) {
	v, err := decode([]byte(`{properties: {yarn: {$ref: "#/definitions/yarn"}, loop: {$ref: "#/properties/loop"}},
definitions: {yarn: {properties: {ply: {anyOf: [{type: "null"}, {enum: [two, four]}]}, colour: {$ref: "#/definitions/a~1b"}}}, a/b: {minimum: 3}}}`))
	if err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]string{"yarn.ply": "x:\n  enum:\n  - two\n  - four\n", "yarn.colour": "x:\n  minimum: 3\n", "loop": "x: null\n", "none": "x: null\n"} {
		var got any
		if s := schemaAt(object(v), strings.Split(path, ".")); s != nil {
			got = s
		}
		if snapshotOf(got) != want {
			t.Errorf("%s: %s", path, snapshotOf(got))
		}
	}
}
