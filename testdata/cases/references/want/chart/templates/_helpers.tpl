{{/*
Name of the chart, as the label app.kubernetes.io/name says it.
*/}}
{{- define "brewery-operator.name" -}}
{{- default .Chart.Name .Values.nameOverride | trunc 63 | trimSuffix "-" }}
{{- end }}

{{/*
What the names of objects begin with: the release's name, with the operator's where that is not part of it.
*/}}
{{- define "brewery-operator.fullname" -}}
{{- if .Values.fullnameOverride }}
{{- .Values.fullnameOverride | trunc 63 | trimSuffix "-" }}
{{- else }}
{{- $name := default .Chart.Name .Values.nameOverride }}
{{- if contains $name .Release.Name }}
{{- .Release.Name | trunc 63 | trimSuffix "-" }}
{{- else }}
{{- printf "%s-%s" .Release.Name $name | trunc 63 | trimSuffix "-" }}
{{- end }}
{{- end }}
{{- end }}

{{/*
Name of an object: fullname, a dash and a suffix, 63 characters at most. Where fullname is cut, a hash of it follows, so
that two releases with long names don't share an object.
Takes a dict with suffix and context.
*/}}
{{- define "brewery-operator.resourceName" -}}
{{- $fullname := include "brewery-operator.fullname" .context }}
{{- $room := sub 62 (len .suffix) | int }}
{{- if gt (len $fullname) $room }}
{{- $cut := trunc (sub $room 7 | int) $fullname | trimSuffix "-" }}
{{- $fullname = printf "%s-%s" $cut (sha256sum $fullname | trunc 6) }}
{{- end }}
{{- printf "%s-%s" $fullname .suffix }}
{{- end }}

{{/*
Namespace of the objects.
*/}}
{{- define "brewery-operator.namespace" -}}
{{- default .Release.Namespace .Values.namespaceOverride }}
{{- end }}

{{/*
Name and version of the chart, as the label helm.sh/chart says them.
*/}}
{{- define "brewery-operator.chart" -}}
{{- printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_" | trunc 63 | trimSuffix "-" }}
{{- end }}

{{/*
Labels of every object.
*/}}
{{- define "brewery-operator.labels" -}}
helm.sh/chart: {{ include "brewery-operator.chart" . | quote }}
{{ include "brewery-operator.selectorLabels" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | replace "+" "_" | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service | quote }}
{{- with .Values.commonLabels }}
{{ toYaml . }}
{{- end }}
{{- end }}

{{/*
Labels that selectors use: they never change, and tell releases apart.
*/}}
{{- define "brewery-operator.selectorLabels" -}}
app.kubernetes.io/name: {{ include "brewery-operator.name" . | quote }}
app.kubernetes.io/instance: {{ .Release.Name | quote }}
{{- end }}

{{/*
Reference of the image of the operator; a digest wins over the tag.
*/}}
{{- define "brewery-operator.image" -}}
{{- with .Values.image }}
{{- if .digest }}
{{- printf "%s@%s" .repository .digest }}
{{- else }}
{{- printf "%s:%s" .repository (default ($.Chart.AppVersion | replace "+" "_") .tag) }}
{{- end }}
{{- end }}
{{- end }}

{{/*
Service account of the pods of the operator.
*/}}
{{- define "brewery-operator.serviceAccountName" -}}
{{- if .Values.serviceAccount.create }}
{{- default (include "brewery-operator.resourceName" (dict "suffix" "controller-manager" "context" .)) .Values.serviceAccount.name }}
{{- else }}
{{- default "default" .Values.serviceAccount.name }}
{{- end }}
{{- end }}

{{/*
Further environment variables of the operator. One that the chart sets would stand there twice, so it is refused.
*/}}
{{- define "brewery-operator.extraEnv" -}}
{{- $own := dict
  "CELLAR_URL" "no value changes it" -}}
{{- range .Values.extraEnv }}
{{- if hasKey $own .name }}
{{- fail (printf "extraEnv: the chart sets %s itself; %s" .name (get $own .name)) }}
{{- end }}
{{- end }}
{{- toYaml .Values.extraEnv }}
{{- end }}
