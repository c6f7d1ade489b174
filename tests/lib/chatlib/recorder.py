"""Watches every reply: its shape must be the contract's, and what was seen is counted."""

import re
from collections import defaultdict

import jsonschema

from . import contract

BARE = {204, 304}


class Recorder:
    def __init__(self):
        self.seen = defaultdict(set)     # endpoint name -> statuses
        self.checked = defaultdict(set)  # endpoint name -> statuses checked against a schema
        self.openapi = None

    def load(self, openapi):
        """Takes chatd's own description, made strict: an undescribed field is a fault."""
        for name, schema in openapi["components"]["schemas"].items():
            if "properties" in schema and name != "Error":  # which others extend
                schema["additionalProperties"] = False
        self.openapi = openapi
        self.resolver = jsonschema.RefResolver.from_schema(openapi)

    def schema(self, endpoint, status):
        """The described schema of a reply, and whether it is described at all."""
        operation = self.openapi["paths"][endpoint.path][endpoint.method.lower()]
        responses = operation["responses"]
        described = responses.get(str(status)) or responses.get(f"{status // 100}XX") \
            or responses.get("default")
        assert described is not None, f"{endpoint} answers {status}: not in /openapi.json"
        if "$ref" in described:
            described = self.resolver.resolve(described["$ref"])[1]
        return described.get("content", {}).get("application/json", {}).get("schema")

    def validate(self, schema, value):
        jsonschema.Draft202012Validator(schema, resolver=self.resolver).validate(value)

    def record(self, method, path, reply):
        check_reply(reply, method)
        endpoint = contract.match(method, path)
        if not endpoint or not self.openapi:
            return
        self.seen[endpoint.name].add(reply.status)
        if method == "HEAD":
            return
        success = reply.status == endpoint.status
        if success and endpoint.shape in ("ONE", "LIST") or reply.status >= 400:
            schema = self.schema(endpoint, reply.status)
            assert schema, f"{endpoint} answers {reply.status}: no schema in /openapi.json"
            self.validate(schema, reply.json())
        self.checked[endpoint.name].add(reply.status)


def check_reply(reply, method="GET"):
    """The rules of every reply, whatever the endpoint."""
    assert re.fullmatch(r"[\w.-]{1,128}", reply.header("X-Request-Id") or ""), reply.headers
    if reply.status in BARE:
        assert reply.body == b"" and not reply.header("Content-Length"), reply
    if reply.status == 401:
        assert reply.header("WWW-Authenticate").startswith("Bearer"), reply.headers
    if reply.status == 405:
        assert re.fullmatch(r"[A-Z]+(, ?[A-Z]+)*", reply.header("Allow") or ""), reply.headers
    if reply.status in (429, 503):
        assert re.fullmatch(r"[1-9]\d*", reply.header("Retry-After") or ""), reply.headers
    if reply.status >= 400 and method != "HEAD":
        check_error(reply)


def check_error(reply):
    assert reply.header("Content-Type").startswith("application/json"), reply.headers
    error = reply.json()
    assert isinstance(error["detail"], str) and error["detail"], error
    assert error["request_id"] == reply.header("X-Request-Id"), error
    assert contract.ERRORS.get(error["code"]) == reply.status, error
    assert set(error) <= {"detail", "code", "request_id", "errors"}, error
    assert ("errors" in error) == (reply.status == 422), error
    for problem in error.get("errors", []):
        assert problem["loc"][0] in ("body", "query", "path", "header"), error
        assert all(isinstance(part, (str, int)) for part in problem["loc"]), error
        assert isinstance(problem["msg"], str) and isinstance(problem["type"], str), error


recorder = Recorder()
