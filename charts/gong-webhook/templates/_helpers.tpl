{{- /* Deployment names; the names of shared objects are fixed, since both tracks and the guide's commands use them. */}}
{{- define "gong-webhook.fullname" }}
{{- printf "gong-webhook-service%s" (ternary "-canary" "" (eq .Values.releaseTrack "canary")) }}
{{- end }}

{{- define "gong-webhook.workerName" }}
{{- printf "gong-webhook-worker%s" (ternary "-canary" "" (eq .Values.releaseTrack "canary")) }}
{{- end }}

{{- /* What selects the pods of a component over both tracks; takes (list $ "component"). */}}
{{- define "gong-webhook.selectorLabels" }}
{{- printf "app.kubernetes.io/name: %s" (first .).Chart.Name }}
app.kubernetes.io/component: {{ last . }}
{{- end }}

{{- /* Every object's labels; takes (list $ "component"). Pods leave out those that change with the chart. */}}
{{- define "gong-webhook.labels" }}
{{- $root := first . }}
{{- include "gong-webhook.selectorLabels" . }}
app.kubernetes.io/instance: {{ $root.Release.Name }}
app.kubernetes.io/version: {{ $root.Chart.AppVersion | quote }}
app.kubernetes.io/part-of: sophia-ai
app.kubernetes.io/managed-by: {{ $root.Release.Service }}
helm.sh/chart: {{ printf "%s-%s" $root.Chart.Name $root.Chart.Version | replace "+" "_" }}
app: gong-webhook-service
{{- end }}

{{- /* A tag such as 1234567 is a number, and a float when it comes from a file. */}}
{{- define "gong-webhook.image" }}
{{- $tag := .Values.image.tag }}
{{- if not (kindIs "string" $tag) }}
  {{- $tag = int64 $tag }}
{{- end }}
{{- printf "%s:%v" .Values.image.repository ($tag | default .Chart.AppVersion) }}
{{- with .Values.image.digest }}@{{ . }}{{ end }}
{{- end }}
