"""Loads the rendered configuration through images/hub/jupyterhub_config.py into the real JupyterHub and KubeSpawner.

Prints JSON: traits that no class knows, what the loader made of groups, and the pod of a session for each profile.
"""

import asyncio
import json
import sys
import types

from jupyterhub.app import JupyterHub
from jupyterhub.auth import Authenticator
from jupyterhub.proxy import ConfigurableHTTPProxy
from kubernetes_asyncio.client import ApiClient
from kubespawner import KubeSpawner
from oauthenticator.generic import GenericOAuthenticator
from traitlets.config.loader import PyFileConfigLoader

CLASSES = {cls.__name__: cls for cls in (JupyterHub, Authenticator, ConfigurableHTTPProxy, KubeSpawner, GenericOAuthenticator)}
USERINFO = {"sub": "6f6f", "groups": ["users/ai-infn"], "wlcg.groups": ["/diamond"]}


class User:
    """What KubeSpawner reads of a user."""

    name = "ada"
    id = 1
    admin = False
    url = "/user/ada"

    async def get_auth_state(self):
        return {"oauth_user": USERINFO}


async def pod_of(config, profile):
    # The user goes in at birth: paths are expanded there.
    spawner = KubeSpawner(config=config, user=User(), _mock=True)
    spawner.orm_spawner = types.SimpleNamespace(name="", oauth_client_id="id", server=None)
    spawner.hub = types.SimpleNamespace(public_host="", api_url="http://hub/hub/api", base_url="/hub/")
    spawner.api_token = "token"
    spawner.oauth_client_id = "id"
    spawner.user_options = {"profile": profile}
    await spawner.load_user_options()
    pod = await spawner.modify_pod_hook(spawner, await spawner.get_pod_manifest())
    return ApiClient().sanitize_for_serialization(pod)


async def main():
    config = PyFileConfigLoader(sys.argv[1]).load_config()
    unknown = [
        f"{name}.{trait}"
        for name, section in config.items()
        for trait in section
        if trait not in CLASSES[name].class_traits(config=True)
    ]
    authenticator = GenericOAuthenticator(config=config)
    profiles = [profile["slug"] for profile in config.KubeSpawner.profile_list]
    print(
        json.dumps(
            {
                "unknown": unknown,
                "groups": authenticator.auth_state_groups_key({"oauth_user": USERINFO}),
                "allowed": sorted(authenticator.allowed_groups),
                "services": [service["name"] for service in JupyterHub(config=config).services],
                "pods": {slug: await pod_of(config, slug) for slug in profiles},
            }
        )
    )


asyncio.run(main())
