"""Every path of the program on this machine, cheap enough to import for `rdv --help`."""

from pathlib import Path


def config_file() -> Path | None:
    """Return the settings file in force: `rdv.toml` of the current folder, else of the user's configuration folder."""
    here = Path("rdv.toml")
    if here.is_file():
        return here
    import platformdirs  # costs more than the rest of `rdv --help`, so import it only if the current folder has none

    personal = platformdirs.user_config_path("rdv") / "rdv.toml"
    return personal if personal.is_file() else None


def data_folder() -> Path:
    """Return the user's data folder of rdv, without creating it."""
    import platformdirs

    return platformdirs.user_data_path("rdv")


def example(name: str) -> Path:
    """Return a declared town hall that comes with the program: `mairie` or `france-services`."""
    inside = Path(__file__).parent / "examples" / f"{name}.toml"
    return inside if inside.is_file() else Path(__file__).parent.parent / "examples" / f"{name}.toml"
