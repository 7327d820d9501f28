def test_nothing(cast, database):
    assert cast.maple.clinic_id
