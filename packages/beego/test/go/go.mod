module sentinel-session.test/gob

go 1.18
