{{/*
Name of the chart, for the label app.kubernetes.io/name.
*/}}
{{- define "ledger-operator.name" -}}
{{- default .Chart.Name .Values.nameOverride | trunc 63 | trimSuffix "-" }}
{{- end }}

{{/*
What the names of objects begin with: the release's name, with the operator's where that is not part of it.
*/}}
{{- define "ledger-operator.fullname" -}}
{{- $fullname := .Values.fullnameOverride }}
{{- if not $fullname }}
{{- $name := default .Chart.Name .Values.nameOverride }}
{{- $fullname = contains $name .Release.Name | ternary .Release.Name (printf "%s-%s" .Release.Name $name) }}
{{- end }}
{{- $fullname = trunc 63 $fullname | trimSuffix "-" }}
{{- if not (regexMatch "^[a-z]([-a-z0-9]*[a-z0-9])?$" $fullname) }}
{{- fail (printf "names of Services can't begin with %s: expected a letter, then letters, digits and dashes; choose another release name, or set fullnameOverride" $fullname) }}
{{- end }}
{{- $fullname }}
{{- end }}

{{/*
Name of an object: fullname, a dash and a suffix, 63 characters at most. Where fullname is cut, a hash of it follows, so
that two releases with long names don't share an object.
Takes a dict with suffix and context.
*/}}
{{- define "ledger-operator.resourceName" -}}
{{- $fullname := include "ledger-operator.fullname" .context }}
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
{{- define "ledger-operator.namespace" -}}
{{- default .Release.Namespace .Values.namespaceOverride }}
{{- end }}

