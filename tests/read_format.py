#!/usr/bin/env python3
"""A second reader of format 1, written from docs/FORMAT.md with Python's standard library alone.

    python3 tests/read_format.py tests/golden/format-1

Checks every id, link, signature and block of the golden files, opens the sealed record, compares what it read with
expected.json, and sees that everything under refused/ is refused. It is slow on purpose: short enough to be read.
"""
import hashlib, json, struct, sys
from pathlib import Path

class Refused(Exception): pass
def need(condition, why):
    if not condition: raise Refused(why)

# BLAKE3, hash mode (https://github.com/BLAKE3-team/BLAKE3-specs).
IV = [0x6A09E667, 0xBB67AE85, 0x3C6EF372, 0xA54FF53A, 0x510E527F, 0x9B05688C, 0x1F83D9AB, 0x5BE0CD19]
ORDER = [2, 6, 3, 10, 7, 0, 4, 13, 1, 11, 12, 5, 9, 14, 15, 8]
START, END, PARENT, ROOT, M32 = 1, 2, 4, 8, 0xFFFFFFFF
def rotate(x, n): return (x >> n | x << 32 - n) & M32
def compress(chain, block, counter, flags):
    m = list(struct.unpack("<16I", block.ljust(64, b"\0")))
    s = chain + IV[:4] + [counter & M32, counter >> 32, 64 if flags & PARENT else len(block), flags]
    for _ in range(7):
        for i, (a, b, c, d) in enumerate(((0, 4, 8, 12), (1, 5, 9, 13), (2, 6, 10, 14), (3, 7, 11, 15),
                                          (0, 5, 10, 15), (1, 6, 11, 12), (2, 7, 8, 13), (3, 4, 9, 14))):
            for word, r, q in ((m[2 * i], 16, 12), (m[2 * i + 1], 8, 7)):
                s[a] = s[a] + s[b] + word & M32; s[d] = rotate(s[d] ^ s[a], r)
                s[c] = s[c] + s[d] & M32; s[b] = rotate(s[b] ^ s[c], q)
        m = [m[i] for i in ORDER]
    return [s[i] ^ s[i + 8] for i in range(8)]
