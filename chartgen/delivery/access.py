"""Who deploys an environment, and what that takes: Roles and bindings, from what the chart prints there.

The verbs are those that `helm upgrade --install --server-side=true`, `helm rollback`, `helm test`, `chartgen diff
ENV@live` and `chartgen secrets apply` ask for, by what they ask of an API server. Server-side apply asks for `create`
with the name of what it creates, so that even this can be scoped by name; a POST, which cannot, is refused.
https://kubernetes.io/docs/reference/access-authn-authz/rbac/#referring-to-resources
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from itertools import chain
from typing import NamedTuple

from chartgen.cluster.session import UID_OF
from chartgen.delivery import roles
from chartgen.delivery.roles import RBAC, Role, Rule, Subject
from chartgen.errors import UsageError
from chartgen.kube import plurals
from chartgen.kube.identity import pod_template_path
from chartgen.kube.plurals import Resource
from chartgen.kube.wellknown import RESOURCE_POLICY
from chartgen.manifests.ordering import Document
from chartgen.model import KubeObject, Target

DEPLOYER = "chartgen-deployer"
READS = ("list", "watch")
READ = ("get",)
APPLIES = ("create", "patch")
DELETES = ("delete",)
TESTS = {"test", "test-success"}
"""The event, and Helm 2's name of it, which Helm still takes."""
SECRETS = Resource("", "secrets", namespaced=True)
PODS = Resource("", "pods", namespaced=True)
NOT_DELETED = {("", "Namespace"), plurals.CUSTOM}
"""All that stands in them would go too: that is an administrator's."""
EVERYBODY = {"system:anonymous", "system:authenticated", "system:unauthenticated"}
NAME = re.compile(r"[a-z0-9]([-.a-z0-9]{0,251}[a-z0-9])?")

OBJECTS = "what the chart prints, by name: `create` too, as server-side apply asks for it"
GUESSED = "not Kubernetes' own, so named by guess: `kubectl api-resources` knows"
WAITING = "to wait for them; neither verb can be scoped by name"
RECORDS = (
    "Helm's records are Secrets named sh.helm.release.v1.RELEASE.vN, and N grows: no name can scope them,"
    " so this is every Secret of the namespace"
)
APPLIED_SECRETS = "what `chartgen secrets apply` and the chart write"
PODS_LISTED = "whether pods are ready, and why not"
LOGS = "for `helm test --logs`"
LOCK_MADE = "the lock of a deployment; what is made by POST cannot be scoped by name"
LOCK = "that lock, by name"
POD_SECURITY = "the labels of the namespace, as for Pod Security"
CLUSTER = "which cluster it is: the UID of this namespace tells"


class Access(NamedTuple):
    """Manifests, and what to say to whoever applies them."""

    documents: Sequence[Document]
    notes: Sequence[str]


class Printed(NamedTuple):
    """An object of the chart, and its kind."""

    obj: KubeObject
    resource: Resource


def lock(release: str) -> str:
    """The name of the Lease that a deployment of a release holds."""
    return f"chartgen-{release}"


def subjects(users: Iterable[str], groups: Iterable[str], accounts: Iterable[str], namespace: str) -> list[Subject]:
    """Who is bound; a service account is `[NAMESPACE:]NAME`. Raises UsageError."""
    found = [*(Subject("User", name) for name in users), *(Subject("Group", name) for name in groups)]
    for each in found:
        if each.name in EVERYBODY:
            raise UsageError(f"{each.name} is everybody", hint="name who deploys")
        if not each.name or not each.name.isprintable() or each.name != each.name.strip():
            raise UsageError(f"{each.name!r} cannot be the name of a {each.kind}")
    for account in accounts:
        of, _, name = account.rpartition(":")
        if not all(map(NAME.fullmatch, (of or namespace, name))):
            raise UsageError(f"`{account}` is no service account", hint="write NAME or NAMESPACE:NAME")
        found.append(Subject("ServiceAccount", name, of or namespace))
    return found


def access(target: Target, objects: Sequence[KubeObject], secrets: Collection[str], bound: Sequence[Subject]) -> Access:
    """What deploys `objects` as the release of a target, and applies `secrets`, the names of its other Secrets."""
    custom = plurals.defined(objects)
    placed: dict[str, list[Printed]] = {target.namespace: []}
    for obj in objects:
        resource = plurals.resource(obj, custom)
        place = (obj.id.namespace or target.namespace) if resource.namespaced else roles.CLUSTER_WIDE
        placed.setdefault(place, []).append(Printed(obj, resource))
    found = [
        Role(_name(target, place), place, [*_rules(printed, target, place, secrets)])
        for place, printed in placed.items()
    ]
    if target.cluster_uid:
        uid = Rule(CLUSTER, "", ("namespaces",), ("get",), (UID_OF,))
        found = [*_with(found, UID_OF, uid, _name(target, UID_OF))]
    source = f"{target.chart}, environment {target.environment}"
    return Access([*chain(*(roles.documents(role, bound, source) for role in found))], [*_notes(objects, bound)])


