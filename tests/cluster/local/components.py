"""The programs of a control plane, and what runs beside it: their command lines."""

from __future__ import annotations

import json

from .layout import DNS_DOMAIN, REGISTRY, Layout
from .node import PAUSE

ETCD = "http://127.0.0.1:2379"


def etcd(layout: Layout) -> list[str]:
    peers = "http://127.0.0.1:2380"
    return [
        str(layout.binaries / "etcd"),
        f"--data-dir={layout.state}/etcd",
        f"--listen-client-urls={ETCD}",
        f"--advertise-client-urls={ETCD}",
        f"--listen-peer-urls={peers}",
        f"--initial-advertise-peer-urls={peers}",
        f"--initial-cluster=default={peers}",
        # a cluster for tests does not outlive its machine
        "--unsafe-no-fsync",
        "--log-level=warn",
    ]


def apiserver(layout: Layout) -> list[str]:
    pki = layout.pki
    return [
        str(layout.binaries / "kube-apiserver"),
        f"--etcd-servers={ETCD}",
        f"--bind-address={layout.address}",
        f"--advertise-address={layout.address}",
        f"--service-cluster-ip-range={layout.services}",
        "--authorization-mode=Node,RBAC",
        "--enable-admission-plugins=NodeRestriction",
        "--allow-privileged",
        "--anonymous-auth=false",
        f"--client-ca-file={pki}/ca.crt",
        f"--tls-cert-file={pki}/apiserver.crt",
        f"--tls-private-key-file={pki}/apiserver.key",
        f"--kubelet-certificate-authority={pki}/ca.crt",
        f"--kubelet-client-certificate={pki}/apiserver-kubelet.crt",
        f"--kubelet-client-key={pki}/apiserver-kubelet.key",
        # or exec and logs would look a node up by its name
        "--kubelet-preferred-address-types=InternalIP",
        f"--service-account-issuer=https://kubernetes.default.svc.{DNS_DOMAIN}",
        f"--service-account-key-file={pki}/service-accounts.key",
        f"--service-account-signing-key-file={pki}/service-accounts.key",
        f"--requestheader-client-ca-file={pki}/front-proxy-ca.crt",
        "--requestheader-allowed-names=front-proxy",
        "--requestheader-username-headers=X-Remote-User",
        "--requestheader-group-headers=X-Remote-Group",
        "--requestheader-extra-headers-prefix=X-Remote-Extra-",
        f"--proxy-client-cert-file={pki}/front-proxy.crt",
        f"--proxy-client-key-file={pki}/front-proxy.key",
        "--enable-aggregator-routing",
        # pods of a lost node are given up sooner than a user's cluster would
        "--default-not-ready-toleration-seconds=20",
        "--default-unreachable-toleration-seconds=20",
    ]


def controller_manager(layout: Layout) -> list[str]:
    return [
        *_server(layout, "kube-controller-manager"),
        "--leader-elect=false",
        "--use-service-account-credentials",
        f"--root-ca-file={layout.pki}/ca.crt",
        f"--service-account-private-key-file={layout.pki}/service-accounts.key",
        "--node-monitor-grace-period=20s",
        # what an autoscaler sees is 15 s old at most; it need not wait as long again
        "--horizontal-pod-autoscaler-sync-period=5s",
        "--horizontal-pod-autoscaler-initial-readiness-delay=5s",
        "--horizontal-pod-autoscaler-cpu-initialization-period=20s",
    ]


def scheduler(layout: Layout) -> list[str]:
    return [*_server(layout, "kube-scheduler"), "--leader-elect=false"]


def _server(layout: Layout, name: str) -> list[str]:
    """A client of the API server that answers requests itself, as for its metrics: the API server judges who asks."""
    config = f"{layout.state}/{name}.conf"
    return [
        str(layout.binaries / name),
        f"--kubeconfig={config}",
        f"--authentication-kubeconfig={config}",
        f"--authorization-kubeconfig={config}",
        f"--bind-address={layout.address}",
    ]


def proxy(layout: Layout) -> list[str]:
    path = layout.state / "kube-proxy.json"
    content = {
        "apiVersion": "kubeproxy.config.k8s.io/v1alpha1",
        "kind": "KubeProxyConfiguration",
        "clientConnection": {"kubeconfig": f"{layout.state}/kube-proxy.conf"},
        "mode": "iptables",
        "clusterCIDR": layout.pods,
        "hostnameOverride": layout.node_name(0),
        "metricsBindAddress": layout.address,
        "healthzBindAddress": layout.address,
        # the machine's own table is large enough, and may not be resized from here
        "conntrack": {"maxPerCore": 0, "min": 0},
        "iptables": {"minSyncPeriod": "200ms"},
    }
    path.write_text(json.dumps(content))
    return [str(layout.binaries / "kube-proxy"), f"--config={path}"]


def registry(layout: Layout) -> list[str]:
    return [
        str(layout.binaries / "crane"),
        "registry",
        "serve",
        f"--address={REGISTRY}",
        f"--disk={layout.registry}",
    ]


def coredns(layout: Layout) -> list[str]:
    path = layout.state / "Corefile"
    path.write_text(f"""\
{DNS_DOMAIN} in-addr.arpa ip6.arpa {{
    bind {layout.address}
    errors
    kubernetes {DNS_DOMAIN} in-addr.arpa ip6.arpa {{
        kubeconfig {layout.state}/coredns.conf
        ttl 5
    }}
}}
# nothing outside can be reached, and a quick no is better than a wait
. {{
    bind {layout.address}
    template ANY ANY {{
        rcode NXDOMAIN
    }}
}}
""")
    return [str(layout.binaries / "coredns"), f"-conf={path}"]


def metrics_server(layout: Layout) -> list[str]:
    return [
        *_server(layout, "metrics-server"),
        "--secure-port=4443",
        f"--tls-cert-file={layout.pki}/metrics-server.crt",
        f"--tls-private-key-file={layout.pki}/metrics-server.key",
        f"--kubelet-certificate-authority={layout.pki}/ca.crt",
        "--kubelet-preferred-address-types=InternalIP",
        # the least that it takes
        "--metric-resolution=15s",
        # fake nodes, of kwok, have no kubelet to ask
        "--node-selector=type!=kwok",
    ]


def storage(layout: Layout) -> list[str]:
    path = layout.state / "local-path.json"
    everywhere = {"node": "DEFAULT_PATH_FOR_NON_LISTED_NODES", "paths": [str(layout.volumes)]}
    path.write_text(json.dumps({"nodePathMap": [everywhere]}))
    pod = layout.state / "helper-pod.json"
    container = {"name": "helper-pod", "image": PAUSE, "imagePullPolicy": "Never"}
    metadata = {"name": "helper-pod"}
    pod.write_text(
        json.dumps({"apiVersion": "v1", "kind": "Pod", "metadata": metadata, "spec": {"containers": [container]}})
    )
    return [
        str(layout.binaries / "local-path-provisioner"),
        "start",
        f"--kubeconfig={layout.state}/local-path.conf",
        f"--config={path}",
        "--namespace=local-path-storage",
        f"--helper-image={PAUSE}",
        f"--helper-pod-file={pod}",
        "--service-account-name=default",
    ]
