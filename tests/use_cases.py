"""Every use case of the engine: modules register their use cases when they are imported, so all are imported here."""

import importlib
import pkgutil

import rdv.engine
from rdv.engine.office import REGISTRY

ENGINE = {
    name: importlib.import_module(name)
    for _, name, is_package in pkgutil.walk_packages(rdv.engine.__path__, "rdv.engine.")
    if not is_package
}
"""The engine's modules by name."""

USE_CASES = {case.name: function for function, case in REGISTRY.items() if function.__module__ in ENGINE}
"""The engine's use cases by name."""
