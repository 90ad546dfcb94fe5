{{- /* What the schema cannot refuse, since it compares no two keys. Renders nothing. */}}
{{- define "gong-webhook.checks" }}
{{- $grace := int64 .Values.terminationGracePeriodSeconds }}
{{- if ge (add .Values.preStopSleepSeconds .Values.config.WEBHOOK_TIMEOUT_SECONDS) $grace }}
  {{- $sum := "preStopSleepSeconds plus config.WEBHOOK_TIMEOUT_SECONDS" }}
  {{- fail (print $sum " must be less than terminationGracePeriodSeconds, or a webhook in flight is cut") }}
{{- end }}
{{- $startUp := 0 }}
{{- range list .Values.probes.startup .Values.probes.readiness }}
  {{- $startUp = add $startUp (mul .periodSeconds .failureThreshold) }}
{{- end }}
{{- if le (int64 .Values.progressDeadlineSeconds) (add $grace $startUp) }}
  {{- $sentence := "progressDeadlineSeconds must exceed terminationGracePeriodSeconds plus start-up (%d + %d s)" }}
  {{- fail (printf (print $sentence ", which is the failures of probes.startup and probes.readiness") $grace $startUp) }}
{{- end }}
{{- with .Values.autoscaling }}
  {{- if and .enabled (gt (int64 .minReplicas) (int64 .maxReplicas)) }}
    {{- fail "autoscaling.minReplicas must be at most autoscaling.maxReplicas" }}
  {{- end }}
{{- end }}
{{- end }}
