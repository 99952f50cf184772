"""The compose file says the same as the settings, the packages and the locks."""

import importlib.util
import re
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from pydantic import BaseModel
from pydantic_settings import BaseSettings

from ragstone_kit.settings import ServiceSettings

from .conftest import FILLED_IN

Services = dict[str, dict[str, Any]]

NOT_DEPLOYED = {"web": "built files that the gateway serves", "standalone": "the other profile"}
RUN_ANOTHER_MODULE = {"ingestion-worker": "ingestion", "ingestion-poller": "ingestion", "models": "inference"}
OURS = ["gateway", "ingestion", "retrieval", "router", "guardrails", "agents", "inference", *RUN_ANOTHER_MODULE]


def _settings_class(name: str) -> type[BaseSettings]:
    """The settings of a compose service: those of its package, or of what its command runs."""
    module = importlib.import_module(f"ragstone_{RUN_ANOTHER_MODULE.get(name, name)}.settings")
    if name == "models":
        found: type[BaseSettings] = module.ModelSettings
        return found
    (only,) = [
        value
        for value in vars(module).values()
        if isinstance(value, type) and issubclass(value, ServiceSettings) and value is not ServiceSettings
    ]
    return only


def _environment(services: Services, name: str) -> dict[str, str]:
    """What the file sets; a variable without a value comes from .env and is absent here."""
    return {key: str(value) for key, value in services[name]["environment"].items() if value is not None}


def _settings(services: Services, name: str, monkeypatch: pytest.MonkeyPatch) -> BaseSettings:
    for key, value in _environment(services, name).items():
        monkeypatch.setenv(key, value)
    return _settings_class(name)()


def _fields(settings: type[BaseModel], prefix: str) -> set[str]:
    return {f"{prefix}{field.upper()}" for field in settings.model_fields}


def test_every_service_of_the_platform_is_there(root: Path, services: Services) -> None:
    packages = {path.parent.name for path in (root / "services").glob("*/pyproject.toml")}
    assert packages - NOT_DEPLOYED.keys() == set(OURS) - RUN_ANOTHER_MODULE.keys()
    assert set(OURS) <= services.keys()
    assert {"redis", "postgres", "qdrant"} <= services.keys()


@pytest.mark.parametrize("name", OURS)
def test_every_variable_names_a_field_of_that_services_settings(services: Services, name: str) -> None:
    settings = _settings_class(name)
    known = _fields(settings, settings.model_config["env_prefix"])
    assert [key for key in services[name]["environment"] if key not in known] == []


