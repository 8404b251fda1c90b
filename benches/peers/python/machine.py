"""Prints the date, the machine and the versions of what is measured, as a list in Markdown."""

import datetime
import importlib.metadata
import os
import platform
from pathlib import Path


def processor():
    lines = Path("/proc/cpuinfo").read_text().splitlines() if Path("/proc/cpuinfo").exists() else []
    names = [line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.processor()


def versions():
    for name in ["numpy", "numba", "jax", "torch"]:
        try:
            yield f"{name} {importlib.metadata.version(name)}"
        except importlib.metadata.PackageNotFoundError:
            yield f"no {name}"


print(f"- {datetime.date.today()}")
print(f"- {processor()}, {os.cpu_count()} cores, {platform.system()} {platform.machine()}")
print(f"- Python {platform.python_version()}, {', '.join(versions())}")
