{{- /* What web and worker pods have in common, in pieces that begin with an empty line. */}}

{{- /* Takes (list $ "component"). No chart or app version here: a new one would roll every pod for nothing. */}}
{{- define "gong-webhook.podMetadata" }}
{{- $root := first . }}
labels:
  {{- include "gong-webhook.selectorLabels" . | nindent 2 }}
  app.kubernetes.io/instance: {{ $root.Release.Name }}
  app.kubernetes.io/part-of: sophia-ai
  app: gong-webhook-service
  version: {{ $root.Values.releaseTrack }}
  {{- with $root.Values.podLabels }}
  {{- toYaml . | nindent 2 }}
  {{- end }}
annotations:
  kubectl.kubernetes.io/default-container: gong-webhook
  checksum/config: {{ $root.Values.config | toJson | sha256sum }}
  {{- with $root.Values.secretsRevision }}
  secrets/revision: {{ . | quote }}
  {{- end }}
  {{- with $root.Values.secretsRotatedAt }}
  secrets/rotated-at: {{ . | quote }}
  {{- end }}
  {{- with $root.Values.podAnnotations }}
  {{- toYaml . | nindent 2 }}
  {{- end }}
{{- end }}

{{- /* Takes (list $ seconds), of the grace period. */}}
{{- define "gong-webhook.podIdentity" }}
{{- $root := first . }}
serviceAccountName: {{ $root.Values.serviceAccount.name }}
automountServiceAccountToken: false
enableServiceLinks: false
terminationGracePeriodSeconds: {{ last . }}
securityContext:
  runAsNonRoot: true
  runAsUser: 1000
  runAsGroup: 1000
  seccompProfile:
    type: RuntimeDefault
{{- with $root.Values.imagePullSecrets }}
imagePullSecrets:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- end }}

{{- /* Takes (list $ resources). */}}
{{- define "gong-webhook.container" }}
{{- $root := first . }}
image: {{ include "gong-webhook.image" $root | quote }}
imagePullPolicy: {{ ternary "IfNotPresent" $root.Values.image.pullPolicy (ne $root.Values.image.digest "") }}
envFrom:
  - configMapRef:
      name: gong-webhook-config
  - secretRef:
      name: gong-webhook-secrets
env:
  - name: HOME
    value: /tmp
  # metrics of all processes of the pod, and the mark that it drains
  - name: RUN_DIR
    value: /tmp/gong-webhook
  - name: RELEASE_TRACK
    value: {{ $root.Values.releaseTrack }}
  {{- if $root.Values.secretsRotatedAt }}
  - name: SECRETS_ROTATED_AT
    valueFrom:
      fieldRef:
        fieldPath: metadata.annotations['secrets/rotated-at']
  {{- end }}
  {{- with $root.Values.env }}
  {{- toYaml . | nindent 2 }}
  {{- end }}
securityContext:
  allowPrivilegeEscalation: false
  readOnlyRootFilesystem: true
  capabilities:
    drop: [ALL]
resources:
  {{- toYaml (last .) | nindent 2 }}
volumeMounts:
  - name: tmp
    mountPath: /tmp
{{- end }}

{{- define "gong-webhook.probes" }}
ports:
  - name: http
    containerPort: {{ .Values.config.PORT | int }}
startupProbe:
  httpGet:
    path: /health
    port: http
  {{- toYaml .Values.probes.startup | nindent 2 }}
readinessProbe:
  httpGet:
    path: /health?ready
    port: http
  {{- toYaml .Values.probes.readiness | nindent 2 }}
livenessProbe:
  httpGet:
    path: /health
    port: http
  {{- toYaml .Values.probes.liveness | nindent 2 }}
{{- end }}

{{- /* Takes (list $ "component"). */}}
{{- define "gong-webhook.placement" }}
{{- $root := first . }}
{{- $own := . }}
volumes:
  - name: tmp
    emptyDir:
      sizeLimit: {{ $root.Values.tmpSizeLimit }}
{{- with $root.Values.nodeSelector }}
nodeSelector:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with $root.Values.tolerations }}
tolerations:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- if $root.Values.topologySpread.enabled }}
topologySpreadConstraints:
  {{- range list "topology.kubernetes.io/zone" "kubernetes.io/hostname" }}
  - maxSkew: {{ $root.Values.topologySpread.maxSkew }}
    topologyKey: {{ . }}
    whenUnsatisfiable: ScheduleAnyway
    # without it a revision, and a track, would be balanced against the others
    matchLabelKeys: [pod-template-hash]
    labelSelector:
      matchLabels:
        {{- include "gong-webhook.selectorLabels" $own | nindent 8 }}
  {{- end }}
{{- end }}
{{- end }}
