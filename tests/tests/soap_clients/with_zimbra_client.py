# SPDX-License-Identifier: AGPL-3.0-or-later
"""zimbra-client (PyPI), unmodified, as a program of its users would use it. Arguments: URL, account, password, other account."""

import sys
import time

from zimbra_client import (
    Attachment,
    FilterRule,
    ZimbraAuthenticationError,
    ZimbraClient,
    ZimbraConfig,
    ZimbraSOAPFault,
)
from zimbra_client.filters import filter_file_into, filter_from_address, filter_stop

url, account, password, other = sys.argv[1:]


def client_of(address, secret=password):
    return ZimbraClient(ZimbraConfig(host=url, email=address, password=secret))


def eventually(what, check):
    """Mail takes a moment to arrive."""
    until = time.monotonic() + 60
    while time.monotonic() < until:
        found = check()
        if found:
            return found
        time.sleep(0.1)
    raise SystemExit(f"never: {what}")


def mail(client, peer):
    picture = bytes(range(256)) * 40
    sent = client.send_message(
        to=other,
        subject="Grüße & <Tags>",
        text="Plain text\nsecond line",
        html="<p>HTML <b>body</b></p>",
        attachments=[Attachment(filename="daten ü.bin", content_type="application/octet-stream", data=picture)],
    )
    assert sent.message_id, sent
    found = eventually("the mail", lambda: peer.search_messages("in:inbox from:" + account).messages)
    message = peer.get_message(found[0].id)
    assert message.subject == "Grüße & <Tags>", message
    assert message.from_.email == account and message.to[0].email == other, message
    assert "second line" in message.body_text or "HTML" in message.body_html, message
    [attachment] = message.attachments
    assert attachment.filename == "daten ü.bin" and peer.download_attachment(message.id, attachment.part) == picture, attachment
    assert found[0].unread and found[0].has_attachment, found

    reply = peer.reply_message(message.id, text="Thanks for the update.")
    assert reply.message_id
    answer = eventually("the reply", lambda: client.search_messages("in:inbox from:" + other).messages)[0]
    assert answer.subject == "Re: Grüße & <Tags>", answer
    forwarded = peer.forward_message(message.id, to=account, text="FYI")
    assert forwarded.message_id
    passed = eventually("what was forwarded", lambda: client.search_messages("in:inbox has:attachment").messages)[0]
    whole = client.get_message(passed.id)
    assert client.download_attachment(passed.id, whole.attachments[0].part) == picture

    peer.mark_read(message.id)
    assert not peer.get_message(message.id).unread
    peer.mark_unread(message.id)
    assert peer.search_messages("is:unread in:inbox").messages
    folder = peer.create_folder("Projekte / ähnliches".replace(" / ", " und "))
    peer.move_message(message.id, folder.id)
    assert [m.id for m in peer.search_messages(folder_id=folder.id).messages] == [message.id]
    assert any(one.id == folder.id and one.total == 1 for one in peer.list_folders()), peer.list_folders()
    peer.request_mail('<CreateTagRequest xmlns="urn:zimbraMail"><tag name="wichtig"/></CreateTagRequest>')
    peer.tag_message(message.id, "wichtig")
    assert [m.id for m in peer.search_messages("tag:wichtig").messages] == [message.id]
    peer.untag_message(message.id, "wichtig")
    assert not peer.search_messages("tag:wichtig").messages
    peer.trash_message(message.id)
    assert [m.id for m in peer.search_messages("in:trash").messages] == [message.id]
    peer.delete_message(message.id)
    assert not peer.search_messages("in:trash").messages


def drafts(client, peer):
    draft = client.save_draft(to=other, subject="a draft", text="first")
    draft_id = getattr(draft, "id", None) or draft.message_id
    assert [m.id for m in client.list_drafts().messages] == [draft_id]
    client.send_draft(draft_id)
    eventually("the draft that was sent", lambda: peer.search_messages('subject:"a draft"').messages)
    second = client.save_draft(to=other, subject="thrown away", text="x")
    client.delete_draft(getattr(second, "id", None) or second.message_id)
    assert not client.search_messages('in:drafts subject:"thrown away"').messages


def pages(client):
    for n in range(5):
        client.save_draft(to=other, subject=f"page {n}", text="x")
    first = client.search_messages("in:drafts", limit=3)
    second = client.search_messages("in:drafts", limit=3, offset=3)
    assert len(first.messages) == 3 and first.more and not second.more, (first, second)
    assert not {m.id for m in first.messages} & {m.id for m in second.messages}


def account_things(client):
    made = client.create_signature("short", text="-- \nA. B.")
    # its modify_signature and modify_identity look for an answer that the protocol says is empty
    assert [(s.name, s.text_plain) for s in client.list_signatures()] == [("short", "-- \nA. B.")], client.list_signatures()
    client.delete_signature(made.id)
    assert not client.list_signatures()
    identity = client.create_identity("Sales", {"zimbraPrefFromDisplay": "Sales", "zimbraPrefFromAddress": account})
    assert {i.name for i in client.list_identities()} == {"DEFAULT", "Sales"}
    client.delete_identity(identity.id)
    client.set_prefs({"zimbraPrefLocale": "de"})
    assert [p.value for p in client.get_prefs("zimbraPrefLocale")] == ["de"]


def contacts(client):
    jane = client.create_contact({"firstName": "Jane", "lastName": "Doe & Söhne", "email": "jane@example.test"})
    client.modify_contact(jane.id, {"jobTitle": "CEO"})
    read = client.get_contact(jane.id)
    assert read.attrs["jobTitle"] == "CEO" and read.attrs["lastName"] == "Doe & Söhne", read
    assert [c.id for c in client.list_contacts() if c.email == "jane@example.test"] == [jane.id]
    # its delete_contact sends a request that the protocol does not have
    client.request_mail(f'<ContactActionRequest xmlns="urn:zimbraMail"><action id="{jane.id}" op="delete"/></ContactActionRequest>')
    assert not [c for c in client.list_contacts() if c.id == jane.id]


def filters(client, peer):
    client.create_folder("Archive2")
    rule = FilterRule(
        name="from the other",
        tests=(filter_from_address(other),),
        actions=(filter_file_into("/Archive2"), filter_stop()),
    )
    client.set_filter_rules((rule,))
    assert [r.name for r in client.list_filter_rules()] == ["from the other"]
    assert client.list_filter_rules()[0].actions[0].attrs["folderPath"].strip("/") == "Archive2"
    peer.send_message(to=account, subject="to be filed", text="x")
    eventually("filed mail", lambda: client.search_messages('in:Archive2 subject:"to be filed"').messages)


def refusals(client, peer):
    try:
        client_of(account, "wrong password").login()
        raise SystemExit("a wrong password was taken")
    except ZimbraAuthenticationError as fault:
        assert fault.code == "account.AUTH_FAILED", fault
    sent = client.search_messages("in:sent").messages[0]
    for attempt in (lambda: peer.get_message("99999"), lambda: client.move_message(sent.id, "99999")):
        try:
            attempt()
            raise SystemExit("no fault")
        except ZimbraSOAPFault as fault:
            assert fault.code in ("mail.NO_SUCH_MSG", "mail.NO_SUCH_FOLDER"), fault


with client_of(account) as client, client_of(other) as peer:
    mail(client, peer)
    drafts(client, peer)
    pages(client)
    account_things(client)
    contacts(client)
    filters(client, peer)
    refusals(client, peer)
print("done")
