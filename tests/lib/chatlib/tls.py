"""A certificate of a test's own."""

import ssl
import subprocess

OPTIONS = ("--tls-cert", "cert.pem", "--tls-key", "key.pem")


def make_certificate(directory):
    """Writes cert.pem and key.pem for localhost; the context of a client that trusts them."""
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes",
         "-days", "2", "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost",
         "-keyout", directory / "key.pem", "-out", directory / "cert.pem"], capture_output=True, check=True)
    return ssl.create_default_context(cafile=directory / "cert.pem")
