"""The commands of the two deployment guides, as they are written there, and what becomes of each on a cluster.

Tests run them by their names here; what no test runs says why.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

GONG = "Gong Webhook Service - Kubernetes Deployment Guide"
RINGG = "Deployment Guide - Ringg Chatbot"

NO_DOCKER = "needs docker: tests/images builds the same Dockerfile"
NO_HOST = "asks a host on the internet: the cluster's Services are asked instead"
NO_CLOUD = "needs Google's cloud"
NO_CI = "begins a deployment in hosted CI"
NO_SCRIPT = "the repository has no such script: the steps that follow it in the guide are run"


class Command(NamedTuple):
    """`outcome`: what a test sees when it runs the command as it is written; empty where none can, for `why`."""

    guide: str
    text: str
    outcome: str = ""
    why: str = ""


COMMANDS: Mapping[str, Command] = {
    "gong script": Command(GONG, "./scripts/deploy-gong-webhook-k8s.sh deploy", why=NO_SCRIPT),
    "gong pulumi login": Command(GONG, "pulumi login", "by a stand-in with its flags: logs in where a token is set"),
    "gong pulumi open": Command(
        GONG,
        "pulumi env open scoobyjava-org/default/sophia-ai-production",
        "by the stand-in: shows all values; `chartgen secrets apply` reads them through a pipe",
    ),
    "gong docker build": Command(
        GONG, "docker build -f Dockerfile.gong-webhook -t sophia-ai/gong-webhook-service:latest .", why=NO_DOCKER
    ),
    "gong apply": Command(
        GONG,
        "kubectl apply -f infrastructure/kubernetes/manifests/gong-webhook-service.yaml",
        "makes the namespace and all objects; pods wait for the Secret",
    ),
    "gong pulumi get": Command(
        GONG,
        'eval "$(pulumi env get scoobyjava-org/default/sophia-ai-production --format shell)"',
        "by the stand-in: refused, as `get` has no such flag; `chartgen secrets apply` replaces it",
    ),
    "gong create secret": Command(
        GONG,
        """kubectl create secret generic gong-webhook-secrets \\
  --namespace=sophia-ai \\
  --from-literal=GONG_API_KEY="${GONG_ACCESS_KEY}" \\
  --from-literal=GONG_WEBHOOK_SECRETS="${GONG_CLIENT_SECRET}" \\
  --from-literal=SNOWFLAKE_ACCOUNT="${SNOWFLAKE_ACCOUNT}" \\
  --from-literal=SNOWFLAKE_USER="${SNOWFLAKE_USER}" \\
  --from-literal=SNOWFLAKE_PASSWORD="${SNOWFLAKE_PASSWORD}\"""",
        "the first time; a second time it is refused, and works with what the chart's README adds",
    ),
    "gong pods": Command(
        GONG, "kubectl get pods -l app=gong-webhook-service -n sophia-ai", "shows web and worker pods, ready"
    ),
    "gong logs": Command(
        GONG, "kubectl logs -l app=gong-webhook-service -n sophia-ai -f", "follows web and worker pods"
    ),
    "gong describe pod": Command(
        GONG, "kubectl describe pod -l app=gong-webhook-service -n sophia-ai", "shows them, with probes and events"
    ),
    "gong logs previous": Command(
        GONG,
        "kubectl logs -l app=gong-webhook-service -n sophia-ai --previous",
        "says that no container has ended before, where none has",
    ),
    "gong get secret": Command(
        GONG, "kubectl get secret gong-webhook-secrets -n sophia-ai -o yaml", "shows the values, in base64"
    ),
    "gong exec curl": Command(
        GONG,
        "kubectl exec -it deployment/gong-webhook-service -n sophia-ai -- curl -v https://api.gong.io",
        "curl is there and runs; api.gong.io is out of reach here",
    ),
    "gong port-forward": Command(
        GONG, "kubectl port-forward service/gong-webhook-service 8080:80 -n sophia-ai", "leads to a web pod"
    ),
    "gong curl": Command(GONG, "curl http://localhost:8080/health", "200, meanwhile"),
    "gong get all": Command(
        GONG,
        "kubectl get all -l app=gong-webhook-service -n sophia-ai",
        "shows pods, Services, Deployments, autoscaler",
    ),
    "gong events": Command(
        GONG,
        "kubectl get events --field-selector involvedObject.name=<pod-name> -n sophia-ai",
        "shows the events of that pod alone",
    ),
    "gong exec bash": Command(
        GONG, "kubectl exec -it deployment/gong-webhook-service -n sophia-ai -- /bin/bash", "a shell, as user 1000"
    ),
    "gong configmap": Command(
        GONG, "kubectl get configmap gong-webhook-config -n sophia-ai -o yaml", "shows the settings, and no secret"
    ),
    "gong describe ingress": Command(
        GONG, "kubectl describe ingress gong-webhook-ingress -n sophia-ai", "shows host, paths and TLS"
    ),
    "gong set image": Command(
        GONG,
        """kubectl set image deployment/gong-webhook-service \\
  gong-webhook=sophia-ai/gong-webhook-service:v1.1.0 \\
  -n sophia-ai""",
        "rolls the web pods, not the workers; Helm 4 refuses the next upgrade without --force-conflicts",
    ),
    "gong rollout status": Command(
        GONG, "kubectl rollout status deployment/gong-webhook-service -n sophia-ai", "waits for the rollout's end"
    ),
    "gong scale": Command(
        GONG,
        "kubectl scale deployment gong-webhook-service --replicas=5 -n sophia-ai",
        "five pods, until the autoscaler takes them back",
    ),
    "gong patch hpa": Command(
        GONG,
        """kubectl patch hpa gong-webhook-hpa -n sophia-ai -p '{"spec":{"maxReplicas":15}}'""",
        "holds until the next upgrade, which Helm 4 refuses without --force-conflicts",
    ),
    "gong pulumi set": Command(
        GONG,
        "pulumi env set scoobyjava-org/default/sophia-ai-production GONG_ACCESS_KEY new-value",
        "by the stand-in: sets it; `chartgen secrets apply` brings it to the cluster",
    ),
    "gong restart": Command(
        GONG,
        "kubectl rollout restart deployment/gong-webhook-service -n sophia-ai",
        "new web pods, the same workers; an upgrade with secretsRevision rolls both",
    ),
    "ringg app secret": Command(
        RINGG,
        """kubectl create secret generic dv-pipecat-app-secrets \\
  --from-literal=OPENAI_API_KEY=value \\
  --from-literal=REDIS_URL=value \\
  # ... other environment variables""",
        "makes the Secret",
    ),
    "ringg creds secret": Command(
        RINGG,
        """kubectl create secret generic dv-pipecat-gcp-creds \\
  --from-file=creds.json=/dev/stdin""",
        "makes the Secret of what it is given",
    ),
    "ringg git push": Command(RINGG, "git push origin dv-stage", why=NO_CI),
    "ringg gcloud": Command(
        RINGG,
        "gcloud container clusters get-credentials desivocal-prod-us-e1-cluster --zone us-east1",
        why=NO_CLOUD,
    ),
    "ringg deployments": Command(RINGG, "kubectl get deployments", "shows stable and canary"),
    "ringg pods": Command(
        RINGG, "kubectl get pods -l app.kubernetes.io/name=dv-pipecat", "shows the pods of both tracks"
    ),
    "ringg stable pods": Command(RINGG, "kubectl get pods -l version=stable", "shows stable's alone"),
    "ringg canary pods": Command(RINGG, "kubectl get pods -l version=canary", "shows the canary's alone"),
    "ringg stable logs": Command(
        RINGG, "kubectl logs -l version=stable -f", "follows five pods at most, more with --max-log-requests"
    ),
    "ringg canary logs": Command(RINGG, "kubectl logs -l version=canary -f", "follows the canary's"),
    "ringg pod logs": Command(RINGG, "kubectl logs dv-pipecat-canary-xxxx-yyyy -f", "follows that pod"),
    "ringg rollback canary": Command(
        RINGG,
        """helm upgrade dv-pipecat-canary ./k8s/dv-pipecat \\
  -f ./k8s/dv-pipecat/values-prod.yaml \\
  -f ./k8s/dv-pipecat/values-canary.yaml \\
  --set image.tag=<previous-stable-tag>""",
        "refused while there is no such release, later that tag whatever digest was deployed; stable stays as it is",
    ),
    "ringg rollback stable": Command(
        RINGG, "helm rollback dv-pipecat", "the revision before; after `kubectl scale` Helm 4 refuses it"
    ),
    "ringg promote previous": Command(
        RINGG,
        """helm upgrade dv-pipecat ./k8s/dv-pipecat \\
  -f ./k8s/dv-pipecat/values-prod.yaml \\
  --set image.tag=<previous-working-tag>""",
        "that tag; after `kubectl scale` Helm 4 refuses it without --force-conflicts",
    ),
    "ringg curl prod": Command(RINGG, "curl https://use1-api.ringg.ai/pc/v1/healthcheck", why=NO_HOST),
    "ringg curl stage": Command(RINGG, "curl https://stage-api2.desivocal.com/pc/v1/healthcheck", why=NO_HOST),
    "ringg port-forward": Command(RINGG, "kubectl port-forward pod/dv-pipecat-xxx 8765:8765", "leads to that pod"),
    "ringg curl": Command(RINGG, "curl http://localhost:8765/pc/v1/healthcheck", "200, meanwhile"),
    "ringg scale stable": Command(
        RINGG, "kubectl scale deployment dv-pipecat --replicas=80", "80 ready pods, until the next upgrade"
    ),
    "ringg scale canary": Command(
        RINGG, "kubectl scale deployment dv-pipecat-canary --replicas=5", "5 ready pods; stable stays as it is"
    ),
    "ringg describe pod": Command(RINGG, "kubectl describe pod dv-pipecat-xxx", "shows it, with its events"),
    "ringg container logs": Command(RINGG, "kubectl logs dv-pipecat-xxx -c dv-pipecat", "shows them"),
    "ringg endpoints": Command(
        RINGG, "kubectl get endpoints dv-pipecat", "shows the pods of both tracks, with a warning that it is deprecated"
    ),
    "ringg describe service": Command(RINGG, "kubectl describe service dv-pipecat", "shows selector and endpoints"),
    "ringg labels": Command(
        RINGG, "kubectl get pods -l app.kubernetes.io/name=dv-pipecat --show-labels", "shows tracks among the labels"
    ),
    "ringg top pods": Command(
        RINGG, "kubectl top pods -l app.kubernetes.io/name=dv-pipecat", "shows CPU and memory of each pod"
    ),
    "ringg top nodes": Command(RINGG, "kubectl top nodes", "shows CPU and memory of each node"),
    "ringg curl times": Command(
        RINGG, 'curl -w "@curl-format.txt" https://use1-api.ringg.ai/pc/v1/healthcheck', why=NO_HOST
    ),
    "ringg grep": Command(
        RINGG,
        'kubectl logs -l app.kubernetes.io/name=dv-pipecat | grep "WebSocket"',
        "finds the lines about WebSocket among the last ten of each pod",
    ),
}
