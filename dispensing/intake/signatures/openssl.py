"""SM2 by the OpenSSL that the interpreter itself is linked with, where it knows SM2.

`cryptography` has no SM2, and `gmalg` is Python through and through: some 25 ms for each
verification. OpenSSL needs a fraction of one. It is asked only after it has verified the
example of GB/T 32918.5 here, in this process, and refused the same with one bit changed;
else `gmalg` does the work.
"""

import ctypes
from collections.abc import Callable
from functools import cache, lru_cache
from importlib.util import find_spec

# A public key of the curve (1.2.156.10197.1.301) in DER, but for its 64 bytes.
_HEAD = bytes.fromhex("3059301306072a8648ce3d020106082a811ccf5501822d03420004")
_KEYS_MAX = 4096
# GB/T 32918.5-2017, appendix A.2: the example over the recommended curve.
_EXAMPLE_KEY = bytes.fromhex(
    "09f9df311e5421a150dd7d161e4bc5c672179fad1833fc076bb08ff356f35020"
    "ccea490ce26775a52dc6ea718cc1aa600aed05fbf35e084a6632f6072da9ad13"
)
_EXAMPLE_MESSAGE = b"message digest"
_EXAMPLE_SIGNATURE = bytes.fromhex(
    "3046022100f5a03b0648d2c4630eeac513e1bb81a15944da3827d5b74143ac7eaceee720b3"
    "022100b1b6aa29df212fd8763182bc0d421ca1bb9038fd1f7f42d4840b69c485bbc1aa"
)
_EXAMPLE_USER = b"1234567812345678"

Verify = Callable[[bytes, bytes, bytes, bytes], bool]


@cache
def verifier() -> Verify | None:
    """Give what verifies (point, user, message, DER signature), None where OpenSSL cannot."""
    try:
        verify = _bound(_library())
    except (OSError, AttributeError, ImportError):
        return None
    given = (_EXAMPLE_KEY, _EXAMPLE_USER)
    changed = bytes([_EXAMPLE_SIGNATURE[-1] ^ 1])
    knows = verify(*given, _EXAMPLE_MESSAGE, _EXAMPLE_SIGNATURE)
    fooled = verify(*given, _EXAMPLE_MESSAGE, _EXAMPLE_SIGNATURE[:-1] + changed)
    return verify if knows and not fooled else None


def _library() -> ctypes.CDLL:
    """Open the library behind `hashlib`: it is in this process already."""
    spec = find_spec("_hashlib")
    if spec is None or not spec.origin or spec.origin in {"built-in", "frozen"}:
        raise ImportError("hashlib has no library of its own")
    return ctypes.CDLL(spec.origin)


def _bound(library: ctypes.CDLL) -> Verify:
    pointer, size, number = ctypes.c_void_p, ctypes.c_size_t, ctypes.c_int

    def call(name: str, answer: object, *takes: object) -> Callable[..., int]:
        found = getattr(library, name)
        found.restype, found.argtypes = answer, takes
        return found  # type: ignore[no-any-return]

    keep = call("d2i_PUBKEY", pointer, pointer, pointer, ctypes.c_long)
    sm3 = call("EVP_sm3", pointer)
    new = call("EVP_MD_CTX_new", pointer)
    free = call("EVP_MD_CTX_free", None, pointer)
    of_key = call("EVP_PKEY_CTX_new", pointer, pointer, pointer)
    free_key = call("EVP_PKEY_CTX_free", None, pointer)
    name_user = call("EVP_PKEY_CTX_set1_id", number, pointer, ctypes.c_char_p, size)
    give = call("EVP_MD_CTX_set_pkey_ctx", None, pointer, pointer)
    begin = call("EVP_DigestVerifyInit", number, *[pointer] * 5)
    end = call(
        "EVP_DigestVerify",
        number,
        pointer,
        ctypes.c_char_p,
        size,
        ctypes.c_char_p,
        size,
    )
    forget = call("ERR_clear_error", None)

    @lru_cache(maxsize=_KEYS_MAX)
    def key_of(point: bytes) -> int:
        """Read a key once; who reads more of them than are kept leaves some bytes behind."""
        der = ctypes.create_string_buffer(_HEAD + point, len(_HEAD) + len(point))
        at = ctypes.c_void_p(ctypes.addressof(der))
        return keep(None, ctypes.byref(at), len(der)) or 0

    def verify(point: bytes, user: bytes, message: bytes, signature: bytes) -> bool:
        key = key_of(point)
        context, named = new(), of_key(key, None) if key else None
        try:
            if not (context and named and name_user(named, user, len(user)) == 1):
                return False
            give(context, named)
            if begin(context, None, sm3(), None, key) != 1:
                return False
            return end(context, signature, len(signature), message, len(message)) == 1
        finally:
            # What the library says of a bad signature must not reach the next TLS call.
            forget()
            free(context)
            free_key(named)

    return verify
