#!/usr/bin/env python3
"""Calls the API as an application. Python's library has no RSA, so openssl signs.
Usage: users.py <appId>_private.pem ca.pem https://localhost:3000"""
import base64, http.client, json, pathlib, ssl, subprocess, sys, time, urllib.parse

key, ca, api = sys.argv[1:]


def base64url(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def make_token():
    now = int(time.time())
    app_id = pathlib.Path(key).name.removesuffix("_private.pem")
    claims = {"appId": app_id, "aud": api, "iat": now, "exp": now + 300}
    text = ".".join(base64url(json.dumps(part).encode()) for part in ({"alg": "RS512", "typ": "JWT"}, claims))
    command = ["openssl", "dgst", "-sha512", "-sign", key]
    signature = subprocess.run(command, input=text.encode(), stdout=subprocess.PIPE, check=True).stdout
    return f"{text}.{base64url(signature)}"


# http.client follows no redirect. urllib would, and would send the token to another host.
tls = ssl.create_default_context(cafile=ca)
connection = http.client.HTTPSConnection(urllib.parse.urlsplit(api).netloc, context=tls, timeout=10)
connection.request("GET", "/users", headers={"x-token": make_token()})
answer = connection.getresponse()
print(answer.read().decode())
sys.exit(answer.status != 200)
