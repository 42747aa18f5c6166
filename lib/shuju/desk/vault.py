"""The vault: contacts of who wrote a letter, read for its answering department alone; the trail has it before anybody reads.

Nobody's scope shows ``letters_private``, and its files hold ciphertext: this is the one way to it, in a server and in a script.
"""

from __future__ import annotations

import getpass
from typing import Any

from shuju.access import NotAllowedError, present, require
from shuju.access.roles import ASSIGN, REVEAL
from shuju.desk import trail
from shuju.desk.answers.senders import address_of_sender
from shuju.desk.store import open_desk
from shuju.library import Library
from shuju.library.scope import EVERYTHING
from shuju.library.sealing import opened

PURPOSES = ("核实情况", "答复来信人", "回访")
TO_ANSWER = PURPOSES[1]
TABLE = "letters_private"
TOLD = ("writer_name", "phone", "email", "address", "found_in_text")


def address_to_answer(library: Library, letter_id: str) -> str:
    """Return the e-mail address to which the leader's answer to a letter goes, empty where none is known; nobody is shown it.

    Raises:
        NotAllowedError: another role.
        TrailError: it could not be noted; nothing was read then.
        KeyFileError: the key that it is encrypted with is not there.
    """
    require(ASSIGN)
    if library.get("letters", letter_id) is None:
        return ""
    trail.note(
        open_desk(library.home), "reveal", letter_id, {"purpose": TO_ANSWER, "shown": "否，只用于发送"}, 1
    )
    return address_of_sender(_contacts(library, letter_id))


def reveal(library: Library, letter_id: str, purpose: str) -> dict[str, Any]:
    """Return the contacts of a letter (column → value) that the present person may answer; empty if there are none.

    Raises:
        NotAllowedError: another role, a letter that the person does not see, or none; all are told the same.
        ValueError: not one of ``PURPOSES``.
        TrailError: it could not be noted; nothing was read then.
        KeyFileError: the key that they are encrypted with is not there.
    """
    require(REVEAL)
    if purpose not in PURPOSES:
        raise ValueError("请说明用途")
    if not letter_id or library.get("letters", letter_id) is None:
        told = {"purpose": purpose, "why": "没有这封来信，或不由本部门承办"}
        trail.note(open_desk(library.home), "refused", letter_id, told, 0)
        raise NotAllowedError("没有这封来信，或不由本部门承办")
    # Nobody is signed in where a script asks: the trail has the machine's user.
    account = "" if present() is not None else f"命令行:{getpass.getuser()}"
    trail.note(open_desk(library.home), "reveal", letter_id, {"purpose": purpose}, 1, account=account)
    return _contacts(library, letter_id)


def _contacts(library: Library, letter_id: str) -> dict[str, Any]:
    whole = library.limited_to(EVERYTHING)
    try:
        found = whole.get(TABLE, letter_id) or {}
    except FileNotFoundError:  # the file was encrypted anew at this moment
        found = whole.get(TABLE, letter_id) or {}
    return {name: opened(found[name], TABLE, name, letter_id) for name in TOLD if found.get(name)}
