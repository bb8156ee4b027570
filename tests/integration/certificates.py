# Copyright (c) 2026, zero.downtime maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Certificates of the test's own, by the openssl command."""

from __future__ import annotations

import dataclasses
import subprocess
import typing as t
from pathlib import Path


@dataclasses.dataclass(frozen=True)
class Certificate:
    cert: Path
    key: Path


@dataclasses.dataclass(frozen=True)
class Authority:
    """Signs what is asked of it."""

    folder: Path

    def __post_init__(self) -> None:
        # Nothing of the machine's openssl.cnf, which adds extensions of its own.
        (self.folder / "openssl.cnf").write_text("[req]\ndistinguished_name = dn\n[dn]\n")
        self._make("ca", ["basicConstraints=critical,CA:TRUE", "keyUsage=critical,keyCertSign"], by=[])

    @property
    def cert(self) -> Path:
        return self.folder / "ca.pem"

    def sign(self, name: str, *extensions: str, days: int = 2) -> Certificate:
        """Good for I(days) from now; a negative number makes one that has expired."""
        by = ["-CA", str(self.cert), "-CAkey", str(self.folder / "ca.key"), "-CAcreateserial"]
        return self._make(name, ["basicConstraints=critical,CA:FALSE", *extensions], by=by, days=days)

    def self_signed(self, name: str, *extensions: str) -> Certificate:
        """By nobody but itself."""
        return self._make(name, extensions, by=[])

    def _make(self, name: str, extensions: t.Sequence[str], *, by: t.Sequence[str], days: int = 2) -> Certificate:
        made = Certificate(self.folder / f"{name}.pem", self.folder / f"{name}.key")
        request = str(self.folder / f"{name}.csr")
        ask = ["req", "-new", "-config", str(self.folder / "openssl.cnf"), "-subj", f"/CN={name}", "-nodes"]
        ask += ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-keyout", str(made.key), "-out", request]
        ask += [word for extension in extensions for word in ("-addext", extension)]
        sign = ["x509", "-req", "-in", request, "-out", str(made.cert), "-copy_extensions", "copyall"]
        sign += ["-days", str(days), *(by or ["-signkey", str(made.key)])]
        for command in (ask, sign):
            subprocess.run(["openssl", *command], check=True, capture_output=True)
        return made
