"""Certificates of an authority that exists only in these tests, made with openssl."""

import ssl
import subprocess
from dataclasses import dataclass
from pathlib import Path

HOSTS = ("example.com", "*.example.com", "xn--bcher-kva.example", "my_bucket.example.net")
NAMES = ",".join([*(f"DNS:{host}" for host in HOSTS), "IP:93.184.216.34"])
KEY_KIND = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes")


@dataclass(frozen=True)
class Certificates:
    """A folder with `ca.pem` and servers' chains: `good.pem`, `expired.pem`, `stranger.pem`."""

    folder: Path

    def trust(self) -> ssl.SSLContext:
        """A client's context that knows the authority of these tests and no other."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.load_verify_locations(cafile=self.folder / "ca.pem")
        return context

    def server(self, name: str = "good") -> ssl.SSLContext:
        """A server's context with one of the chains."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.folder / f"{name}.pem", self.folder / f"{name}.key")
        return context


def make(folder: Path) -> Certificates:
    _authority(folder, "ca")
    _authority(folder, "other_ca")
    _certificate(folder, "good", ca="ca", days=2)
    _certificate(folder, "expired", ca="ca", days=-1)
    _certificate(folder, "stranger", ca="other_ca", days=2)
    return Certificates(folder)


def _authority(folder: Path, name: str) -> None:
    made = ["req", "-x509", *KEY_KIND, "-keyout", f"{name}.key", "-out", f"{name}.pem"]
    _openssl(folder, *made, "-days", "2", "-subj", f"/CN={name} of the tests")


def _certificate(folder: Path, name: str, *, ca: str, days: int) -> None:
    asked = ["req", *KEY_KIND, "-keyout", f"{name}.key", "-out", f"{name}.csr"]
    _openssl(folder, *asked, "-subj", f"/CN={name}", "-addext", f"subjectAltName={NAMES}")
    signed = ["x509", "-req", "-in", f"{name}.csr", "-CA", f"{ca}.pem", "-CAkey", f"{ca}.key"]
    kept = ["-CAcreateserial", "-copy_extensions", "copy", "-days", str(days)]
    _openssl(folder, *signed, *kept, "-out", f"{name}.pem")


def _openssl(folder: Path, *arguments: str) -> None:
    subprocess.run(["openssl", *arguments], cwd=folder, check=True, capture_output=True)
