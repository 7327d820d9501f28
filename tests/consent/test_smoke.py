def test_smoke(pack, members, keys):
    from consent.verify import verify_pack
    m=members(pack)
    print({k:len(v) for k,v in m.items()})
    print(m["manifest.json"].decode()); print(m["events.jsonl"].decode()[:1500]); print(m["readable.csv"].decode())
    r=verify_pack(pack); print(r, r.sentence)
    assert r.fields()["holds"]
    import shutil; shutil.copy(pack,"/tmp/smoke.zip")