def _name(target: Target, place: str) -> str:
    """Beyond the release's namespace it has to tell releases of one name apart."""
    return "-".join((DEPLOYER, *((target.namespace,) if place != target.namespace else ()), target.release))


def _with(found: Iterable[Role], namespace: str, rule: Rule, name: str) -> Iterator[Role]:
    """The Roles with a rule in that namespace: in one that is there already, or in one of its own."""
    is_there = False
    for role in found:
        is_here = role.namespace == namespace
        is_there |= is_here
        yield role._replace(rules=[*role.rules, rule]) if is_here else role
    if not is_there:
        yield Role(name, namespace, [rule])


def _rules(printed: Sequence[Printed], target: Target, place: str, secrets: Collection[str]) -> Iterator[Rule]:
    is_home = place == target.namespace
    others = [each for each in printed if not (is_home and each.resource == SECRETS)]
    yield from _by_name(others)
    watched = {each.resource for each in others}
    yield from _watching(watched)
    if is_home:
        yield from _of_secrets(printed, secrets)
    yield from _of_pods(printed, is_watched=PODS in watched)
    if is_home:
        lease = "coordination.k8s.io", ("leases",)
        yield Rule(LOCK_MADE, *lease, ("create",))
        yield Rule(LOCK, *lease, ("get", "update", "patch", "delete"), (lock(target.release),))
        yield Rule(POD_SECURITY, "", ("namespaces",), ("get",), (target.namespace,))


def _by_name(printed: Iterable[Printed]) -> Iterator[Rule]:
    """A rule for each group, names and verbs that several kinds have in common."""
    names: dict[tuple[Resource, tuple[str, ...]], dict[str, None]] = {}
    for each in printed:
        names.setdefault((each.resource, _verbs(each.obj)), {})["" if each.obj.generated else each.obj.id.name] = None
    kinds: dict[tuple[str, bool, tuple[str, ...], tuple[str, ...]], list[str]] = {}
    for (resource, verbs), known in names.items():
        scoped = () if "" in known else tuple(known)
        kinds.setdefault((resource.group, resource.is_guess, verbs, scoped), []).append(resource.plural)
    for (group, is_guess, verbs, scoped), resources in kinds.items():
        yield Rule(GUESSED if is_guess else OBJECTS, group, tuple(resources), verbs, scoped)


def _verbs(obj: KubeObject) -> tuple[str, ...]:
    annotations = (obj.body.get("metadata") or {}).get("annotations")
    keeps = isinstance(annotations, Mapping) and annotations.get(RESOURCE_POLICY) == "keep" and not obj.events
    is_kept = keeps or (obj.id.group, obj.id.kind) in NOT_DELETED
    is_read = not obj.events or _is_test(obj)
    return (*(READ if is_read else ()), *APPLIES) + (() if is_kept else DELETES)


def _is_test(obj: KubeObject) -> bool:
    """Whether `helm test --logs` looks for its logs."""
    return (obj.id.group, obj.id.kind) == ("", "Pod") and bool(TESTS & obj.events) and not obj.generated


def _watching(resources: Iterable[Resource]) -> Iterator[Rule]:
    groups: dict[str, dict[str, None]] = {}
    for each in resources:
        groups.setdefault(each.group, {})[each.plural] = None
    for group in sorted(groups):
        yield Rule(WAITING, group, tuple(sorted(groups[group])), READS)


def _of_secrets(printed: Sequence[Printed], secrets: Collection[str]) -> Iterator[Rule]:
    own = [each.obj.id.name for each in printed if each.resource == SECRETS]
    yield Rule(RECORDS, "", ("secrets",), ("get", "list", *(("watch",) if own else ()), "create", "update", *DELETES))
    if names := tuple(dict.fromkeys([*secrets, *own])):
        yield Rule(APPLIED_SECRETS, "", ("secrets",), ("patch",), names)


def _of_pods(printed: Sequence[Printed], *, is_watched: bool) -> Iterator[Rule]:
    if any(pod_template_path(each.obj.id.group, each.obj.id.kind) is not None for each in printed):
        yield Rule(PODS_LISTED, "", (*(() if is_watched else ("pods",)), "events"), ("list",))
    if any((each.resource.group, each.resource.plural) == ("apps", "deployments") for each in printed):
        yield Rule(PODS_LISTED, "apps", ("replicasets",), ("list",))
    tests = tuple(each.obj.id.name for each in printed if _is_test(each.obj))
    if tests:
        yield Rule(LOGS, "", ("pods/log",), ("get",), tests)


def _notes(objects: Iterable[KubeObject], bound: Sequence[Subject]) -> Iterator[str]:
    if not bound:
        yield "bound to nobody: name who deploys by --user, --group or --service-account, and bindings are printed too"
    granted = [str(obj.id) for obj in objects if obj.id.group == RBAC]
    if granted:
        yield f"the chart grants rights, and may grant none that the deployer has not: {', '.join(granted)}"
