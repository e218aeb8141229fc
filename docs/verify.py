#!/usr/bin/env python3
"""Checks a Storetrail ledger without Storetrail: Python 3.8 or newer, nothing else.

    verify.py storetrail.db [--checkpoint NOTE ...] [--key VERIFIER_KEY]     the whole ledger of an SQLite file
    verify.py proof.json    [--checkpoint NOTE ...] [--key VERIFIER_KEY]     exported entries with their proofs

It recomputes each leaf and payload digest, the tree over them (RFC 6962) and, with a checkpoint (C2SP signed note),
whether the ledger still begins with what was signed. It names the first entry that is wrong and then exits with 1.
"""
import argparse, base64, bisect, functools, hashlib, itertools, json, sqlite3, sys, uuid

sha = lambda *parts: hashlib.sha256(b"".join(parts)).digest()
leaf_of = lambda e: sha(b"\0", "storetrail/entry/v1\n{}\n{}\n{}\n{}\n{}\n".format(*e).encode())
node = lambda left, right: sha(b"\1", left, right)

def need(holds, words):
    if not holds:
        raise ValueError(words)

# Ed25519 verification (RFC 8032 5.1.7)
P, L = 2**255 - 19, 2**252 + 27742317777372353535851937790883648493
D, ROOT = -121665 * pow(121666, P - 2, P) % P, pow(2, (P - 1) // 4, P)

def add(a, b):
    x = (a[1] - a[0]) * (b[1] - b[0]) % P
    y = (a[1] + a[0]) * (b[1] + b[0]) % P
    t, z = 2 * a[3] * b[3] * D % P, 2 * a[2] * b[2] % P
    e, f, g, h = y - x, z - t, z + t, y + x
    return e * f % P, g * h % P, f * g % P, e * h % P

def times(n, point, total=(0, 1, 1, 0)):
    while n:
        total, point, n = add(total, point) if n & 1 else total, add(point, point), n >> 1
    return total

def point(raw):
    y = int.from_bytes(raw, "little")
    sign, y = y >> 255, y & (2**255 - 1)
    need(y < P, "no point of the curve")
    square = (y * y - 1) * pow(D * y * y + 1, P - 2, P) % P
    x = pow(square, (P + 3) // 8, P)
    x = x if x * x % P == square else x * ROOT % P
    need(x * x % P == square and not (x == 0 and sign), "no point of the curve")
    x = P - x if x & 1 != sign else x
    return x, y, 1, x * y % P

BASE = point((4 * pow(5, P - 2, P) % P).to_bytes(32, "little"))

def is_signed(key, text, signature):
    s = int.from_bytes(signature[32:], "little")
    if len(signature) != 64 or s >= L:
        return False
    k = int.from_bytes(hashlib.sha512(signature[:32] + key + text).digest(), "little") % L
    left, right = times(s, BASE), add(point(signature[:32]), times(k, point(key)))
    same = lambda i: (left[i] * right[2] - right[i] * left[2]) % P == 0
    return same(0) and same(1)

def checkpoint(text, vkey):
    """The size and root that a note is about; signed by the key when there is one."""
    need("\n\n" in text and text.endswith("\n"), "the checkpoint is not a signed note")
    body, lines = text.rsplit("\n\n", 1)
    origin, size, root = body.split("\n")[:3]
    if vkey:
        name, _, key = vkey.strip().split("+", 2)
        key = base64.b64decode(key)
        key_id = sha(name.encode(), b"\n", key)[:4]
        ours = [base64.b64decode(l.split(" ")[2]) for l in lines.splitlines() if l.startswith("\u2014 %s " % name)]
        ours = [s[4:] for s in ours if s[:4] == key_id]
        need(ours and origin == name, "the checkpoint is not signed by " + name)
        need(is_signed(key[1:], (body + "\n").encode(), ours[0]), "the checkpoint's signature is wrong")
    return int(size), base64.b64decode(root)

def check_ledger(path, heads):
    db = sqlite3.connect("file:%s?mode=ro" % path, uri=True)
    heads = sorted(heads) + [db.execute("SELECT size, root FROM ledger_head WHERE id = 1").fetchone()]
    told = db.execute("SELECT p.body FROM ledger l JOIN payload p ON p.seq = l.seq WHERE l.kind = 'erasure'")
    erased = sorted(span for (body,) in told for span in json.loads(body)["erased"])
    tops = [0, *itertools.accumulate((high for _, high in erased), max)]
    is_erased = lambda seq: tops[bisect.bisect(erased, [seq + 1])] >= seq
    frontier, n, gone = [], 0, 0  # the roots of the complete subtrees, largest first, each with its height
    root = lambda: functools.reduce(lambda r, l: node(l, r), [h for _, h in reversed(frontier)]) if frontier else sha()

    def check_heads():
        while heads and heads[0][0] == n:
            need(heads.pop(0)[1] == root(), "entries 1 to %d are not those that were signed" % n)

    check_heads()
    rows = db.execute("SELECT l.seq, l.kind, l.record_id, l.recorded_at, l.payload_digest, l.leaf, p.salt, p.body "
                      "FROM ledger l LEFT JOIN payload p ON p.seq = l.seq ORDER BY l.seq")
    for seq, kind, record, at, digest, leaf, salt, body in rows:
        need(seq == n + 1, "entry %d is missing" % (n + 1))
        need(leaf_of((seq, kind, uuid.UUID(bytes=record), at, digest.hex())) == leaf, "entry %d was changed" % seq)
        need(salt is not None or is_erased(seq), "entry %d: its content is missing and no erasure says so" % seq)
        need(salt is None or sha(salt, body.encode()) == digest, "entry %d: its content was changed" % seq)
        gone, height = gone + (salt is None), 0
        while frontier and frontier[-1][0] == height:
            leaf, height = node(frontier.pop()[1], leaf), height + 1
        frontier.append((height, leaf))
        n += 1
        check_heads()
    need(not heads, "the ledger has %d entries; %d were signed" % (n, heads[-1][0] if heads else 0))
    return "%d entries, %d of them erased; root %s" % (n, gone, root().hex())

def check_proofs(bundle, heads, vkey):
    need(bundle.get("version") == "storetrail/proof/v1" and bundle["entries"], "not a proof file of Storetrail")
    if bundle.get("checkpoint"):
        signed = checkpoint(bundle["checkpoint"], vkey)
        need(all(e["proof"]["size"] == signed[0] for e in bundle["entries"]), "the proofs lead to another head")
        heads = heads + [signed]
    for item in bundle["entries"]:
        e, p = item["entry"], item["proof"]
        h = leaf_of([e[k] for k in ("seq", "kind", "record_id", "recorded_at", "payload_digest")])
        if item.get("salt") is not None or item.get("payload") is not None:
            need(sha(bytes.fromhex(item["salt"]), item["payload"].encode()).hex() == e["payload_digest"],
                 "entry %d: its content is not the one that was recorded" % e["seq"])
        if item.get("call") is not None:
            digests = [d for _, d in json.loads(item["payload"])["entries"]]
            need(sha(item["call"].encode()).hex() in digests, "entry %d: another call was recorded" % e["seq"])
        at, last = p["index"], p["size"] - 1
        need(at + 1 == e["seq"] and at <= last, "entry %d: its proof is about another entry" % e["seq"])
        for sibling in map(bytes.fromhex, p["path"]):  # RFC 9162 2.1.3.2
            need(last > 0, "entry %d: its proof is too long" % e["seq"])
            if at & 1 or at == last:
                h = node(sibling, h)
                while not at & 1 and at:
                    at, last = at >> 1, last >> 1
            else:
                h = node(h, sibling)
            at, last = at >> 1, last >> 1
        need(last == 0 and h.hex() == p["root"], "entry %d: its proof does not lead to the root" % e["seq"])
        for size, root in heads:
            need(size != p["size"] or root.hex() == p["root"], "entry %d: another head was signed" % e["seq"])
    return "%d entries stand in the tree of root %s" % (len(bundle["entries"]), bundle["entries"][0]["proof"]["root"])

def main():
    a = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    a.add_argument("file"), a.add_argument("--checkpoint", action="append", default=[]), a.add_argument("--key")
    a = a.parse_args()
    try:
        need(a.key or not a.checkpoint, "a checkpoint whose signature is not checked proves nothing: give --key")
        heads = [checkpoint(open(f, encoding="utf-8", newline="").read(), a.key) for f in a.checkpoint]
        is_database = open(a.file, "rb").read(15) == b"SQLite format 3"
        said = check_ledger(a.file, heads) if is_database else check_proofs(
            json.load(open(a.file, encoding="utf-8")), heads, a.key)
        print("verified:", said if a.key or is_database else said + "; no signature was checked: give --key")
    except (OSError, ValueError, KeyError, TypeError, IndexError, sqlite3.Error) as wrong:
        sys.exit("not verified: %s" % wrong)

if __name__ == "__main__":
    main()
