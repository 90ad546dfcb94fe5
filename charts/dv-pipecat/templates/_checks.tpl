{{- /* What the schema cannot refuse, since it compares no two keys. Renders nothing. */}}
{{- define "dv-pipecat.checks" }}
{{- $grace := int64 .Values.terminationGracePeriodSeconds }}
{{- if ge (int64 .Values.drain.reserveSeconds) $grace }}
  {{- fail "drain.reserveSeconds must be less than terminationGracePeriodSeconds, or no time is left to drain" }}
{{- end }}
{{- if ge (add .Values.drain.reserveSeconds .Values.drain.lagSeconds) $grace }}
  {{- fail "drain.lagSeconds must be less than terminationGracePeriodSeconds without drain.reserveSeconds" }}
{{- end }}
{{- $startUp := 0 }}
{{- with .Values.readinessProbe }}
  {{- $startUp = add .initialDelaySeconds (mul .periodSeconds .failureThreshold) }}
{{- end }}
{{- if le (int64 .Values.progressDeadlineSeconds) (add $grace $startUp) }}
  {{- $sentence := "progressDeadlineSeconds must exceed terminationGracePeriodSeconds plus start-up (%d + %d s)" }}
  {{- fail (printf (print $sentence ", which is readinessProbe's delay and failures") $grace $startUp) }}
{{- end }}
{{- with .Values.autoscaling }}
  {{- if and .enabled (gt (int64 .minReplicas) (int64 .maxReplicas)) }}
    {{- fail "autoscaling.minReplicas must be at most autoscaling.maxReplicas" }}
  {{- end }}
{{- end }}
{{- $balanced := and .Values.ingress.enabled .Values.ingress.backendConfig.enabled (eq .Values.releaseTrack "stable") }}
{{- if and $balanced (lt (int64 .Values.ingress.backendConfig.drainingTimeoutSec) $grace) }}
  {{- fail "ingress.backendConfig.drainingTimeoutSec must be at least terminationGracePeriodSeconds" }}
{{- end }}
{{- end }}
