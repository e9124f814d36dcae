"""Where the database and Redis are, and which process gets to know which login."""

from collections.abc import Mapping
from dataclasses import dataclass

NAMES = ("DATABASE_URL", "DATABASE_OWNER_URL", "DATABASE_SERVICE_URL", "REDIS_URL")


@dataclass(frozen=True)
class Addresses:
    """One URL per login, and the broker's."""

    web: str
    service: str
    owner: str
    redis: str

    def for_web(self) -> dict[str, str]:
        return self._only(DATABASE_URL=self.web)

    def for_service(self) -> dict[str, str]:
        """Worker, beat and commands."""
        return self._only(DATABASE_URL=self.service)

    def for_migrations(self) -> dict[str, str]:
        return self._only(DATABASE_URL=self.service, DATABASE_OWNER_URL=self.owner)

    def _only(self, **urls: str) -> dict[str, str]:
        """The others are set to nothing, or a .env file would bring them back."""
        blank = dict.fromkeys(NAMES, "") | {f"{name}_FILE": "" for name in NAMES}
        return blank | {"REDIS_URL": self.redis} | urls


def web_settings(environment: Mapping[str, str], port: int) -> dict[str, str]:
    """Plain http on this machine under both its names, unless the person says otherwise."""
    origins = f"http://localhost:{port},http://127.0.0.1:{port}"
    local = {"ALLOWED_HOSTS": "localhost,127.0.0.1", "CSRF_TRUSTED_ORIGINS": origins, "HTTPS": "0"}
    return {name: environment.get(name) or value for name, value in local.items()}
