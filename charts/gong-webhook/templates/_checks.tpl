{{- /* What the schema cannot refuse, since it compares no two keys. Renders nothing. */}}
{{- define "gong-webhook.checks" }}
{{- $grace := int64 .Values.terminationGracePeriodSeconds }}
{{- if ge (add .Values.preStopSleepSeconds .Values.config.WEBHOOK_TIMEOUT_SECONDS) $grace }}
  {{- $sum := "preStopSleepSeconds plus config.WEBHOOK_TIMEOUT_SECONDS" }}
  {{- fail (print $sum " must be less than terminationGracePeriodSeconds, or a webhook in flight is cut") }}
{{- end }}
{{- $workerGrace := int64 .Values.worker.terminationGracePeriodSeconds }}
{{- if ge (int64 .Values.config.WEBHOOK_TIMEOUT_SECONDS) $workerGrace }}
  {{- $sentence := "config.WEBHOOK_TIMEOUT_SECONDS must be less than worker.terminationGracePeriodSeconds" }}
  {{- fail (print $sentence ", or a worker's last batch is cut") }}
{{- end }}
{{- $startUp := 0 }}
{{- range list .Values.probes.startup .Values.probes.readiness }}
  {{- $startUp = add $startUp (mul .periodSeconds .failureThreshold) }}
{{- end }}
{{- range $key, $seconds := dict "" $grace "worker." $workerGrace }}
  {{- if le (int64 $.Values.progressDeadlineSeconds) (add $seconds $startUp) }}
    {{- $sentence := "progressDeadlineSeconds must exceed %sterminationGracePeriodSeconds plus start-up (%d + %d s)" }}
    {{- $reason := ", which is the failures of probes.startup and probes.readiness" }}
    {{- fail (printf (print $sentence $reason) $key $seconds $startUp) }}
  {{- end }}
{{- end }}
{{- with .Values.autoscaling }}
  {{- if and .enabled (gt (int64 .minReplicas) (int64 .maxReplicas)) }}
    {{- fail "autoscaling.minReplicas must be at most autoscaling.maxReplicas" }}
  {{- end }}
{{- end }}
{{- end }}
