"""The packages, two of which are installed under another name than their folder has.

`trainers` and `search_spaces` are names that a user's own project may have. Installed, they are
`sweep_trainers` and `sweep_search_spaces`, so that neither hides the other. Everything else about
the project is in pyproject.toml.
"""

from setuptools import find_namespace_packages, setup

INSTALLED_AS = {"trainers": "sweep_trainers", "search_spaces": "sweep_search_spaces"}

packages = find_namespace_packages(include=["sweep", "sweep.*"])
for folder, name in INSTALLED_AS.items():
    for package in find_namespace_packages(include=[folder, f"{folder}.*"]):
        packages.append(name + package.removeprefix(folder))

setup(
    packages=packages,
    package_dir={name: folder for folder, name in INSTALLED_AS.items()},
)