def subtree(data, first, flags):
    if len(data) <= 1024:
        chain, blocks = IV, [data[i:i + 64] for i in range(0, len(data), 64)] or [b""]
        for i, block in enumerate(blocks):
            end = END | flags if i == len(blocks) - 1 else 0
            chain = compress(chain, block, first, (START if i == 0 else 0) | end)
        return chain
    left = 1024
    while left * 2 < len(data): left *= 2
    pair = subtree(data[:left], first, 0) + subtree(data[left:], first + left // 1024, 0)
    return compress(IV, struct.pack("<16I", *pair), 0, PARENT | flags)
def blake3(data): return struct.pack("<8I", *subtree(data, 0, ROOT))

# Ed25519, strict (RFC 8032, 5.1.7 without cofactor; no point of small order, nothing unreduced).
P, L = 2**255 - 19, 2**252 + 27742317777372353535851937790883648493
D, I = -121665 * pow(121666, -1, P) % P, pow(2, (P - 1) // 4, P)
def add(p, q):
    a, b = (p[1] - p[0]) * (q[1] - q[0]), (p[1] + p[0]) * (q[1] + q[0])
    c, d = 2 * p[3] * q[3] * D, 2 * p[2] * q[2]
    e, f, g, h = b - a, d - c, d + c, b + a
    return e * f % P, g * h % P, f * g % P, e * h % P
def times(n, p):
    out = (0, 1, 1, 0)
    while n:
        if n & 1: out = add(out, p)
        p, n = add(p, p), n >> 1
    return out
def same(p, q): return (p[0] * q[2] - q[0] * p[2]) % P == 0 and (p[1] * q[2] - q[1] * p[2]) % P == 0
def point(bytes32):
    y = int.from_bytes(bytes32, "little"); sign, y = y >> 255, y & (1 << 255) - 1
    if y >= P: return None
    u, v = (y * y - 1) % P, (D * y * y + 1) % P
    x = u * v**3 * pow(u * v**7, (P - 5) // 8, P) % P
    if (v * x * x - u) % P: x = x * I % P
    if (v * x * x - u) % P or (x == 0 and sign): return None
    x = P - x if x & 1 != sign else x
    return x, y, 1, x * y % P
BASE = point((4 * pow(5, -1, P) % P).to_bytes(32, "little"))
def signed(key, message, signature):
    a, r, s = point(key), point(signature[:32]), int.from_bytes(signature[32:], "little")
    if a is None or r is None or s >= L or any(same(times(8, p), (0, 1, 1, 0)) for p in (a, r)): return False
    k = int.from_bytes(hashlib.sha512(signature[:32] + key + message).digest(), "little") % L
    return same(times(s, BASE), add(r, times(k, a)))

# XChaCha20-Poly1305 (draft-irtf-cfrg-xchacha-03, RFC 8439).
def chacha(key, counter_nonce, plain=False):
    start = list(struct.unpack("<16I", b"expand 32-byte k" + key + counter_nonce))
    s = start[:]
    for _ in range(10):
        for a, b, c, d in ((0, 4, 8, 12), (1, 5, 9, 13), (2, 6, 10, 14), (3, 7, 11, 15),
                           (0, 5, 10, 15), (1, 6, 11, 12), (2, 7, 8, 13), (3, 4, 9, 14)):
            for q, w in ((16, 12), (8, 7)):
                s[a] = s[a] + s[b] & M32; s[d] = rotate(s[d] ^ s[a], 32 - q)
                s[c] = s[c] + s[d] & M32; s[b] = rotate(s[b] ^ s[c], 32 - w)
    return struct.pack("<8I", *s[:4], *s[12:]) if plain else struct.pack("<16I", *(x + y & M32 for x, y in zip(s, start)))
def unseal(key, nonce, sealed, aad):
    key, nonce, text, tag = chacha(key, nonce[:16], True), bytes(4) + nonce[16:], sealed[:-16], sealed[-16:]
    one_time = chacha(key, bytes(4) + nonce)
    r, acc = int.from_bytes(one_time[:16], "little") & 0x0FFFFFFC0FFFFFFC0FFFFFFC0FFFFFFF, 0
    pad = lambda part: part + bytes(-len(part) % 16)
    mac = pad(aad) + pad(text) + struct.pack("<QQ", len(aad), len(text))
    for i in range(0, len(mac), 16): acc = (acc + int.from_bytes(mac[i:i + 16] + b"\1", "little")) * r % (2**130 - 5)
    need((acc + int.from_bytes(one_time[16:], "little")) % 2**128 == int.from_bytes(tag, "little"), "does not open")
    stream = b"".join(chacha(key, struct.pack("<I", 1 + i // 64) + nonce) for i in range(0, len(text), 64))
    return bytes(x ^ y for x, y in zip(text, stream)).rstrip(b"\0")[:-1]

# CBOR in the one encoding of format 1.
def item(data, at=0, depth=0):
    need(depth <= 16 and at < len(data), "cut short or too deep")
    major, info, at0 = data[at] >> 5, data[at] & 31, at + 1
    if major == 7:
        need(info in (20, 21, 22), "not used")
        return {20: False, 21: True, 22: None}[info], at0
    width = {24: 1, 25: 2, 26: 4, 27: 8}.get(info, 0)
    need(info < 24 or width, "indefinite")
    n, at = (int.from_bytes(data[at0:at0 + width], "big"), at0 + width) if width else (info, at0)
    need(not width or n >= (24 if width == 1 else 1 << 4 * width), "not shortest")
    if major < 2: return (n if major == 0 else -1 - n), at
    if major < 4:
        need(at + n <= len(data), "cut short")
        try: return (data[at:at + n] if major == 2 else data[at:at + n].decode()), at + n
        except UnicodeDecodeError: raise Refused("not UTF-8")
    need(major < 6, "tag")
    out, before = [], b""
    for _ in range(n):
        start = at
        value, at = item(data, at, depth + 1)
        if major == 5:
            need(before < data[start:at], "keys must ascend")
            before, key, start = data[start:at], value, at
            value, at = item(data, at, depth + 1)
            value = (key, data[start:at], value)
        out.append(value)
    return (out if major == 4 else {k: v for k, _, v in out} | {("raw", k): r for k, r, _ in out}), at
def whole(data):
    value, end = item(data)
    need(end == len(data), "bytes after the end")
    return value

# Headers, logs, blocks: the tables of docs/FORMAT.md.
NAMES = dict(enumerate("version log seq prev seen claimed_ms kind object refs flags days consent audience epoch blobs "
                       "private_root payload_len payload_hash".split()))
SIZES = dict(log=32, prev=32, object=32, consent=32, audience=16, private_root=32, payload_hash=32)
NUMBERS = dict(version=8, seq=64, seen=64, claimed_ms=64, kind=16, flags=8, days=16, epoch=64, payload_len=32)
def is_bytes(value, size): return isinstance(value, bytes) and len(value) == size
def is_uint(value, bits): return type(value) is int and 0 <= value < 1 << bits
def header(data):
    need(len(data) <= 4096, "header too large")
    raw = whole(data)
    need(isinstance(raw, dict), "not a map")
    keys = [k for k in raw if not isinstance(k, tuple)]
    need(all(is_uint(k, 64) and (k in NAMES or k >= 64) for k in keys), "unknown key")
    h = {NAMES[k]: raw[k] for k in keys if k < 64}
    h["extra"] = {k: raw["raw", k] for k in keys if k >= 64}
    need(h.get("version") == 1 and len(h["extra"]) <= 16, "version")
    need({"log", "seq", "seen", "claimed_ms", "kind", "payload_len", "payload_hash"} <= h.keys(), "missing")
    need(all(is_bytes(h[k], n) for k, n in SIZES.items() if k in h), "length")
    need(all(is_uint(h[k], n) for k, n in NUMBERS.items() if k in h), "number")
    need(all(h.get(k, 1) not in (0, []) for k in ("flags", "days", "refs", "blobs")), "default written out")
    refs, blobs, flags = h.setdefault("refs", []), h.setdefault("blobs", []), h.setdefault("flags", 0)
    need(type(refs) is list and len(refs) <= 8 and all(is_bytes(r, 32) for r in refs), "refs")
    need(type(blobs) is list and len(blobs) <= 8 and all(type(b) is list and len(b) == 3 and is_bytes(b[0], 32)
         and is_uint(b[1], 27) and b[1] <= 1 << 26 and is_uint(b[2], 8) for b in blobs), "blobs")
    need(16 <= h["payload_len"] <= 61440 and flags < 8, "payload length or flags")
    need((h["seq"] == 0) == ("prev" not in h) == (h["kind"] == 0), "opening")
    need(("audience" in h) == ("epoch" in h) and h.get("audience") != bytes(16), "audience")
    need(not flags & 2 or "audience" in h, "sealed for nobody")
    need(not flags & 4 or blobs and blobs[0][1] <= 1 << 24, "annex")
    need(h["kind"] > 1 or (flags & 3 == 1 and "days" not in h), "log-open and log-close")
    h["id"] = blake3(data)
    return h
def log_id(key, incarnation, audience): return blake3(b"linli/log/1\0\0\0\0\0" + key + incarnation + (audience or bytes(16)))
def items(data):
    at = 0
    while at < len(data):
        value, at = item(data, at)
        yield value
def records(data):
    out = list(items(data))
    need(all(type(r) is list and len(r) == 3 for r in out), "not a record file")
    return [(header(h), h, p, s) for h, p, s in out]
def log(community, file, cuts):
    """Follows a log whose runs begin at `cuts`; the last record of a run, and every kept one, must be signed."""
    need(all(b - a <= 64 for a, b in zip(cuts, cuts[1:] + [len(file)])), "run too long")
    need(file and file[0][2], "opening without payload")
    opening, held = whole(file[0][2][16:]), None
    need(opening[1] == 1, "suite")
    key, audience = opening[0], opening.get(3)
    need(file[0][0]["log"] == log_id(key, opening[2], audience), "foreign log")
    for at, (h, data, payload, signature) in enumerate(file):
        need(h["log"] == file[0][0]["log"] and h.get("audience") == audience, "other log")
        if held is None: need(h["seq"] == 0, "opening")
        else: need(held["kind"] != 1 and h["seq"] == held["seq"] + 1 and h["prev"] == held["id"]
                   and h["seen"] >= held["seen"], "does not follow")
        if h["flags"] & 1 or h["seq"] % 64 == 63 or at + 1 in cuts + [len(file)]:
            need(signature and signed(key, b"linli/record/1\0\0" + community + data, signature), "signature")
        if payload is not None:
            need(len(payload) == h["payload_len"] and blake3(payload) == h["payload_hash"], "payload")
        held = h
    return key
def block(data, witnesses):
    inside, certificate = whole(data)
    need(len(inside) <= 192 * 1024, "too large")
    b = whole(inside)
    need(b.get(0) == 1 and {k for k in b if not isinstance(k, tuple)} <= set(range(11)), "version or unknown key")
    need((b[3] == 0) == (4 not in b) and b[2] < 1 << 24 and b[3] < 1 << 40, "height")
    need(all(x[0] < y[0] for x, y in zip(b[8], b[8][1:])), "tips must ascend")
    votes = certificate[1]
    need(len(votes) > len(witnesses) * 2 // 3 and all(x[0] < y[0] for x, y in zip(votes, votes[1:])), "votes")
    message = b"linli/block/1\0\0\0" + b[1] + struct.pack(">QQI", b[2], b[3], certificate[0]) + blake3(inside)
    need(all(w < len(witnesses) and signed(witnesses[w], message, s) for w, s in votes), "vote")
    return b, blake3(inside)
def node_signed(community, node, device, signature):
    return signed(node, b"linli/node/1\0\0\0\0" + community + device, signature)
def claim(community, data):
    inside, device, node = whole(data)
    c = whole(inside)
    need(c[0] == community and signed(c[1], b"linli/claim/1\0\0\0" + inside, device), "claim")
    need(node_signed(community, c[4], c[1], node), "node")
    return c
def successor(community, closing, body):
    inside, signature, node = whole(body)[1]
    n = whole(inside)
    need(signed(n[1], b"linli/next/1\0\0\0\0" + community + closing + inside, signature), "successor")
    need(n[0] == 1 and node_signed(community, n[4], n[1], node), "node")
    return log_id(n[1], n[2], None)
def fork_proof(community, key, data):
    branches = [([(header(h), h) for h in headers], s) for headers, s in (whole(data)[0], whole(data)[1])]
    for headers, signature in branches:
        need(0 < len(headers) <= 64, "length")
        need(all(y["log"] == x["log"] and y["seq"] == x["seq"] + 1 and y["prev"] == x["id"]
                 for (x, _), (y, _) in zip(headers, headers[1:])), "broken")
        need(signed(key, b"linli/record/1\0\0" + community + headers[-1][1], signature), "signature")
    one, other = branches[0][0][0][0], branches[1][0][0][0]
    need(one["log"] == other["log"] and (one["seq"], one["id"]) < (other["seq"], other["id"]), "order")
    need(one["seq"] == other["seq"] or other["seq"] == one["seq"] + 1 and other["prev"] != one["id"], "no contradiction")
    return one
def envelope(community, h, key, body):
    suite, nonce, sealed = whole(body)
    need(suite == 1, "suite")
    place = h["log"] + struct.pack(">QH", h["seq"], h["kind"]) + h["audience"] + struct.pack(">Q", h["epoch"])
    return unseal(key, nonce, sealed, b"linli/envelope/1" + community + place)
def climb(path, log, tip):
    salt, siblings, index = path
    at = blake3(b"linli/leaf/1\0\0\0\0" + salt + log + tip)
    for level, other in enumerate(siblings):
        if other: at = blake3(b"linli/branch/1\0\0" + (other + at if index >> level & 1 else at + other))
    return at

def described(h, payload):
    """A header in the form of expected.json."""
    show = lambda value: value.hex() if isinstance(value, bytes) else value
    out = {name: show(h.get(name)) for name in ("id", "seq", "kind", "seen", "claimed_ms", "prev", "object", "consent",
           "audience", "epoch", "private_root", "payload_hash", "payload_len")}
    return out | {"refs": [r.hex() for r in h["refs"]], "evidence": h["flags"] & 1 > 0, "sealed": h["flags"] & 2 > 0,
                  "required_annex": h["flags"] & 4 > 0, "days": h.get("days", 0), "held": payload is not None,
                  "blobs": [{"hash": b[0].hex(), "size": b[1], "flag": b[2]} for b in h["blobs"]],
                  "extra": {str(k): v.hex() for k, v in h["extra"].items()}}
def main(folder):
    read = lambda name: (folder / name).read_bytes()
    told, unhex = json.loads(read("expected.json")), bytes.fromhex
    community = unhex(told["community"])
    files = {name: records(read(name)) for name in told["logs"]}
    for name, file in files.items():
        key = log(community, file, list(range(0, len(file), 64)))
        assert key.hex() == told["logs"][name]["key"] and file[0][0]["log"].hex() == told["logs"][name]["log"]
        assert [described(h, p) for h, _, p, _ in file] == told["logs"][name]["records"], name
        print(f"{name}: {len(file)} records of key {key.hex()[:8]}, {sum(s is not None for *_, s in file)} signatures")
    assert blake3(files["founder.cborseq"][0][2]) == community, "the community is named after its founding"
    before, at, data = None, 0, read("blocks.cborseq")
    for expected in told["blocks"]:
        start, (_, at) = at, item(data, at)
        b, identity = block(data[start:at], [unhex(key) for key in expected["witnesses"]])
        assert b.get(4) == before and identity.hex() == expected["id"] and b[3] == expected["height"]
        before = identity
        print(f"block {b[3]} of era {b[2]}: {identity.hex()[:8]}, {len(b[8])} tips, {len(expected['witnesses'])} witnesses")
    ours = claim(community, read("claim.cbor"))
    assert ours[7] == told["claim"]["label"] and log_id(ours[1], ours[2], None).hex() == told["claim"]["log"]
    ben = files["ben-closed.cborseq"]
    assert successor(community, ben[0][0]["log"], ben[-1][2][16:]).hex() == told["successor"]["log"]
    fork = fork_proof(community, unhex(told["fork"]["key"]), read("fork-proof.cbor"))
    assert fork["seq"] == told["fork"]["seq"]
    root = told["private_root"]
    assert climb(whole(read("private-path.cbor")), unhex(root["log"]), unhex(root["tip"])).hex() == root["root"]
    sealed = told["sealed"]
    h, _, payload, _ = files[sealed["file"]][sealed["seq"]]
    epoch_key = unhex(sealed["epoch_key"])
    assert envelope(community, h, epoch_key, payload[16:]).hex() == sealed["body"]
    named = blake3(b"linli/epoch/1\0\0\0" + h["audience"] + struct.pack(">Q", h["epoch"]) + epoch_key)
    assert named.hex() == sealed["fingerprint"]
    print(f"a claim by {ours[7]!r}, a successor, a fork at {fork['seq']}, a private path, a sealed record: verified")
    carl, one = unhex(told["fork"]["key"]), unhex(told["blocks"][0]["witnesses"][0])
    four = [unhex(key) for key in told["blocks"][2]["witnesses"]]
    judges = {"header": header, "runs": lambda d: log(community, records(d), [0, 1]), "block": lambda d: block(d, [one]),
              "block-of-four": lambda d: block(d, four), "claim": lambda d: claim(community, d),
              "fork-proof": lambda d: fork_proof(community, carl, d), "envelope": lambda d: envelope(community, h, epoch_key, d),
              "log-close": lambda d: successor(community, ben[0][0]["log"], d)}
    bad = json.loads(read("refused/expected.json"))
    for name, how in bad.items():
        try: judges[how["as"]](read("refused/" + name))
        except Refused: continue
        raise SystemExit(f"{name} should be refused ({how['code']})")
    print(f"{len(bad)} bad files refused\nall as expected")

if __name__ == "__main__":
    main(Path(sys.argv[1] if len(sys.argv) > 1 else "tests/golden/format-1"))
