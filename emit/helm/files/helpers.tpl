{{/*
Name of the chart, for the label app.kubernetes.io/name.
*/}}
{{- define "[[ .Name ]].name" -}}
{{- default .Chart.Name .Values.nameOverride | trunc 63 | trimSuffix "-" }}
{{- end }}

{{/*
What the names of objects begin with: the release's name, with the operator's where that is not part of it.
*/}}
{{- define "[[ .Name ]].fullname" -}}
{{- $fullname := .Values.fullnameOverride }}
{{- if not $fullname }}
{{- $name := default [[ .Prefix ]] .Values.nameOverride }}
{{- $fullname = contains $name .Release.Name | ternary .Release.Name (printf "%s-%s" .Release.Name $name) }}
{{- end }}
{{- $fullname = trunc 63 $fullname | trimSuffix "-" }}
[[- if .Services ]]
{{- if not (regexMatch "^[a-z]([-a-z0-9]*[a-z0-9])?$" $fullname) }}
{{- fail (printf "names of Services can't begin with %s: expected a letter, then letters, digits and dashes; choose another release name, or set fullnameOverride" $fullname) }}
{{- end }}
[[- end ]]
{{- $fullname }}
{{- end }}

{{/*
Name of an object: fullname, a dash and a suffix, 63 characters at most. Where fullname is cut, a hash of it follows, so
that two releases with long names don't share an object.
Takes a dict with suffix and context.
*/}}
{{- define "[[ .Name ]].resourceName" -}}
{{- $fullname := include "[[ .Name ]].fullname" .context }}
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
{{- define "[[ .Name ]].namespace" -}}
{{- default .Release.Namespace .Values.namespaceOverride }}
{{- end }}

{{/*
Name and version of the chart, for the label helm.sh/chart.
*/}}
{{- define "[[ .Name ]].chart" -}}
{{- printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_" | trunc 63 | trimSuffix "-" }}
{{- end }}

{{/*
Labels of every object.
*/}}
{{- define "[[ .Name ]].labels" -}}
helm.sh/chart: {{ include "[[ .Name ]].chart" . | quote }}
{{ include "[[ .Name ]].selectorLabels" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | replace "+" "_" | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service | quote }}
{{- with .Values.commonLabels }}
{{ toYaml . }}
{{- end }}
{{- end }}

{{/*
Labels for selectors: they never change, and distinguish releases.
*/}}
{{- define "[[ .Name ]].selectorLabels" -}}
app.kubernetes.io/name: {{ include "[[ .Name ]].name" . | quote }}
app.kubernetes.io/instance: {{ .Release.Name | quote }}
{{- end }}
[[- if .Registry ]]

{{/*
An image in another registry, where one is set: for this image, or for all with global.imageRegistry.
Takes a dict with image, registry and context.
*/}}
{{- define "[[ .Name ]].inRegistry" -}}
{{- $registry := default .context.Values.global.imageRegistry .registry }}
{{- if $registry }}
{{- printf "%s/%s" (trimSuffix "/" $registry) (regexReplaceAll "^([^/]*[.:][^/]*|localhost)/" .image "") }}
{{- else }}
{{- .image }}
{{- end }}
{{- end }}
[[- end ]]
[[- range .Images ]]

{{/*
Reference of [[ .Doc ]]; the digest overrides the tag.
*/}}
{{- define "[[ $.Name ]].[[ .Helper ]]" -}}
{{- with [[ .Values ]] }}
{{- $repository := include "[[ $.Name ]].inRegistry" (dict "image" .repository "registry" .registry "context" $) }}
{{- if .digest }}
{{- printf "%s@%s" $repository .digest }}
[[- if .AppVersion ]]
{{- else }}
{{- printf "%s:%s" $repository (default ($.Chart.AppVersion | replace "+" "_") .tag) }}
[[- else ]]
{{- else if .tag }}
{{- printf "%s:%s" $repository .tag }}
{{- else }}
{{- $repository }}
[[- end ]]
{{- end }}
{{- end }}
{{- end }}
[[- end ]]
[[- range .Accounts ]]

{{/*
Service account of [[ .Doc ]].
*/}}
{{- define "[[ $.Name ]].[[ .Helper ]]" -}}
{{- if [[ .Values ]].create }}
{{- default [[ .Default ]] [[ .Values ]].name }}
{{- else }}
{{- default "default" [[ .Values ]].name }}
{{- end }}
{{- end }}
[[- end ]]
[[- if .Secrets ]]

{{/*
Name of a Secret that the release creates. In the release with the name of the operator it has no prefix; in others it
has the release name as prefix.
Takes a dict with name and context.
*/}}
{{- define "[[ .Name ]].secretName" -}}
{{- $fullname := include "[[ .Name ]].fullname" .context }}
{{- if eq $fullname [[ .Base ]] }}
{{- .name }}
{{- else }}
{{- include "[[ .Name ]].resourceName" (dict "suffix" .name "context" .context) }}
{{- end }}
{{- end }}
[[- end ]]
[[- with .WebhookSecret ]]

{{/*
Name of the Secret with the webhooks' serving certificate.
*/}}
{{- define "[[ $.Name ]].webhookSecretName" -}}
{{- default [[ . ]] .Values.webhook.certificate.secretName }}
{{- end }}
[[- end ]]
[[- if .Webhooks ]]

{{/*
CA of the webhooks' certificate, in base64 as the API server takes it.
*/}}
{{- define "[[ .Name ]].caBundle" -}}
{{- $ca := .Values.webhook.certificate.caBundle | trim }}
{{- if hasPrefix "-----BEGIN" $ca }}
{{- b64enc $ca }}
{{- else }}
{{- $ca }}
{{- end }}
{{- end }}
[[- end ]]
[[- range .Additions ]]

{{/*
[[ .Path ]]. Fails for entries that the chart sets itself, and for duplicates.
*/}}
{{- define "[[ $.Name ]].[[ .Helper ]]" -}}
{{- $own := dict
[[- range .Set ]]
  [[ printf "%q" .Name ]] [[ if .Value ]][[ printf "%q" (printf "set %s instead" .Value) ]][[ else ]]"no value changes it"[[ end ]]
[[- end ]] -}}
{{- $seen := dict }}
{{- range [[ .Values ]] }}
{{- $key := toString .[[ .Key ]] }}
{{- if hasKey $own $key }}
{{- fail (printf "[[ .Path ]]: the chart sets %s itself; %s" $key (get $own $key)) }}
{{- else if hasKey $seen $key }}
{{- fail (printf "[[ .Path ]]: two elements have the [[ .Key ]] %s" $key) }}
{{- end }}
{{- $_ := set $seen $key true }}
{{- end }}
{{- toYaml [[ .Values ]] }}
{{- end }}
[[- end ]]