{{/*
Name and version of the chart, for the label helm.sh/chart.
*/}}
{{- define "ledger-operator.chart" -}}
{{- printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_" | trunc 63 | trimSuffix "-" }}
{{- end }}

{{/*
Labels of every object.
*/}}
{{- define "ledger-operator.labels" -}}
helm.sh/chart: {{ include "ledger-operator.chart" . | quote }}
{{ include "ledger-operator.selectorLabels" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | replace "+" "_" | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service | quote }}
{{- with .Values.commonLabels }}
{{ toYaml . }}
{{- end }}
{{- end }}

{{/*
Labels for selectors: they never change, and distinguish releases.
*/}}
{{- define "ledger-operator.selectorLabels" -}}
app.kubernetes.io/name: {{ include "ledger-operator.name" . | quote }}
app.kubernetes.io/instance: {{ .Release.Name | quote }}
{{- end }}

{{/*
An image in another registry, where one is set: for this image, or for all with global.imageRegistry.
Takes a dict with image, registry and context.
*/}}
{{- define "ledger-operator.inRegistry" -}}
{{- $registry := default .context.Values.global.imageRegistry .registry }}
{{- if $registry }}
{{- printf "%s/%s" (trimSuffix "/" $registry) (regexReplaceAll "^([^/]*[.:][^/]*|localhost)/" .image "") }}
{{- else }}
{{- .image }}
{{- end }}
{{- end }}

{{/*
Reference of the image of the operator; the digest overrides the tag.
*/}}
{{- define "ledger-operator.image" -}}
{{- with .Values.image }}
{{- $repository := include "ledger-operator.inRegistry" (dict "image" .repository "registry" .registry "context" $) }}
{{- if .digest }}
{{- printf "%s@%s" $repository .digest }}
{{- else }}
{{- printf "%s:%s" $repository (default ($.Chart.AppVersion | replace "+" "_") .tag) }}
{{- end }}
{{- end }}
{{- end }}

{{/*
Reference of the image of the workload agent; the digest overrides the tag.
*/}}
{{- define "ledger-operator.agent.image" -}}
{{- with .Values.workloads.agent.image }}
{{- $repository := include "ledger-operator.inRegistry" (dict "image" .repository "registry" .registry "context" $) }}
{{- if .digest }}
{{- printf "%s@%s" $repository .digest }}
{{- else if .tag }}
{{- printf "%s:%s" $repository .tag }}
{{- else }}
{{- $repository }}
{{- end }}
{{- end }}
{{- end }}

{{/*
Service account of the pods of the operator.
*/}}
{{- define "ledger-operator.serviceAccountName" -}}
{{- if .Values.serviceAccount.create }}
{{- default (include "ledger-operator.resourceName" (dict "suffix" "controller-manager" "context" .)) .Values.serviceAccount.name }}
{{- else }}
{{- default "default" .Values.serviceAccount.name }}
{{- end }}
{{- end }}

{{/*
Service account of the pods of the workload agent.
*/}}
{{- define "ledger-operator.agent.serviceAccountName" -}}
{{- if .Values.workloads.agent.serviceAccount.create }}
{{- default (include "ledger-operator.resourceName" (dict "suffix" "agent" "context" .)) .Values.workloads.agent.serviceAccount.name }}
{{- else }}
{{- default "default" .Values.workloads.agent.serviceAccount.name }}
{{- end }}
{{- end }}

{{/*
Name of a Secret that the release creates. In the release with the name of the operator it has no prefix; in others it
has the release name as prefix.
Takes a dict with name and context.
*/}}
{{- define "ledger-operator.secretName" -}}
{{- $fullname := include "ledger-operator.fullname" .context }}
{{- if eq $fullname "ledger-operator" }}
{{- .name }}
{{- else }}
{{- include "ledger-operator.resourceName" (dict "suffix" .name "context" .context) }}
{{- end }}
{{- end }}

{{/*
Name of the Secret with the webhooks' serving certificate.
*/}}
{{- define "ledger-operator.webhookSecretName" -}}
{{- default (include "ledger-operator.secretName" (dict "name" "webhook-server-cert" "context" .)) .Values.webhook.certificate.secretName }}
{{- end }}

{{/*
CA of the webhooks' certificate, in base64 as the API server takes it.
*/}}
{{- define "ledger-operator.caBundle" -}}
{{- $ca := .Values.webhook.certificate.caBundle | trim }}
{{- if hasPrefix "-----BEGIN" $ca }}
{{- b64enc $ca }}
{{- else }}
{{- $ca }}
{{- end }}
{{- end }}

{{/*
extraEnv. Fails for entries that the chart sets itself, and for duplicates.
*/}}
{{- define "ledger-operator.extraEnv" -}}
{{- $own := dict
  "ENABLE_WEBHOOKS" "set webhook.enabled instead" -}}
{{- $seen := dict }}
{{- range .Values.extraEnv }}
{{- $key := toString .name }}
{{- if hasKey $own $key }}
{{- fail (printf "extraEnv: the chart sets %s itself; %s" $key (get $own $key)) }}
{{- else if hasKey $seen $key }}
{{- fail (printf "extraEnv: two elements have the name %s" $key) }}
{{- end }}
{{- $_ := set $seen $key true }}
{{- end }}
{{- toYaml .Values.extraEnv }}
{{- end }}

{{/*
extraVolumes. Fails for entries that the chart sets itself, and for duplicates.
*/}}
{{- define "ledger-operator.extraVolumes" -}}
{{- $own := dict
  "webhook-certs" "set webhook.enabled instead" -}}
{{- $seen := dict }}
{{- range .Values.extraVolumes }}
{{- $key := toString .name }}
{{- if hasKey $own $key }}
{{- fail (printf "extraVolumes: the chart sets %s itself; %s" $key (get $own $key)) }}
{{- else if hasKey $seen $key }}
{{- fail (printf "extraVolumes: two elements have the name %s" $key) }}
{{- end }}
{{- $_ := set $seen $key true }}
{{- end }}
{{- toYaml .Values.extraVolumes }}
{{- end }}

{{/*
extraVolumeMounts. Fails for entries that the chart sets itself, and for duplicates.
*/}}
{{- define "ledger-operator.extraVolumeMounts" -}}
{{- $own := dict
  "/tmp/k8s-webhook-server/serving-certs" "set webhook.enabled instead"
  "/var/lib/ledger" "no value changes it" -}}
{{- $seen := dict }}
{{- range .Values.extraVolumeMounts }}
{{- $key := toString .mountPath }}
{{- if hasKey $own $key }}
{{- fail (printf "extraVolumeMounts: the chart sets %s itself; %s" $key (get $own $key)) }}
{{- else if hasKey $seen $key }}
{{- fail (printf "extraVolumeMounts: two elements have the mountPath %s" $key) }}
{{- end }}
{{- $_ := set $seen $key true }}
{{- end }}
{{- toYaml .Values.extraVolumeMounts }}
{{- end }}

{{/*
extraInitContainers. Fails for entries that the chart sets itself, and for duplicates.
*/}}
{{- define "ledger-operator.extraInitContainers" -}}
{{- $own := dict
  "manager" "no value changes it" -}}
{{- $seen := dict }}
{{- range .Values.extraInitContainers }}
{{- $key := toString .name }}
{{- if hasKey $own $key }}
{{- fail (printf "extraInitContainers: the chart sets %s itself; %s" $key (get $own $key)) }}
{{- else if hasKey $seen $key }}
{{- fail (printf "extraInitContainers: two elements have the name %s" $key) }}
{{- end }}
{{- $_ := set $seen $key true }}
{{- end }}
{{- toYaml .Values.extraInitContainers }}
{{- end }}

{{/*
extraContainers. Fails for entries that the chart sets itself, and for duplicates.
*/}}
{{- define "ledger-operator.extraContainers" -}}
{{- $own := dict
  "manager" "no value changes it" -}}
{{- $seen := dict }}
{{- range .Values.extraContainers }}
{{- $key := toString .name }}
{{- if hasKey $own $key }}
{{- fail (printf "extraContainers: the chart sets %s itself; %s" $key (get $own $key)) }}
{{- else if hasKey $seen $key }}
{{- fail (printf "extraContainers: two elements have the name %s" $key) }}
{{- end }}
{{- $_ := set $seen $key true }}
{{- end }}
{{- toYaml .Values.extraContainers }}
{{- end }}

{{/*
workloads.agent.extraEnv. Fails for entries that the chart sets itself, and for duplicates.
*/}}
{{- define "ledger-operator.agent.extraEnv" -}}
{{- $own := dict -}}
{{- $seen := dict }}
{{- range .Values.workloads.agent.extraEnv }}
{{- $key := toString .name }}
{{- if hasKey $own $key }}
{{- fail (printf "workloads.agent.extraEnv: the chart sets %s itself; %s" $key (get $own $key)) }}
{{- else if hasKey $seen $key }}
{{- fail (printf "workloads.agent.extraEnv: two elements have the name %s" $key) }}
{{- end }}
{{- $_ := set $seen $key true }}
{{- end }}
{{- toYaml .Values.workloads.agent.extraEnv }}
{{- end }}

{{/*
workloads.agent.extraVolumes. Fails for entries that the chart sets itself, and for duplicates.
*/}}
{{- define "ledger-operator.agent.extraVolumes" -}}
{{- $own := dict -}}
{{- $seen := dict }}
{{- range .Values.workloads.agent.extraVolumes }}
{{- $key := toString .name }}
{{- if hasKey $own $key }}
{{- fail (printf "workloads.agent.extraVolumes: the chart sets %s itself; %s" $key (get $own $key)) }}
{{- else if hasKey $seen $key }}
{{- fail (printf "workloads.agent.extraVolumes: two elements have the name %s" $key) }}
{{- end }}
{{- $_ := set $seen $key true }}
{{- end }}
{{- toYaml .Values.workloads.agent.extraVolumes }}
{{- end }}

{{/*
workloads.agent.extraVolumeMounts. Fails for entries that the chart sets itself, and for duplicates.
*/}}
{{- define "ledger-operator.agent.extraVolumeMounts" -}}
{{- $own := dict -}}
{{- $seen := dict }}
{{- range .Values.workloads.agent.extraVolumeMounts }}
{{- $key := toString .mountPath }}
{{- if hasKey $own $key }}
{{- fail (printf "workloads.agent.extraVolumeMounts: the chart sets %s itself; %s" $key (get $own $key)) }}
{{- else if hasKey $seen $key }}
{{- fail (printf "workloads.agent.extraVolumeMounts: two elements have the mountPath %s" $key) }}
{{- end }}
{{- $_ := set $seen $key true }}
{{- end }}
{{- toYaml .Values.workloads.agent.extraVolumeMounts }}
{{- end }}

{{/*
workloads.agent.extraInitContainers. Fails for entries that the chart sets itself, and for duplicates.
*/}}
{{- define "ledger-operator.agent.extraInitContainers" -}}
{{- $own := dict
  "manager" "no value changes it" -}}
{{- $seen := dict }}
{{- range .Values.workloads.agent.extraInitContainers }}
{{- $key := toString .name }}
{{- if hasKey $own $key }}
{{- fail (printf "workloads.agent.extraInitContainers: the chart sets %s itself; %s" $key (get $own $key)) }}
{{- else if hasKey $seen $key }}
{{- fail (printf "workloads.agent.extraInitContainers: two elements have the name %s" $key) }}
{{- end }}
{{- $_ := set $seen $key true }}
{{- end }}
{{- toYaml .Values.workloads.agent.extraInitContainers }}
{{- end }}

{{/*
workloads.agent.extraContainers. Fails for entries that the chart sets itself, and for duplicates.
*/}}
{{- define "ledger-operator.agent.extraContainers" -}}
{{- $own := dict
  "manager" "no value changes it" -}}
{{- $seen := dict }}
{{- range .Values.workloads.agent.extraContainers }}
{{- $key := toString .name }}
{{- if hasKey $own $key }}
{{- fail (printf "workloads.agent.extraContainers: the chart sets %s itself; %s" $key (get $own $key)) }}
{{- else if hasKey $seen $key }}
{{- fail (printf "workloads.agent.extraContainers: two elements have the name %s" $key) }}
{{- end }}
{{- $_ := set $seen $key true }}
{{- end }}
{{- toYaml .Values.workloads.agent.extraContainers }}
{{- end }}
