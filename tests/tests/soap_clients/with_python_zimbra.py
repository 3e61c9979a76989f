# SPDX-License-Identifier: AGPL-3.0-or-later
"""python-zimbra (PyPI), unmodified: requests in JSON and XML, batches, faults, pre-authentication, the admin API.

Arguments: URL, URL of the admin API, account, password, other account, administrator, key of the domain."""

import ssl
import sys

from pythonzimbra.communication import Communication
from pythonzimbra.tools import auth

url, admin_url, account, password, other, administrator, key = sys.argv[1:]
url, admin_url = url + "/service/soap", admin_url + "/service/admin/soap"
# the test's certificate signs itself
trusting = ssl._create_unverified_context()


def one(comm, token, kind, name, arguments, namespace="urn:zimbraMail"):
    request = comm.gen_request(request_type=kind, token=token)
    request.add_request(name + "Request", arguments, namespace)
    response = comm.send_request(request)
    assert not response.is_fault(), (name, response.get_fault_code(), response.get_fault_message())
    return response.get_response()[name + "Response"]


def plain(token):
    """From JSON it hands out elements as they are."""
    assert token, "no login"
    return token["_content"] if isinstance(token, dict) else token


def first(value):
    return value[0] if isinstance(value, list) else value


def people(kind):
    comm = Communication(url)
    plain(auth.authenticate(url, account, key, request_type=kind))
    assert auth.authenticate(url, account, "another key", request_type=kind) is None
    token = plain(auth.authenticate(url, account, password, use_password=True, request_type=kind))
    assert auth.authenticate(url, account, "wrong", use_password=True, request_type=kind) is None

    folder = one(comm, token, kind, "GetFolder", {"folder": {"path": "/Inbox"}})["folder"]
    assert folder["name"] == "Inbox" and str(folder["id"]) == "2", folder
    made = one(comm, token, kind, "CreateFolder", {"folder": {"name": "Grüße " + kind, "l": "1", "view": "message"}})["folder"]
    assert made["name"] == "Grüße " + kind, made
    one(comm, token, kind, "SendMsg", {
        "m": {
            "su": "by python-zimbra, " + kind,
            "e": [{"t": "t", "a": other}],
            "mp": {"ct": "text/plain", "content": "Zeile <1> & \"2\""},
        },
    })
    found = one(comm, token, kind, "Search", {"types": "message", "query": 'in:sent subject:"by python-zimbra"'})
    message = one(comm, token, kind, "GetMsg", {"m": {"id": first(found["m"])["id"]}})["m"]
    content = plain(first(first(message["mp"])["content"]))
    assert content.strip() == 'Zeile <1> & "2"', message

    batch = comm.gen_request(request_type=kind, token=token, set_batch=True, batch_onerror="continue")
    batch.add_request("NoOpRequest", {}, "urn:zimbraMail")
    batch.add_request("GetFolderRequest", {"folder": {"path": "/no/such folder"}}, "urn:zimbraMail")
    batch.add_request("GetInfoRequest", {"sections": "mbox"}, "urn:zimbraAccount")
    response = comm.send_request(batch)
    assert response.is_fault() and response.is_batch(), response.get_response()
    # its get_fault_code takes every part of a batch in XML for a fault
    code = response.get_response(2)["Fault"]["Detail"]["Error"]["Code"] if kind == "xml" else first(list(response.get_fault_code().values()))
    assert code == "mail.NO_SUCH_FOLDER", code
    assert response.get_response(3)["GetInfoResponse"]["name"] == account

    request = comm.gen_request(request_type=kind, token=token)
    request.add_request("GetFolderRequest", {"folder": {"path": "/no/such folder"}}, "urn:zimbraMail")
    response = comm.send_request(request)
    assert response.is_fault() and response.get_fault_code() == "mail.NO_SUCH_FOLDER", response.get_fault_code()


def administrators(kind):
    comm = Communication(admin_url, context=trusting)
    token = plain(
        auth.authenticate(admin_url, administrator, password, admin_auth=True, request_type=kind, context=trusting)
    )
    name = "made-by-" + kind + "@" + account.split("@")[1]
    made = one(
        comm, token, kind, "CreateAccount", {"name": name, "password": password, "a": {"n": "displayName", "_content": "Müller"}}, "urn:zimbraAdmin"
    )["account"]
    assert made["name"] == name, made
    found = one(comm, token, kind, "GetAccount", {"account": {"by": "name", "_content": name}}, "urn:zimbraAdmin")["account"]
    attributes = {a["n"]: a["_content"] for a in found["a"]}
    assert attributes["displayName"] == "Müller", attributes
    one(comm, token, kind, "DeleteAccount", {"id": made["id"]}, "urn:zimbraAdmin")
    assert auth.authenticate(admin_url, account, password, admin_auth=True, request_type=kind, context=trusting) is None


for kind in ("json", "xml"):
    people(kind)
    administrators(kind)
print("done")
