"""Makes tokens.json: keys and tokens of an issuer, and of those who are none.

    pip install pyjwt cryptography && python3 make.py > tokens.json

The private keys are thrown away: running it again makes others, and every token anew.
"""

import base64
import datetime
import hashlib
import hmac
import json

import jwt
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa

# What the tests set SERVER__NOW to.
NOW = int(datetime.datetime(2026, 11, 22, 12, tzinfo=datetime.timezone.utc).timestamp())
SECRET = "a secret that is shared with the issuer"


def text(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def part(value):
    return text(json.dumps(value, separators=(",", ":")).encode())


def claims(**others):
    own = {
        "iss": "https://id.example.com/",
        "aud": "restaurant-analytics",
        "sub": "rosa",
        "exp": NOW + 3600,
        "roles": ["staff", "analytics"],
    }
    own.update(others)
    return {name: value for name, value in own.items() if value is not None}


def by_hand(header, payload, sign):
    return by_hand_of(json.dumps(header, separators=(",", ":")), payload, sign)


def by_hand_of(header, payload, sign):
    message = text(header.encode()) + "." + part(payload)
    return message + "." + text(sign(message.encode()))


def public(key, algorithm, kid):
    jwk = jwt.get_algorithm_by_name(algorithm).to_jwk(key.public_key(), as_dict=True)
    return {**jwk, "kid": kid, "use": "sig"}


def pem(key):
    return key.public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )


def hs256(key):
    return lambda message: hmac.new(key, message, hashlib.sha256).digest()


r, e, d = rsa.generate_private_key(65537, 2048), ec.generate_private_key(ec.SECP256R1()), ed25519.Ed25519PrivateKey.generate()
strange, later = ed25519.Ed25519PrivateKey.generate(), ed25519.Ed25519PrivateKey.generate()


def ours(algorithm="EdDSA", key=d, kid="d", headers=(), **others):
    return jwt.encode(claims(**others), key, algorithm, {"kid": kid, **dict(headers)})


def shared(algorithm="HS256", headers=None, **others):
    return jwt.encode(claims(**{"aud": None, **others}), SECRET, algorithm, headers)


good = ours()
head, body, signature = good.split(".")
jwe = {"alg": "dir", "enc": "A256GCM", "kid": "d"}

tokens = {
    # Good ones.
    "rs256": ours("RS256", r, "r"),
    "es256": ours("ES256", e, "e"),
    "eddsa": good,
    # As RFC 9864 names it.
    "ed25519": by_hand({"alg": "Ed25519", "kid": "d"}, claims(), d.sign),
    "audience_in_a_list": ours(aud=["other", "restaurant-analytics"]),
    "just_expired": ours(exp=NOW - 29),
    "expiry_with_a_fraction": ours(exp=NOW + 0.5),
    "almost_valid": ours(nbf=NOW + 29),
    "without_subject": ours(sub=None),
    "strange_subject": ours(sub="rosa\nINFO forged=1 \u202e" + "x" * 300),
    # Out of time.
    "expired": ours(exp=NOW - 31),
    "early": ours(nbf=NOW + 31),
    "without_expiry": ours(exp=None),
    "expiry_in_words": by_hand({"alg": "EdDSA", "kid": "d"}, claims(exp=str(NOW + 3600)), d.sign),
    # Of others, or for others.
    "issuer": ours(iss="https://id.example.com"),
    "without_issuer": ours(iss=None),
    "audience": ours(aud="restaurant-analytics-staging"),
    "without_audience": ours(aud=None),
    # Not allowed.
    "role": ours(roles=["staff", "analytics-admin"]),
    "without_role": ours(roles=None),
    # Not of this issuer, whatever they say.
    "unknown_kid": ours(kid="x"),
    "without_kid": jwt.encode(claims(), d, "EdDSA"),
    "kid_of_another_key": ours(kid="e"),
    "kid_is_a_path": by_hand({"alg": "HS256", "kid": "../../../../../dev/null"}, claims(), hs256(b"")),
    "strange_key": ours(key=strange),
    "embedded_jwk": ours(key=strange, headers={"jwk": public(strange, "EdDSA", "d")}),
    "embedded_jku": ours(key=strange, headers={"jku": "http://127.0.0.1:1/keys"}),
    "hs256_with_the_public_pem": by_hand({"alg": "HS256", "kid": "r"}, claims(), hs256(pem(r))),
    "hs256_with_the_public_bytes": by_hand(
        {"alg": "HS256", "kid": "d"},
        claims(),
        hs256(d.public_key().public_bytes(serialization.Encoding.Raw, serialization.PublicFormat.Raw)),
    ),
    "hs256_without_key": by_hand({"alg": "HS256", "kid": "d"}, claims(), hs256(b"")),
    "none": by_hand({"alg": "none", "kid": "d"}, claims(), lambda _: b""),
    "none_spelt_otherwise": by_hand({"alg": "nOnE", "kid": "d"}, claims(), lambda _: b""),
    "algorithm_twice": by_hand_of('{"alg":"none","alg":"EdDSA","kid":"d"}', claims(), d.sign),
    "without_algorithm": by_hand({"kid": "d"}, claims(), d.sign),
    "rs512": ours("RS512", r, "r"),
    "ps256": ours("PS256", r, "r"),
    "es256_in_der": by_hand({"alg": "ES256", "kid": "e"}, claims(), lambda m: e.sign(m, ec.ECDSA(hashes.SHA256()))),
    "es256_of_zeros": by_hand({"alg": "ES256", "kid": "e"}, claims(), lambda _: bytes(64)),
    "without_signature": head + "." + body + ".",
    "short_signature": head + "." + body + "." + signature[:-4],
    "padded_signature": head + "." + body + "." + signature + "==",
    "other_claims": head + "." + part(claims(sub="eve")) + "." + signature,
    "critical_extension": ours(headers={"crit": ["exp"]}),
    # Not such tokens at all.
    "two_parts": head + "." + body,
    "four_parts": good + "." + signature,
    "encrypted": ".".join([part(jwe), "", text(bytes(12)), text(bytes(9)), text(bytes(16))]),
    "empty_parts": "..",
    "not_json": text(b"{") + "." + text(b"{") + "." + signature,
    "claims_are_a_list": by_hand({"alg": "EdDSA", "kid": "d"}, [1], d.sign),
    "long": ours(padding="x" * 8192),
    # After the keys have changed.
    "of_the_later_key": ours(key=later, kid="later"),
    # With a shared secret.
    "shared": shared(),
    "shared_with_kid": shared(headers={"kid": "any"}),
    "shared_for_somebody": shared(aud="restaurant-analytics"),
    "shared_hs384": shared("HS384"),
    "shared_other_secret": jwt.encode(claims(aud=None), SECRET + "!", "HS256"),
    "shared_scope": shared(scope="openid analytics profile"),
    "shared_scope_lookalike": shared(scope="openid analytics:none"),
    "shared_nested": shared(realm_access={"roles": ["analytics"]}),
}

print(
    json.dumps(
        {
            "secret": SECRET,
            "keys": {"keys": [public(r, "RS256", "r"), public(e, "ES256", "e"), public(d, "EdDSA", "d")]},
            "later_keys": {"keys": [public(later, "EdDSA", "later")]},
            "tokens": tokens,
        },
        indent=1,
    )
)
