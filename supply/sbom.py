"""`python -m supply.sbom [--out FILE]`: the bill of materials of the locked packages, CycloneDX 1.6 as JSON.

Versions and hashes are those of requirements.lock, licences and dependencies those of the installed packages, which
must be the locked ones. The same lock gives the same bytes: no time is written, the serial number comes from the lock.
"""

import argparse
import hashlib
import sys
import tomllib
import uuid
from importlib import metadata
from pathlib import Path

from cyclonedx.model import HashAlgorithm, HashType
from cyclonedx.model.bom import Bom
from cyclonedx.model.bom_ref import BomRef
from cyclonedx.model.component import Component, ComponentType
from cyclonedx.model.dependency import Dependency
from cyclonedx.model.license import DisjunctiveLicense, LicenseExpression
from cyclonedx.output.json import JsonV1Dot6
from license_expression import ExpressionError, get_spdx_licensing
from packageurl import PackageURL
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from supply import PROJECT, SupplyError
from supply.lock import LOCK, Locked, read_lock

SBOM = PROJECT / "docs" / "sbom.cdx.json"
LONGEST_NAME = 100  # characters: some packages put a licence's whole text where its name belongs
ENVIRONMENT = {"python_version": "3.11", "python_full_version": "3.11.0", "sys_platform": "linux", "os_name": "posix"}
ENVIRONMENT |= {
    "platform_system": "Linux",
    "implementation_name": "cpython",
    "platform_python_implementation": "CPython",
}
# What packages write in other words than SPDX has; what is not here stays as it is.
_SPDX = {
    "Apache Software License": "Apache-2.0",
    "Apache License 2.0": "Apache-2.0",
    "Apache License, Version 2.0": "Apache-2.0",
    "Apache 2.0": "Apache-2.0",
    "Apache-2": "Apache-2.0",
    "MIT License": "MIT",
    "License :: OSI Approved :: MIT License": "MIT",
    "BSD License": "BSD-3-Clause OR BSD-2-Clause",
    "3-Clause BSD License": "BSD-3-Clause",
    "Mozilla Public License 2.0 (MPL 2.0)": "MPL-2.0",
    "ISC License": "ISC",
    "ISC License (ISCL)": "ISC",
    "PSFL": "PSF-2.0",
    "Python Software Foundation License": "PSF-2.0",
    "The Unlicense (Unlicense)": "Unlicense",
}


def installed(package: Locked) -> metadata.Distribution:
    """The installed package of the lock; SupplyError when it is absent or of another version."""
    try:
        found = metadata.distribution(package.name)
    except metadata.PackageNotFoundError:
        found = None
    if found is None or found.version != package.version:
        raise SupplyError(
            f"{package.name} {package.version} 未安装(现有 {found.version if found else '—'});请运行 make setup / "
            f"{package.name} {package.version} is not what is installed: run make setup"
        )
    return found


def licence(package: metadata.Distribution) -> str:
    """What a package says its licence is: SPDX's name where it or we know one, else its own words; "" for none."""
    head = package.metadata
    if head["License-Expression"]:
        return head["License-Expression"]
    own = (head["License"] or "").strip()
    if own and own.upper() != "UNKNOWN" and len(own) <= LONGEST_NAME and "\n" not in own:
        return _SPDX.get(own, own)
    classes = [each.rpartition(" :: ")[2] for each in head.get_all("Classifier") or () if each.startswith("License ::")]
    found = [_SPDX.get(each, each) for each in classes if each != "OSI Approved"]
    if not found and (title := _title(package)):
        return _SPDX.get(title, title)
    return found[0] if len(found) == 1 else " AND ".join(f"({each})" for each in found)


def _title(package: metadata.Distribution) -> str:
    """The first line of a package's licence file; "" when it ships none."""
    for name in package.metadata.get_all("License-File") or ():
        text = package.read_text(f"licenses/{name}") or package.read_text(name)
        if text and text.strip():
            return text.strip().splitlines()[0][:LONGEST_NAME]
    return ""


def bill(packages: list[Locked]) -> Bom:
    """The bill of materials of the packages; what each needs is read from its metadata."""
    project = tomllib.loads((PROJECT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    own = Component(
        name=project["name"], version=project["version"], type=ComponentType.APPLICATION, bom_ref="skillsdw"
    )
    bom = Bom(serial_number=uuid.uuid5(uuid.NAMESPACE_OID, hashlib.sha256(LOCK.read_bytes()).hexdigest()))
    bom.metadata.component = own
    bom.metadata.timestamp = None
    # The library's own description of itself would bring addresses along.
    maker = Component(name="cyclonedx-python-lib", version=metadata.version("cyclonedx-python-lib"))
    bom.metadata.tools.components.add(maker)
    names = {canonicalize_name(package.name): package.version for package in packages}
    refs = {name: f"pkg:pypi/{name}@{version}" for name, version in names.items()}
    for package in packages:
        name = canonicalize_name(package.name)
        found = installed(package)
        bom.components.add(_component(package, refs[name], licence(found)))
        bom.dependencies.add(_dependency(refs[name], found.requires or [], refs))
    asked = [*project["dependencies"], *project["optional-dependencies"]["dev"]]
    bom.dependencies.add(_dependency("skillsdw", asked, refs))
    return bom


def _component(package: Locked, ref: str, licence_text: str) -> Component:
    """A package, and each of its wheels as a file of its own: they have different hashes."""
    files = [
        Component(
            name=file,
            type=ComponentType.FILE,
            bom_ref=f"{ref}#{file}",
            hashes=[HashType(alg=HashAlgorithm.SHA_256, content=digest)],
        )
        for file, digest in package.files.items()
    ]
    name = canonicalize_name(package.name)
    return Component(
        name=name,
        version=package.version,
        type=ComponentType.LIBRARY,
        bom_ref=ref,
        purl=PackageURL("pypi", None, name, package.version),
        licenses=[_licence(licence_text)] if licence_text else [],
        components=files,
    )


def _licence(text: str) -> LicenseExpression | DisjunctiveLicense:
    try:
        known = get_spdx_licensing().validate(text)
    except (ExpressionError, AttributeError):
        return DisjunctiveLicense(name=text)
    return LicenseExpression(known.normalized_expression) if not known.errors else DisjunctiveLicense(name=text)


def _dependency(ref: str, requirements: list[str], refs: dict[str, str]) -> Dependency:
    needed = set()
    for text in requirements:
        requirement = Requirement(text)
        if requirement.marker is None or requirement.marker.evaluate(ENVIRONMENT | {"extra": ""}):
            target = refs.get(canonicalize_name(requirement.name))
            if target:
                needed.add(Dependency(ref=BomRef(target)))
    return Dependency(ref=BomRef(ref), dependencies=needed)


def text(packages: list[Locked]) -> str:
    """The bill as JSON, the same for the same lock."""
    return JsonV1Dot6(bill(packages)).output_as_string(indent=1) + "\n"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, default=SBOM)
    out = parser.parse_args().out
    packages = read_lock()
    out.write_text(text(packages), encoding="utf-8")
    print(f"已写入 {out}:{len(packages)} 个软件包 / Written: {len(packages)} packages")
    return 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except SupplyError as fault:
        print(f"错误 / Error: {fault}", file=sys.stderr)
        sys.exit(1)
