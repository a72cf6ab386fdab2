"""Every environment variable that the program reads, each documented once."""

from functools import lru_cache
from pathlib import Path
from typing import Literal

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict

ROOT = Path(__file__).resolve().parent.parent
DATA = ROOT / "data"
ONLY = "only"


class Settings(BaseSettings):
    """Read from the environment, prefix REGISTRY_."""

    model_config = SettingsConfigDict(env_prefix="REGISTRY_")

    database_url: str = "sqlite:///registry.db"
    """REGISTRY_DATABASE_URL: where the register lives; SQLite or PostgreSQL."""

    actor: str = "local"
    """REGISTRY_ACTOR: the login subject written into acts of the command line."""

    lock_seconds: float = Field(default=60, gt=0, le=3600)
    """REGISTRY_LOCK_SECONDS: how long a writer waits for another one before it gives up."""

    public: Literal["", "also", "only"] = ""
    """REGISTRY_PUBLIC: whether anyone may see aggregates: beside those who log in, or alone."""

    hosts: str = ""
    """REGISTRY_HOSTS: names by which a proxy before the server is asked, separated by commas."""


@lru_cache
def settings() -> Settings:
    return Settings()