@pytest.mark.parametrize("name", OURS)
def test_the_settings_accept_what_the_file_gives_and_miss_nothing(
    services: Services, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = _settings(services, name, monkeypatch)
    required = {field for field, info in type(settings).model_fields.items() if info.is_required()}
    assert required <= settings.model_fields_set


@pytest.mark.parametrize("name", sorted(set(OURS) - RUN_ANOTHER_MODULE.keys()))
def test_a_service_listens_where_the_others_and_its_image_expect_it(
    services: Services, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = _settings(services, name, monkeypatch)
    assert settings.host == "0.0.0.0"  # type: ignore[attr-defined]
    assert services[name]["build"]["args"] == {"SERVICE": name, "PORT": str(settings.port)}  # type: ignore[attr-defined]


@pytest.mark.parametrize("name", OURS)
def test_every_address_is_that_of_a_service_in_the_file_and_its_port(
    services: Services, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    stores = {"postgres": 5432, "qdrant": 6333, "redis": 6379}
    settings = _settings(services, name, monkeypatch)
    for field, value in settings.model_dump().items():
        if not field.endswith("_url") or value is None or "://" not in value:
            continue
        address = urlsplit(value)
        assert address.hostname in services, field
        port = stores.get(address.hostname) or int(services[address.hostname]["build"]["args"]["PORT"])
        assert address.port == port, field


@pytest.mark.parametrize("name", OURS)
def test_no_service_keeps_its_data_in_its_container(
    services: Services, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = _settings(services, name, monkeypatch).model_dump()
    assert "sqlite" not in (settings.get("database_url") or "")
    assert not settings.get("index_url", "").startswith("edge:")


@pytest.mark.parametrize("name", sorted(RUN_ANOTHER_MODULE))
def test_a_command_of_its_own_names_a_module_of_that_service(services: Services, name: str) -> None:
    program, option, module, *_ = services[name]["command"]
    assert (program, option) in {("python", "-m"), ("celery", "-A")}
    assert module.startswith(f"ragstone_{RUN_ANOTHER_MODULE[name]}.")
    assert importlib.util.find_spec(module) is not None


def test_every_database_that_is_named_is_made(root: Path, services: Services) -> None:
    made = set(re.findall(r"CREATE DATABASE (\w+);", (root / "deploy/compose/databases.sql").read_text()))
    values = [value for name in OURS for value in _environment(services, name).values()]
    named = {urlsplit(value).path.removeprefix("/") for value in values if value.startswith("postgresql")}
    assert named == made


def test_redis_writes_everything_down_and_evicts_nothing(services: Services) -> None:
    command = services["redis"]["command"]
    assert command[command.index("--appendonly") + 1] == "yes"
    assert command[command.index("--maxmemory-policy") + 1] == "noeviction"
    assert services["redis"]["volumes"]


def test_every_image_has_an_explicit_tag(services: Services) -> None:
    tags = {name: service["image"].rpartition(":")[2] for name, service in services.items()}
    assert {name: tag for name, tag in tags.items() if not re.match(r"v?\d+\.\d+", tag)} == {}


def test_the_qdrant_server_is_as_new_as_its_client(root: Path, services: Services) -> None:
    lock = (root / "requirements-cluster.lock").read_text()
    client = re.search(r"^qdrant-client==(\d+)\.(\d+)", lock, re.MULTILINE)
    server = re.match(r"qdrant/qdrant:v(\d+)\.(\d+)", services["qdrant"]["image"])
    assert client is not None
    assert server is not None
    assert tuple(map(int, server.groups())) >= tuple(map(int, client.groups()))


def test_only_the_gateway_is_published_and_only_to_this_machine(compose: dict[str, Any], services: Services) -> None:
    assert {name for name, service in services.items() if "ports" in service} == {"gateway"}
    assert services["gateway"]["ports"] == ["127.0.0.1:8080:8080"]
    assert compose["networks"]["inside"] == {"internal": True}
    outside = {name for name, service in services.items() if "outside" in service["networks"]}
    assert outside == {"gateway", "router", "models", "vllm"}


@pytest.mark.parametrize("name", OURS)
def test_our_containers_have_no_privileges_and_a_read_only_root(services: Services, name: str) -> None:
    service = services[name]
    assert service["read_only"]
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]


def test_dependencies_are_waited_for_until_they_are_healthy(services: Services) -> None:
    for name, service in services.items():
        for other, how in service.get("depends_on", {}).items():
            assert other in services, name
            one_shot = services[other].get("restart") == "no"
            assert how["condition"] == ("service_completed_successfully" if one_shot else "service_healthy"), name
            assert one_shot or not services[other].get("healthcheck", {}).get("disable"), other


def test_no_service_waits_for_itself(services: Services) -> None:
    needs = {name: set(service.get("depends_on", {})) for name, service in services.items()}
    while ready := {name for name, others in needs.items() if not others}:
        needs = {name: others - ready for name, others in needs.items() if name not in ready}
    assert needs == {}


def test_every_volume_that_is_used_is_declared(compose: dict[str, Any], services: Services) -> None:
    mounts = [mount.partition(":")[0] for service in services.values() for mount in service.get("volumes", [])]
    assert {mount for mount in mounts if not mount.startswith(".")} == compose["volumes"].keys()


def test_vllm_starts_only_when_it_is_asked_for(services: Services) -> None:
    assert {name for name, service in services.items() if "profiles" in service} == {"vllm"}


def test_the_example_lists_every_variable_and_fills_no_secret_in(root: Path, compose_text: str) -> None:
    lines = re.findall(r"^(#?)([A-Z_]+)=(.*)$", (root / ".env.example").read_text(), re.MULTILINE)
    used = set(re.findall(r"\$\{(\w+)", compose_text)) | set(re.findall(r"^ +([A-Z_]+):$", compose_text, re.MULTILINE))
    assert {name for _, name, _ in lines} == used
    required = set(re.findall(r"\$\{(\w+):\?", compose_text))
    assert required == FILLED_IN.keys()
    assert {name: (mark, value) for mark, name, value in lines if name in required} == dict.fromkeys(required, ("", ""))
    assert [name for mark, name, value in lines if value and re.search("SECRET|PASSWORD|KEY|TOKEN", name)] == []
