"""docker-compose.yml and Dockerfile: what every container is given, and what none is."""

import os
import re
import shutil
import stat
import subprocess
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).parent.parent
# Set by the image, said by the other containers, or never wanted in production.
NOT_FROM_OUTSIDE = {"MEDIA_ROOT", "STATIC_ROOT", "REDIS_URL", "DEBUG"}
# bin/run's own, and the logins, which each container has its own of.
OTHERS = {"BACKOFFICE_DATA", "BACKOFFICE_POSTGRES", "DATABASE_URL", "DATABASE_SERVICE_URL"}
OTHERS |= {"DATABASE_OWNER_URL"}
SECRET = {"SECRET_KEY", "EMAIL_URL", "MAIL_API_KEY", "MAIL_WEBHOOK_KEY"}
PRODUCT = ["migrate", "web", "worker", "beat"]


@pytest.fixture(scope="module")
def compose():
    return yaml.safe_load((ROOT / "docker-compose.yml").read_text())


def test_every_container_has_an_init_and_says_whether_it_is_well(compose):
    services = compose["services"]

    assert set(services) == {"postgres", "redis", *PRODUCT}
    assert all(service["init"] for service in services.values())
    assert {name for name, service in services.items() if "healthcheck" not in service} == {
        "migrate"  # it ends, and the others wait for that
    }


def test_no_container_of_ours_runs_as_root_or_may_become_it(compose):
    image = (ROOT / "Dockerfile").read_text().rpartition("\nFROM ")[2]
    assert re.findall(r"^USER (.+)$", image, re.MULTILINE) == ["backoffice"]
    assert "useradd --uid 10001" in image
    assert compose["services"]["redis"]["user"] == "redis"
    for name in PRODUCT:
        service = compose["services"][name]
        assert "user" not in service
        assert (service["read_only"], service["cap_drop"]) == (True, ["ALL"])
        assert service["security_opt"] == ["no-new-privileges:true"]


def test_all_that_can_be_said_in_env_reaches_the_product(compose):
    example = (ROOT / ".env.example").read_text()
    can_be_said = set(re.findall(r"^# ([A-Z][A-Z_]+)=", example, re.MULTILINE)) - OTHERS

    for name in PRODUCT:
        given = compose["services"][name]["environment"]
        reach = {key.removesuffix("_FILE") for key in given}
        assert can_be_said - reach == NOT_FROM_OUTSIDE - reach, name
        assert {key for key in given if key.removesuffix("_FILE") in SECRET} == {
            f"{key}_FILE" for key in SECRET
        }, name


def test_behind_a_proxy_its_word_on_who_asks_is_believed(compose):
    environment = compose["services"]["web"]["environment"]

    assert environment["TRUSTED_PROXY_COUNT"] == "${TRUSTED_PROXY_COUNT:-1}"
    assert compose["services"]["web"]["ports"] == ["127.0.0.1:8000:8000"]


def test_every_secret_is_a_file_that_is_made_once(compose, tmp_path):
    made = make_secrets(tmp_path, EMAIL_URL="smtp+tls://me:word@mail:587")

    assert {f"./secrets/{name}" for name in made} == {
        secret["file"] for secret in compose["secrets"].values()
    }
    assert made["email_url"] == "smtp+tls://me:word@mail:587"
    assert made["web_password"] in made["database_url"]
    assert stat.S_IMODE((tmp_path / "secrets").stat().st_mode) == 0o700
    assert make_secrets(tmp_path) == made
    for service in compose["services"].values():
        said = service.get("environment", {}).items()
        files = {value for key, value in said if key.endswith("_FILE")}
        assert files <= {f"/run/secrets/{name}" for name in service.get("secrets", [])}


def make_secrets(folder, **said):
    (folder / "docker").mkdir(exist_ok=True)
    script = shutil.copy(ROOT / "docker/make-secrets", folder / "docker")
    subprocess.run([script], check=True, env={"PATH": os.environ["PATH"]} | said)
    return {path.name: path.read_text() for path in (folder / "secrets").iterdir()}
