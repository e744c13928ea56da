"""Writes botocore.toml: what botocore reads from the files of cases.toml.

Needed only to renew the table: `pip install botocore`, then `python botocore.py`. No network, no
process: what would need one says only that it is chosen.
"""
import os
import sys
import tempfile
import tomllib

HERE = os.path.dirname(os.path.abspath(__file__))
# This file's name hides the package from an import that starts here.
sys.path = [path for path in sys.path if os.path.abspath(path or ".") != HERE]

import botocore  # noqa: E402
import botocore.credentials as c  # noqa: E402
import botocore.session  # noqa: E402
from botocore.configprovider import ConfiguredEndpointProvider  # noqa: E402
from botocore.exceptions import BotoCoreError  # noqa: E402


def chosen(words):
    return c.Credentials("none", "none", method=words)


def words(credentials):
    if credentials is None:
        return "none"
    if credentials.method in ("env", "shared-credentials-file", "config-file"):
        return f"{credentials.method} {credentials.access_key}"
    return credentials.method


def assume_role(self, profile_name):
    config = self._get_role_config(profile_name)
    source = self._resolve_source_credentials(config, profile_name)
    return chosen(f"assume-role {config['role_arn']} by {words(source)}")


def web_identity(self):
    token = self._get_config("web_identity_token_file")
    if not token:
        return None
    role = self._get_config("role_arn")
    if not role:
        raise c.InvalidConfigError(error_msg="no role")
    return chosen(f"web-identity {role} {token}")


def sso(self):
    config = self._load_sso_config()
    if not config:
        return None
    keys = ("sso_account_id", "sso_role_name", "sso_region", "sso_start_url", "sso_session")
    return chosen(" ".join(["sso", *(config[key] for key in keys if key in config)]))


def process(self):
    return self._credential_process and chosen(f"process {self._credential_process}")


def login(self):
    profile = self._load_config().get("profiles", {}).get(self._profile_name, {})
    return chosen(f"login {profile['login_session']}") if "login_session" in profile else None


def container(self):
    names = (self.ENV_VAR, self.ENV_VAR_FULL)
    return chosen("container") if any(name in os.environ for name in names) else None


def instance(self):
    # As the last resort it would be asked; nothing says beforehand whether it is there.
    asked = sys._getframe(1).f_code.co_name == "source_credentials"
    return chosen("instance") if asked else None


c.AssumeRoleProvider._load_creds_via_assume_role = assume_role
c.AssumeRoleWithWebIdentityProvider._assume_role_with_web_identity = web_identity
c.SSOProvider.load = sso
c.ProcessProvider.load = process
c.LoginProvider.load = login
c.ContainerProvider.load = container
c.InstanceMetadataProvider.load = instance
SERVICES = ("lambda", "logs", "sqs", "sts")


def read(case):
    with tempfile.TemporaryDirectory() as home:
        variables = {"HOME": home, "AWS_EC2_METADATA_DISABLED": "true"}
        for kind, name in (("config", "CONFIG"), ("credentials", "SHARED_CREDENTIALS")):
            path = os.path.join(home, kind)
            variables[f"AWS_{name}_FILE"] = path
            if kind in case:
                with open(path, "wb") as file:
                    file.write(case[kind].encode())
        os.environ.clear()
        os.environ.update(variables | case.get("env", {}))
        session = botocore.session.Session()
        if "profile" in case:
            session.set_config_variable("profile", case["profile"])
        facts = {}
        try:
            facts["profile"] = session.profile or "default"
            facts["region"] = session.get_config_variable("region") or ""
            ignored = session.get_config_variable("ignore_configured_endpoint_urls")
            for service in SERVICES:
                provider = ConfiguredEndpointProvider(
                    full_config=session.full_config,
                    scoped_config=session.get_scoped_config(),
                    client_name=service,
                )
                try:
                    facts[service] = "" if ignored else provider.provide() or ""
                except BotoCoreError as error:
                    facts[service] = f"error {type(error).__name__}"
        except BotoCoreError as error:
            return {"refused": type(error).__name__}
        try:
            facts["provider"] = words(session.get_credentials())
        except BotoCoreError as error:
            facts["provider"] = f"error {type(error).__name__}"
        return facts


def quoted(text):
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n") + '"'


with open(os.path.join(HERE, "cases.toml"), "rb") as file:
    cases = tomllib.load(file)["case"]
with open(os.path.join(HERE, "botocore.toml"), "w") as file:
    file.write(f"# What botocore {botocore.__version__} reads from cases.toml; see botocore.py.\n")
    for case in cases:
        file.write(f"\n[{quoted(case['name'])}]\n")
        for key, value in read(case).items():
            file.write(f"{key} = {quoted(value)}\n")
