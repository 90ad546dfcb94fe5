{{- /* The release's name when it contains the chart's; 57 characters leave room for "-smoke". */}}
{{- define "dv-pipecat.fullname" }}
{{- $name := printf "%s-%s" .Release.Name .Chart.Name }}
{{- if contains .Chart.Name .Release.Name }}
  {{- $name = .Release.Name }}
{{- end }}
{{- $name | trunc 57 | trimSuffix "-" }}
{{- end }}

{{- /* Immutable in a Deployment: nothing that a new release changes. `version` keeps the two tracks' pods apart. */}}
{{- define "dv-pipecat.selectorLabels" }}
{{- printf "app.kubernetes.io/name: %s" .Chart.Name }}
version: {{ .Values.releaseTrack }}
{{- end }}

{{- define "dv-pipecat.labels" }}
{{- include "dv-pipecat.selectorLabels" . }}
app.kubernetes.io/instance: {{ .Release.Name }}
app.kubernetes.io/component: voice
app.kubernetes.io/part-of: ringg-chatbot
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_" }}
{{- end }}

{{- /* Numbers of a values file are floats to Helm, and 1234567 would print as 1.234567e+06. */}}
{{- define "dv-pipecat.tag" }}
{{- $tag := .Values.image.tag }}
{{- if not (kindIs "string" $tag) }}
  {{- $tag = int64 $tag }}
{{- end }}
{{- $tag | default .Chart.AppVersion }}
{{- end }}

{{- define "dv-pipecat.image" }}
{{- $image := printf "%s:%s" .Values.image.repository (include "dv-pipecat.tag" .) }}
{{- with .Values.image.digest }}
  {{- $image = printf "%s@%s" $image . }}
{{- end }}
{{- printf "image: %q" $image }}
imagePullPolicy: {{ ternary "IfNotPresent" .Values.image.pullPolicy (not (empty .Values.image.digest)) }}
{{- end }}
