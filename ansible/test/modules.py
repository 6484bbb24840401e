"""Loads Ansible's modules and plugins as Python's, for their tests; most need no Ansible."""

import importlib.util
import pathlib
import sys
import types

sys.dont_write_bytecode = True
ANSIBLE = pathlib.Path(__file__).parent.parent
UTILS = "ansible.module_utils"


def from_file(name, path):
    spec = importlib.util.spec_from_file_location(name, path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def load(path):
    """The module or plugin at this path below ansible/."""
    try:
        importlib.import_module(UTILS)
    except ImportError:
        for package in ("ansible", UTILS):
            sys.modules[package] = types.ModuleType(package)
    for shared in (ANSIBLE / "module_utils").glob("*.py"):
        name = f"{UTILS}.{shared.stem}"
        if name not in sys.modules:
            sys.modules[name] = from_file(name, shared)
    return from_file(pathlib.Path(path).stem, ANSIBLE / path)
