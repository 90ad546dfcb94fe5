"""What keys of secrets are called, and which texts are so strong that they are found again by no accident.

The words are those of public charts: passwords, tokens and keys, but not what is said about them (`tokenSeconds`) or
where they are kept (`existingSecret`, `passwordKey`).
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final


def _set(words: str) -> frozenset[str]:
    return frozenset(words.split())


PIECES = re.compile(r"[\s/.:,@]+")
BETWEEN = re.compile(r"[\s/.:,@_-]+")
NO_TOKEN = re.compile(r"[\s/.:,]")
WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+")

ANYWHERE = _set(
    "password passwords passwd passwds passphrase passphrases pwd secret secrets token tokens credential credentials "
    "creds htpasswd kubeconfig dockercfg dockerconfigjson apikey apikeys"
)
LAST = frozenset({"pass", "pw", "psk", "salt", "dsn"})
"""Words that mean a secret at the end only: `dbPass`, but `passThrough`. A DSN holds the password of a database."""
GLUED = ("password", "passwd", "passphrase", "pwd", "secret", "token", "credentials", "apikey", "accesskey", "authkey",
         "privatekey", "secretkey", "signingkey", "encryptionkey", "connectionstring")  # fmt: skip
"""Ends of names that are written as one word: `rootpassword`."""
KEYS = frozenset({"key", "keys"})
LOCKS = _set(
    "api private access auth encryption encrypt decryption signing sign secret master shared session cookie account "
    "storage license ssh tls ssl hmac aes rsa gpg pgp jwt fernet unseal integration deploy"
)
"""What a key is for, where it is a secret: `apiKey`, but neither `publicKey` nor `routingKey`."""
PHRASES = (
    ("connection", "string"),  # of a database, which holds its password
    ("slack", "webhook"), ("slack", "webhook", "url"), ("slack", "api", "url"),  # who knows the address may post
    ("secret", "id"),  # of Vault's AppRole: its password
)  # fmt: skip

SETTINGS = _set(
    "name names username user namespace id ref refs reference references selector seconds minutes hours days ttl "
    "expiry expiration expires lifetime duration timeout interval period age at revision rotation rotated mtime path "
    "paths prefix suffix file files filename dir directory mount mounts volume volumes enabled disabled enable disable "
    "create created generate required optional immutable policy length size count limit limits min max type types kind "
    "provider providers class classes store stores driver backend engine format encoding algorithm alg method methods "
    "mode version annotations labels issuer audience audiences scope scopes claim claims header headers host hostname "
    "port email domain region bucket sync"
)
"""Last words of a setting of a secret, or of what names it or goes with it. They are none below `secrets` either."""
ABOUT = _set(
    "url uri endpoint endpoints auth authentication login reset validation strength review reviewer usage service "
    "manager operator controller injector"
)
"""Last words that make `tokenUrl` no secret; but below `secrets` a `databaseUrl` is one."""
SWITCHES = _set("max min num number total use allow enable disable require requires has is no create generate")
"""First words of numbers and switches: `maxTokens`, `usePassword`."""
REFERENCES = (
    ("pull", "secret"), ("pull", "secrets"), ("from", "secret"), ("from", "secrets"), ("tls", "secret"),
    ("cert", "secret"), ("certificate", "secret"), ("ca", "secret"), ("password", "secret"), ("credentials", "secret"),
    ("external", "secret"), ("external", "secrets"), ("sealed", "secret"), ("sealed", "secrets"), ("proxy", "pass"),
    ("secret", "keys"), ("password", "key"), ("password", "keys"), ("token", "key"), ("credentials", "key"),
)  # fmt: skip
"""Last words of what names a Secret, an entry of one, or objects that become one."""
ELSEWHERE = ("existing", "imagepullsecret", "automount")
"""Parts of names of what is kept elsewhere."""

COMMON = _set(
    "admin administrator root user guest test default none postgres postgresql mysql mariadb mongo mongodb redis "
    "rabbitmq elastic kibana grafana minio minioadmin password secret changeme example"
)
"""Passwords that everybody knows, and that are names of programs and roles too: elsewhere there is nothing to hide."""
SHORT = 8
LONG = 16
MIXED = 3
"""A text is strong from 16 characters on, or from 8 on if they are of three kinds: lower, upper, digits, others."""
KINDS: Final = (str.islower, str.isupper, str.isdigit)


def sounds_secret(*names: str) -> bool:
    """Whether one of some keys is called like what holds a secret."""
    return any(map(_sounds, names))


def is_inside(name: str, *, parent: bool) -> bool:
    """Whether what stands under a key is called secret: by the key itself, or its parent's if it is no setting."""
    return sounds_secret(name) or (parent and not _is_setting(_words(name)))


def is_holder(name: str) -> bool:
    """Whether all below a key is secret: `secrets` and `auth.token`, but not `passwordUpdateJob`."""
    words = _words(name)
    return bool(words) and (words[-1] in ANYWHERE or words[-1] in LAST)


def kinds(text: str) -> int:
    """How many kinds of characters a text has: lower case, upper case, digits, others."""
    found = {next((kind for kind in KINDS if kind(char)), None) for char in text}
    return len(found)


def is_strong(text: str) -> bool:
    """Whether a text is found again by no accident. Hosts, versions and paths are words with something between them."""
    is_mixed = len(text) >= SHORT and kinds(BETWEEN.sub("", text)) >= MIXED
    return is_mixed or any(len(piece) >= LONG for piece in PIECES.split(text))


def looks_drawn(text: str) -> bool:
    """Whether a text looks as if it were drawn by chance: strong, and no sentence, path, host or image."""
    return is_strong(text) and not NO_TOKEN.search(text)


def _words(name: str) -> tuple[str, ...]:
    return tuple(map(str.lower, WORD.findall(name)))


@lru_cache(maxsize=4096)
def _sounds(name: str) -> bool:
    words = _words(name)
    if _ends(words, PHRASES):
        return True
    if not words or _is_setting(words) or words[-1] in ABOUT:
        return False
    return (
        not ANYWHERE.isdisjoint(words)
        or words[-1] in LAST
        or (words[-1] in KEYS and not LOCKS.isdisjoint(words[-2:-1]))
        or "".join(words).endswith(GLUED)
    )


def _is_setting(words: tuple[str, ...]) -> bool:
    if not words:
        return False
    joined = "".join(words)
    return (
        words[-1] in SETTINGS
        or words[0] in SWITCHES
        or "per" in words
        or _ends(words, REFERENCES)
        or any(part in joined for part in ELSEWHERE)
    )


def _ends(words: tuple[str, ...], endings: tuple[tuple[str, ...], ...]) -> bool:
    return any(words[-len(ending) :] == ending for ending in endings)
