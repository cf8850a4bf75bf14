"""Loads what the platform rendered for this site (config.json) into JupyterHub.

Everything that is data comes from the file; here stands only what JSON cannot say: callables.
Secrets come from the environment, which JupyterHub and oauthenticator read by themselves.
"""

import json
import os
from pathlib import Path

CONFIG = json.loads(Path(os.environ.get("HUB_CONFIG", "/etc/hub/config.json")).read_text())
GROUP_CLAIMS = CONFIG["groupClaims"]
PROJECT_GROUPS = CONFIG["projectGroups"]
RESERVED_TAINT = CONFIG["reservedTaint"]


def groups_of(auth_state):
    """Groups of a user from whichever claim the IAM profile uses, without the leading slash of WLCG paths."""
    claims = (auth_state or {}).get("oauth_user") or {}
    found = {group.lstrip("/") for name in GROUP_CLAIMS for group in claims.get(name) or []}
    return sorted(found)


def projects_of(groups):
    """Projects of the site that a user with these groups belongs to."""
    return sorted(project for project, group in PROJECT_GROUPS.items() if group.lstrip("/") in groups)


async def label_pod(spawner, pod):
    """Marks the pod with who it belongs to, and lets members onto machines reserved for their project.

    `sub` is the identity that lasts; names may change. A user of exactly one project is accounted to it.
    """
    auth_state = await spawner.user.get_auth_state()
    groups = groups_of(auth_state)
    projects = projects_of(groups)
    labels = pod.metadata.labels = dict(pod.metadata.labels or {})
    labels["ai-infn.it/user"] = labels["hub.jupyter.org/username"]
    subject = ((auth_state or {}).get("oauth_user") or {}).get("sub")
    if subject:
        labels["ai-infn.it/subject"] = subject
    if len(projects) == 1:
        labels["ai-infn.it/project"] = projects[0]
    annotations = pod.metadata.annotations = dict(pod.metadata.annotations or {})
    annotations["ai-infn.it/projects"] = ",".join(projects)
    pod.spec.tolerations = list(pod.spec.tolerations or []) + [
        {"key": RESERVED_TAINT, "operator": "Equal", "value": project} for project in projects
    ]
    return pod


def service_of(entry):
    """One hub service: started by the hub itself (command) or calling with a token from the environment."""
    service = {"name": entry["name"]}
    if "command" in entry:
        service["command"] = entry["command"]
    if "tokenEnv" in entry:
        service["api_token"] = os.environ[entry["tokenEnv"]]
    return service


c = get_config()  # noqa: F821 - given by traitlets
for cls, traits in CONFIG["traits"].items():
    for name, value in traits.items():
        setattr(c[cls], name, value)
c.GenericOAuthenticator.auth_state_groups_key = groups_of
c.KubeSpawner.modify_pod_hook = label_pod
c.JupyterHub.services = [service_of(entry) for entry in CONFIG["services"]]
c.JupyterHub.load_roles = [
    {"name": entry["name"], "services": [entry["name"]], "scopes": entry["scopes"]} for entry in CONFIG["services"]
]
